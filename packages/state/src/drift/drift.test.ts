import { driftKinds, versionOf, watchedKinds } from '@ponte/contracts'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createFingerprint } from '../fingerprints/fingerprint.ts'
import { createTimelines } from '../timeline/timeline.ts'
import { createDriftObserver, type Drift, isExpected, isValueExpected, readDrift } from './drift.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

type Body = Readonly<Record<string, unknown>> & { readonly id?: string }

/** A tenant whose runs see users of TOTVS CRM, one a run. Each is another record, unless the body has an id. */
function open(connection = redis) {
  const tenant = `t-${crypto.randomUUID()}`
  const timelines = createTimelines(connection, tenant, createFingerprint(Buffer.alloc(32, 1)))
  let runs = 0
  const record = async (drift: ReturnType<typeof createDriftObserver>): Promise<void> => {
    runs += 1
    const of = { event: 'lead.registered', key: `k${runs}`, receivedAt: '', jobId: `j${runs}`, identities: [] }
    await timelines.record(of, { kind: 'run', at: runs, event: of.event, jobId: of.jobId, outcome: 'done' }, { drift })
  }
  return {
    tenant,
    record,
    async see(...bodies: readonly Body[]): Promise<void> {
      await Promise.all(
        bodies.map(async body => {
          const drift = createDriftObserver()
          drift.see('crm.user', body, body.id ?? crypto.randomUUID())
          await record(drift)
        }),
      )
    },
    read: (): Promise<readonly Drift[]> => readDrift(redis, tenant, Date.now()),
    gone: async (): Promise<readonly string[]> =>
      (await readDrift(redis, tenant, Date.now())).flatMap(each => (each.what === 'member-gone' ? each.member : [])),
    answersKey: async (): Promise<string> => {
      const [key] = await redis.keys(`{${tenant}}:ponte:drift:*`)
      return key ?? ''
    },
  }
}

const user: Body = { name: 'x', active: true, userEmail: [{ email: 'a@x.example' }], roleId: '1' }
const renamed: Body = { name: 'x', active: true, userEmail: [{ email: 'a@x.example' }], papelId: '1' }
const times = (count: number, body: Body): Body[] => Array.from({ length: count }, () => body)
const withId = (body: Body, id: string = crypto.randomUUID()): Body => ({ ...body, id })
const many = (count: number, body: Body): Body[] => times(count, body).map(each => withId(each))

test('a member that is gone is found with the 50th answer that lacks it, not with the 49th, and with when it was last seen', async () => {
  const { see, read } = open()
  const before = Date.now()
  await see(...many(200, user))
  const seen = Date.now()
  await see(...many(49, renamed))
  expect(await read()).toEqual([])
  await see(...many(1, renamed))
  const [found, ...others] = await read()
  expect(others).toEqual([])
  expect(found).toMatchObject({ what: 'member-gone', kind: 'crm.user', member: 'roleId' })
  expect(found?.since).toBeGreaterThanOrEqual(before - 1000)
  expect(found?.since).toBeLessThanOrEqual(seen + 1000)
})

test.each([
  { had: 180, gone: ['roleId'] },
  { had: 179, gone: [] },
])('of a member that $had of the 200 before had, $gone is found gone', async ({ had, gone: expected }) => {
  const { see, gone } = open()
  await see(...many(200 - had, renamed))
  await see(...many(had, user))
  await see(...many(50, renamed))
  expect(await gone()).toEqual(expected)
})

test('5,000 answers of a CRM that leaves out empty members, whatever share has them, are no change', async () => {
  // The same numbers in each run (Lehmer's generator).
  let state = 7
  const chance = (share: number): boolean => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 < share
  const { record, read } = open()
  const [nearlyAll, some, few] = [0.92, 0.4, 0.02]
  for (let answers = 0; answers < 5000; answers += 50) {
    const drift = createDriftObserver()
    for (let answer = 0; answer < 50; answer += 1)
      drift.see(
        'crm.user',
        {
          ...(chance(nearlyAll) && { name: 'x' }),
          ...(chance(some) && { roleId: '1' }),
          ...(chance(few) && { active: true }),
        },
        crypto.randomUUID(),
      )
    await record(drift)
    expect(await read()).toEqual([])
  }
})

test('a member that 40 % of the records have is never found gone, although it does go', async () => {
  const { see, gone } = open()
  for (let round = 0; round < 50; round += 1) await see(...many(2, user), ...many(3, renamed))
  for (let round = 0; round < 30; round += 1) {
    await see(...many(10, renamed))
    expect(await gone()).toEqual([])
  }
})

test('a kind that is rare is not judged before there are 250 answers, and then its member is found gone', async () => {
  const { see, gone } = open()
  await see(...many(190, user))
  await see(...many(59, renamed))
  expect(await gone()).toEqual([])
  await see(...many(1, renamed))
  expect(await gone()).toEqual(['roleId'])
})

test('one record without a member that is read again and again is no change, one that had it before is', async () => {
  const { see, gone } = open()
  await see(...many(199, user), withId(user, 'had-it'))
  await see(...times(60, withId(renamed, 'never-had-it')))
  expect(await gone()).toEqual([])
  const other = open()
  await other.see(...many(199, user), withId(user, 'had-it'))
  await other.see(...times(50, withId(renamed, 'had-it')))
  expect(await other.gone()).toEqual(['roleId'])
})

test('a member that was missing from too few records is found as soon as ten different ones lack it, unless it came back', async () => {
  const before = Date.now()
  const { see, read, gone } = open()
  await see(...many(250, user))
  const seen = Date.now()
  const nine = Array.from({ length: 9 }, (_, number) => withId(renamed, `r${number}`))
  for (let round = 0; round < 20; round += 1) await see(...nine)
  expect(await read()).toEqual([])
  await see(withId(renamed, 'the-tenth'))
  expect(await gone()).toEqual(['roleId'])
  const [found] = await read()
  expect(found?.since).toBeGreaterThanOrEqual(before - 1000)
  expect(found?.since).toBeLessThanOrEqual(seen + 1000)

  const other = open()
  await other.see(...many(250, user))
  for (let round = 0; round < 6; round += 1) await other.see(...nine)
  await other.see(...many(1, user))
  await other.see(...many(49, renamed))
  expect(await other.gone()).toEqual([])
})

test('the first answer with the member ends the change, and so do 250 answers without it', async () => {
  const { see, gone } = open()
  await see(...many(200, user))
  await see(...many(60, renamed))
  expect(await gone()).toEqual(['roleId'])
  await see(...many(1, user))
  expect(await gone()).toEqual([])

  const other = open()
  await other.see(...many(200, user))
  await other.see(...many(249, renamed))
  expect(await other.gone()).toEqual(['roleId'])
  await other.see(...many(1, renamed))
  expect(await other.gone()).toEqual([])
})

test('a text where a list was is a member that is gone', async () => {
  const { see, gone } = open()
  await see(...many(200, user))
  await see(...many(50, { ...user, userEmail: 'a@x.example' }))
  expect(await gone()).toEqual(['userEmail', 'userEmail.email'])
})

test('two workers at once find one change, and it is of their tenant only', async () => {
  const [one, other] = [open(), open()]
  const second = new Redis(inject('redisUrl'))
  const timelines = createTimelines(second, one.tenant, createFingerprint(Buffer.alloc(32, 1)))
  const seeElsewhere = async (body: Body): Promise<void> => {
    const drift = createDriftObserver()
    drift.see('crm.user', body, crypto.randomUUID())
    const of = { event: 'x', key: crypto.randomUUID(), receivedAt: '', jobId: crypto.randomUUID(), identities: [] }
    await timelines.record(of, { kind: 'run', at: 1, event: 'x', jobId: of.jobId, outcome: 'done' }, { drift })
  }
  for (const body of [user, renamed])
    await Promise.all([
      one.see(...many(125, body)),
      ...many(125, body).map(seeElsewhere),
      other.see(...many(250, user)),
    ])
  second.disconnect()
  // 250 answers without it: it was found on the way, and has been normal since.
  expect(await one.gone()).toEqual([])
  await Promise.all([one.see(...many(125, user)), one.see(...many(125, user))])
  await Promise.all([one.see(...many(25, renamed)), one.see(...many(25, renamed))])
  expect(await one.gone()).toEqual(['roleId'])
  expect(await other.gone()).toEqual([])
})

test('what an older version or anybody else left in Redis is ignored, and never keeps the end of a run from being recorded', async () => {
  const { tenant, see, read, answersKey } = open()
  await see(...many(300, user))
  const key = await answersKey()
  await redis.lset(key, 100, '{"mask":1}')
  await see(...many(60, renamed))
  expect(await read()).toEqual([])
  expect(await redis.llen(key)).toBeLessThan(60)

  const found = `{${tenant}}:ponte:drift`
  await redis.hset(found, {
    'crm.user 1': '1',
    [`${versionOf('crm.user')} 99`]: '1',
    [`${versionOf('crm.user')} 1`]: 'x',
    'no.kind 1': '1',
    '?no.kind x y': '1 2',
    odd: '',
  })
  expect(await read()).toEqual([])
  await redis.set(found, 'a text')
  await see(...many(2, user))
  expect(await redis.keys(`{${tenant}}:ponte:timeline:*`)).toHaveLength(362)
})

test('what the end of a run saw counts once, however often its script is sent because the answer was lost', async () => {
  const { tenant, answersKey } = open()
  const timelines = createTimelines(redis, tenant, createFingerprint(Buffer.alloc(32, 1)))
  const of = { event: 'lead.registered', key: 'k', receivedAt: '', jobId: 'j', identities: [] }
  const end = async (at: number): Promise<void> => {
    const drift = createDriftObserver()
    drift.see('crm.user', user, 'one')
    drift.see('crm.user', renamed, 'other')
    await timelines.record(of, { kind: 'run', at, event: of.event, jobId: of.jobId, outcome: 'retrying' }, { drift })
  }
  for (let sent = 0; sent < 3; sent += 1) await end(1)
  expect(await redis.llen(await answersKey())).toBe(2)
  for (let sent = 0; sent < 3; sent += 1) await end(2)
  expect(await redis.llen(await answersKey())).toBe(4)
})

test('a member that waits for more records is over when the answers before cannot be read, and what its time says never matters', async () => {
  const { tenant, see, read, gone, answersKey } = open()
  const found = `{${tenant}}:ponte:drift`
  const nine = Array.from({ length: 54 }, (_, number) => withId(renamed, `r${number % 9}`))
  await see(...many(250, user))
  await see(...nine)
  expect(Object.values(await redis.hgetall(found))).toEqual([expect.stringMatching(/^~\d+$/)])
  await redis.lset(await answersKey(), -1, 'of another version')
  await see(...many(20, renamed))
  expect(await read()).toEqual([])
  expect(await redis.exists(found)).toBe(0)

  const other = open()
  await other.see(...many(250, user))
  await other.see(...nine)
  const otherFound = `{${other.tenant}}:ponte:drift`
  for (const field of await redis.hkeys(otherFound)) await redis.hset(otherFound, field, '~x')
  await other.see(...many(20, renamed))
  expect(await other.read()).toEqual([])
  await other.see(...many(1, user))
  await other.see(...many(199, user))
  await other.see(...many(50, renamed))
  expect(await other.gone()).toEqual(['roleId'])
  expect(await gone()).toEqual([])
})

test('of unknown values at most 50 are kept, only those that look like a code, and for a day', async () => {
  const { tenant, record, read } = open()
  const drift = createDriftObserver()
  drift.seeUnknown('crm.opportunity', 'status', 'Maria da Silva 47 99999-0000')
  drift.seeUnknown('crm.opportunity', 'status', 'SUSPENDED')
  await record(drift)
  const found = await read()
  const values = found.map(each => (each.what === 'unknown-value' ? each.value : each.what))
  expect(new Set(values)).toEqual(new Set(['', 'SUSPENDED']))
  expect(await readDrift(redis, tenant, Date.now() + 25 * 3_600_000)).toEqual([])
  for (const letter of ['A', 'B', 'C']) {
    const more = createDriftObserver()
    for (let count = 1; count < 40; count += 1) more.seeUnknown('crm.opportunity', 'status', letter.repeat(count))
    await record(more)
  }
  const kept = await read()
  expect(kept.length).toBeGreaterThan(40)
  expect(kept.length).toBeLessThanOrEqual(50)
  expect(kept.filter(each => each.what === 'unknown-value' && each.value === '')).toHaveLength(1)
})

test('at most 8 kinds are watched with at most 30 members each, and what is kept of them is bounded and has an end', async () => {
  expect(driftKinds.length).toBeLessThanOrEqual(8)
  // A member is a bit of a number that Redis's Lua can still combine.
  for (const kind of driftKinds) expect(Object.keys(watchedKinds[kind].members).length).toBeLessThanOrEqual(30)
  const { tenant, see } = open()
  await see(...many(200, user))
  await see(...many(400, renamed))
  await see(...many(200, user))
  await see(...many(50, renamed))
  const keys = await redis.keys(`{${tenant}}:ponte:drift*`)
  expect(keys).toHaveLength(2)
  for (const key of keys) expect(await redis.ttl(key)).toBeGreaterThan(0)
  const list = keys.find(key => key.includes(':drift:')) ?? ''
  expect(await redis.llen(list)).toBeLessThan(300)
})

const answers = (count: number, mask: number, name: string): string[] =>
  Array.from({ length: count }, (_, index) => `${mask} ${name}${index} 1`)

test.each<[string, readonly string[], boolean]>([
  ['all of 200 had it', answers(200, 1, 'a'), true],
  ['180 of 200 had it', [...answers(20, 0, 'b'), ...answers(180, 1, 'a')], true],
  ['179 of 200 had it', [...answers(21, 0, 'b'), ...answers(179, 1, 'a')], false],
  ['only 199 are known', answers(199, 1, 'a'), false],
  ['it has been missing for a while', [...answers(200, 1, 'a'), ...answers(49, 0, 'b')], true],
  ['none had it', answers(250, 0, 'a'), false],
  ['one without it was read again and again', [...answers(199, 1, 'a'), ...times0(51), '1 z 1'], true],
  ['what is kept cannot be read', Array.from({ length: 250 }, () => '{"old":1}'), false],
])('where %s, a value is expected of a won opportunity: %#', (_what, kept, expected) => {
  expect(isExpected(kept, 1)).toBe(expected)
})

function times0(count: number): string[] {
  return Array.from({ length: count }, () => '0 same 1')
}

test('a won opportunity is expected to have a value as long as nearly all had one, however often those without it are read again', async () => {
  const { tenant, record } = open()
  const seeWon = async (body: Body, ids: readonly string[]): Promise<void> => {
    const drift = createDriftObserver()
    for (const id of ids) drift.see('crm.opportunity.won', body, id)
    await record(drift)
  }
  const ids = (count: number): string[] => Array.from({ length: count }, () => crypto.randomUUID())
  expect(await isValueExpected(redis, tenant)).toBe(false)
  await seeWon({ totalValue: null }, ids(200))
  expect(await isValueExpected(redis, tenant)).toBe(true)
  const failing = ids(20)
  for (let round = 0; round < 30; round += 1) await seeWon({ valorTotal: 5 }, failing)
  expect(await isValueExpected(redis, tenant)).toBe(true)
})
