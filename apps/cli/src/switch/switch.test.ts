import { createMarkLedger, createTenantMode, readOne, stateKey } from '@ponte/state'
import { beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest'
import { dumpRedis } from '../testing/dump-redis.ts'
import type { SetUpTenant } from '../testing/open-cli-set-up.ts'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const set = useCliSetUp()
const crm = () => set.setUp.sandbox.client.crm()
const rd = () => set.setUp.sandbox.client.rd()

let tenant: SetUpTenant
beforeEach(async () => {
  tenant = await set.setUp.tenant({ rdStation: { callsPerMinute: 100_000 } })
  onTestFinished(() => tenant.close())
})

/** A moment after everything that was done until now. */
async function now(): Promise<string> {
  const at = Date.now() + 2
  await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(at + 2)
  return new Date(at).toISOString()
}
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString()
const switchAt = (offAt: string, ...more: readonly string[]) =>
  tenant.run(['switch', '--off-at', offAt, '--json', ...more])
const markOf = async (id: string) =>
  (await readOne(tenant.redis, createMarkLedger(tenant.redis, tenant.name).readingOf(id)))?.marked
const modeOf = () => createTenantMode(tenant.redis, tenant.name)

async function addPerson(email = `${crypto.randomUUID()}@cliente.example`, funnel = {}) {
  const contact = await rd().addContact({ name: 'Pessoa', email, funnel })
  const lead = await crm().addLead({
    name: 'Pessoa',
    emails: [{ email, emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }],
  })
  return { contact, leadId: lead.id }
}
/** The opportunities that the set-up begins with are open as well. */
async function addOpen(person = { leadId: '' }): Promise<string> {
  const { leadId } = person.leadId === '' ? await addPerson() : person
  return (await crm().addOpportunity({ leadId })).id
}

/** It stays open. No filter for the status of the tenants file finds it with a blank. */
async function spellOtherwise(id: string): Promise<void> {
  await crm().change({ settings: { openStatus: 'Progress ' } })
  await crm().reopen(id)
}

test('what is open and was created before the time counts as marked, whatever else there is stays as it is', async () => {
  const [open, known, won, lost] = [await addOpen(), await addOpen(), await addOpen(), await addOpen()]
  await crm().win(won, 10)
  await crm().lose(lost)
  await tenant.redis.set(stateKey(tenant.name, 'mark', known), JSON.stringify({ marked: 'none', contact: 'u' }))
  const offAt = await now()
  const later = await addOpen()
  await set.setUp.sandbox.client.clearCalls()

  const { code, data } = await switchAt(offAt)
  const marks = await Promise.all([open, known, won, lost, later].map(markOf))
  expect(marks).toEqual(['open', 'none', undefined, undefined, undefined])
  expect(await modeOf().read()).toMatchObject({ offAt: Date.parse(offAt) })
  // The later one has changed since.
  expect(code).toBe(1)
  // The set-up begins with an open one.
  expect(data()).toMatchObject({ ok: false, offAt, open: { read: 4, recorded: 2, known: 1 }, changed: [{ id: later }] })
  const calls = await set.setUp.sandbox.client.calls()
  const writing = calls.filter(({ method, path }) => method !== 'GET' && !/login|token/.test(path))
  expect(writing).toEqual([])
})

test('where nothing has changed since, the exit code is 0, and again when it is repeated', async () => {
  const open = await addOpen()
  const offAt = await now()
  expect(await switchAt(offAt)).toMatchObject({ code: 0 })
  const again = await switchAt(offAt)
  expect(again.data()).toMatchObject({ ok: true, open: { recorded: 0, known: 2 }, changed: [], doubtful: [] })
  expect(await markOf(open)).toBe('open')
})

test('a later time takes the place of the earlier, an earlier one is refused', async () => {
  const first = await now()
  await switchAt(first)
  const id = await addOpen()
  const second = await now()
  expect((await switchAt(second)).code).toBe(0)
  expect([await markOf(id), (await modeOf().read()).offAt]).toEqual(['open', Date.parse(second)])
  await set.setUp.sandbox.client.clearCalls()
  expect([(await switchAt(first)).code, await set.setUp.sandbox.client.calls()]).toEqual([2, []])
  expect((await modeOf().read()).offAt).toBe(Date.parse(second))
})

test('once the tenant is live, the same time may be repeated and no other; without a time, it can still be named', async () => {
  await modeOf().declare('shadow')
  const [first, second] = [await now(), await now()]
  await modeOf().declare('live')
  expect((await switchAt(first)).code).toBe(0)
  expect((await switchAt(first)).code).toBe(0)
  expect((await switchAt(second)).code).toBe(2)
  expect(await modeOf().read()).toMatchObject({ mode: 'live', offAt: Date.parse(first) })
})

test('a dry run says the same and writes nothing', async () => {
  const open = await addOpen()
  await modeOf().declare('shadow')
  const offAt = await now()
  // The first call renews the tokens.
  await switchAt(offAt, '--dry-run')
  const before = await dumpRedis(tenant.redis, `{${tenant.name}}:*`)
  const { code, data } = await switchAt(offAt, '--dry-run')
  expect([code, data().dryRun, data().open.recorded]).toEqual([0, true, 2])
  expect(await markOf(open)).toBeUndefined()
  expect(await dumpRedis(tenant.redis, `{${tenant.name}}:*`)).toEqual(before)
})

describe('a time that cannot be is refused before anything is read', () => {
  const cases: Readonly<Record<string, () => Promise<readonly string[]>>> = {
    missing: async () => [],
    'without an offset': async () => ['--off-at', '2026-11-28T14:03:00'],
    'a day alone': async () => ['--off-at', '2026-11-28'],
    'a number': async () => ['--off-at', '1795694401'],
    words: async () => ['--off-at', 'ontem'],
    'in the future': async () => ['--off-at', new Date(Date.now() + 60_000).toISOString()],
    'before the shadow began': async () => {
      await modeOf().declare('shadow')
      return ['--off-at', ago(60_000)]
    },
    'before something that was pruned': async () => {
      const at = Date.now() - 60_000
      await tenant.redis.hset(stateKey(tenant.name, 'mode'), {
        ...{ mode: 'shadow', since: 1, shadowSince: 1, prunedUntil: at },
      })
      return ['--off-at', new Date(at).toISOString()]
    },
  }
  test.each(Object.entries(cases))('%s', async (_name, prepare) => {
    const argv = await prepare()
    await set.setUp.sandbox.client.clearCalls()
    const before = await modeOf().read()
    for (const language of ['en', 'pt-BR']) {
      const { code, stderr } = await tenant.run(['switch', ...argv, '--lang', language])
      expect(code).toBe(2)
      expect(stderr).not.toContain('undefined')
    }
    expect(await modeOf().read()).toEqual(before)
    expect(await set.setUp.sandbox.client.calls()).toEqual([])
  })

  test.each(['2026-11-28T14:03:00-03', '28/11/2026 14:03:00 -03:00'])('%s is a time with an offset', async offAt => {
    const { code, stderr } = await tenant.run(['switch', '--off-at', offAt])
    expect([code, stderr]).not.toEqual([2, expect.anything()])
  })
})

test('a CRM that ignores filters is looked at record by record', async () => {
  const [open, won] = [await addOpen(), await addOpen()]
  await crm().win(won, 1)
  await crm().change({ settings: { filters: 'ignored' } })
  await switchAt(await now())
  expect([await markOf(open), await markOf(won)]).toEqual(['open', undefined])
})

describe('nothing is recorded, and the exit code is 3,', () => {
  async function expectNothing(offAt: string, code: string): Promise<void> {
    const run = await switchAt(offAt)
    expect([run.code, run.data().error.code]).toEqual([3, code])
    expect(await tenant.redis.keys(stateKey(tenant.name, 'mark', '*'))).toEqual([])
    expect((await modeOf().read()).offAt).toBeUndefined()
  }

  test.runIf(inject('isLongRun'))('when the list of a CRM has no end', async () => {
    for (let index = 0; index < 10; index += 1) await addOpen()
    const offAt = await now()
    await crm().change({ settings: { listForm: 'endless' } })
    await expectNothing(offAt, 'CRM_LIST_INCOMPLETE')
  })

  test('when each page is the first', async () => {
    const leadId = (await addPerson()).leadId
    for (let index = 0; index < 12; index += 1) await addOpen({ leadId })
    const offAt = await now()
    await crm().change({ settings: { listForm: 'array-pages', pages: 'ignored', maxPageSize: 10 } })
    await expectNothing(offAt, 'CRM_LIST_INCOMPLETE')
  })

  test('when the filter does not find an open opportunity that TOTVS CRM shows without it', async () => {
    const id = await addOpen()
    await spellOtherwise(id)
    await expectNothing(await now(), 'OPPORTUNITY_MISSING')
  })

  test('when TOTVS CRM does not answer', async () => {
    const offAt = await now()
    await set.setUp.sandbox.client.addFault({ system: 'totvs-crm', kind: 'status', status: 503, times: 'forever' })
    await expectNothing(offAt, 'CRM_UNAVAILABLE')
  })
})

test('an opportunity that Ponte knows as open, and that the list lacks although it can be read as open, stops it', async () => {
  // It comes behind the first page, where no sample finds it.
  const others = (await addPerson()).leadId
  for (let index = 0; index < 60; index += 1) await addOpen({ leadId: others })
  const known = await addOpen()
  const first = await now()
  await switchAt(first)
  const offAt = await now()
  await spellOtherwise(known)
  const { code, stdout } = await tenant.run(['switch', '--off-at', offAt, '--lang', 'en'])
  expect([code, stdout]).toEqual([3, expect.stringContaining(known)])
  expect((await modeOf().read()).offAt).toBe(Date.parse(first))
  await crm().win(known, 1)
  expect((await switchAt(offAt)).data()).toMatchObject({ open: { recorded: 0, known: 61 }, changed: [{ id: known }] })
})

test.each([
  { settings: { hiddenMembers: ['createdAt'] }, why: 'no-time', mark: undefined },
  { settings: { createdAtForm: 'words' as const }, why: 'unreadable-time', mark: undefined },
  // 3 hours later by Brasília's time.
  { settings: { createdAtForm: 'bare-utc' as const }, why: 'no-zone', mark: undefined },
])('an opportunity whose creation says $why is named and not recorded', async ({ settings, why, mark }) => {
  const id = await addOpen()
  const offAt = await now()
  await crm().change({ settings })
  const run = await switchAt(offAt)
  expect(run.code).toBe(1)
  expect(run.data().doubtful).toContainEqual({ id, why })
  expect(await markOf(id)).toBe(mark)
})

test('what has changed since is listed', async () => {
  const won = await addOpen()
  const offAt = await now()
  await crm().win(won, 5)
  const run = await switchAt(offAt)
  expect(run.data().changed).toMatchObject([{ id: won, status: 'WON' }])
  expect(run.code).toBe(1)
})

test.each(['applied', 'ignored', 'nothing', 'refused', 'as-text'] as const)(
  'a CRM whose filter for times is %s hides nothing that has changed',
  async timeFilters => {
    const won = await addOpen()
    const offAt = await now()
    await crm().win(won, 5)
    await crm().change({ settings: { timeFilters } })
    const { code, data } = await switchAt(offAt)
    expect([code, data().changed.map(({ id }: { id: string }) => id)]).toEqual([1, [won]])
  },
)

test('what has changed and cannot be read keeps nothing from being recorded, and somebody has to look', async () => {
  const open = await addOpen()
  const offAt = await now()
  await crm().change({ settings: { hiddenMembers: ['updatedAt'] } })
  const { code, data } = await switchAt(offAt)
  expect([code, data()]).toMatchObject([1, { ok: false, changed: [], changesUnreadable: 'times' }])
  expect(await markOf(open)).toBe('open')
})

test('an opportunity since then that RD Station shows as marked is listed, one of its own time is not', async () => {
  const [shown, marked, fresh] = [
    await addPerson('a@x.example', { opportunity: true }),
    await addPerson(),
    await addPerson(),
  ]
  const offAt = await now()
  await rd().mark(marked.contact.uuid)
  await rd().mark(marked.contact.uuid, { type: 'SALE', value: 1 })
  const [ofShown, ofMarked] = [await addOpen(shown), await addOpen(marked)]
  await addOpen(fresh)
  const { data, code } = await switchAt(offAt)
  expect(data().marked).toEqual({ opportunities: [ofShown, ofMarked], unasked: 0, code: null })
  expect(code).toBe(1)
})

describe('what was there before and has ended since', () => {
  test('is recorded as open where RD Station still shows its contact as an opportunity, so that its end is told', async () => {
    const [won, lost, done] = [await addPerson(), await addPerson(), await addPerson()]
    for (const { contact } of [won, lost, done]) await rd().mark(contact.uuid)
    const [ofWon, ofLost, ofDone] = [await addOpen(won), await addOpen(lost), await addOpen(done)]
    await rd().mark(done.contact.uuid, { type: 'SALE', value: 1 })
    const offAt = await now()
    await crm().win(ofWon, 5)
    await crm().lose(ofLost)
    await crm().win(ofDone, 1)
    const dry = await switchAt(offAt, '--dry-run')
    expect([dry.data().ended.opportunities, await markOf(ofWon)]).toEqual([[ofWon, ofLost], undefined])
    const { code, data } = await switchAt(offAt)
    expect([code, data().ended, data().marked.opportunities]).toEqual([
      1,
      { opportunities: [ofWon, ofLost], unasked: 0, code: null },
      [],
    ])
    expect(await Promise.all([ofWon, ofLost, ofDone].map(markOf))).toEqual(['open', 'open', undefined])
    // Repeated: they are recorded already.
    expect((await switchAt(offAt)).data().ended.opportunities).toEqual([])
  })

  test('is left to a person where another opportunity may be why the contact is shown', async () => {
    const [beside, twice] = [await addPerson(), await addPerson()]
    for (const { contact } of [beside, twice]) await rd().mark(contact.uuid)
    const ended = [await addOpen(beside), await addOpen(twice), await addOpen(twice)]
    await addOpen(beside)
    const offAt = await now()
    for (const id of ended) await crm().win(id, 1)
    const { data } = await switchAt(offAt)
    expect([data().ended.opportunities, data().changed.length]).toEqual([[], 3])
    expect(await Promise.all(ended.map(markOf))).toEqual([undefined, undefined, undefined])
  })

  test('is left to a person where Ponte has a record of it', async () => {
    const person = await addPerson()
    await rd().mark(person.contact.uuid)
    const id = await addOpen(person)
    await tenant.redis.set(stateKey(tenant.name, 'mark', id), JSON.stringify({ marked: 'won' }))
    const offAt = await now()
    await crm().win(id, 1)
    expect((await switchAt(offAt)).data().ended.opportunities).toEqual([])
    expect(await markOf(id)).toBe('won')
  })
})

test('a contact that an older open opportunity explains does not count as marked', async () => {
  const person = await addPerson('b@x.example', { opportunity: true })
  await addOpen(person)
  const offAt = await now()
  await addOpen(person)
  expect((await switchAt(offAt)).data().marked.opportunities).toEqual([])
})

test('RD Station that does not answer keeps nothing from being recorded, and somebody has to look', async () => {
  const open = await addOpen()
  const offAt = await now()
  await addOpen()
  await set.setUp.sandbox.client.addFault({ system: 'rd-station', kind: 'status', status: 503, times: 'forever' })
  const { code, data } = await switchAt(offAt)
  expect([code, data().marked]).toMatchObject([1, { opportunities: [], unasked: 1 }])
  expect(await markOf(open)).toBe('open')
})

test('its text names no person, in both languages', async () => {
  const person = await addPerson('segredo@cliente.example')
  const offAt = await now()
  const id = await addOpen(person)
  for (const language of ['en', 'pt-BR']) {
    const { stdout, stderr } = await tenant.run(['switch', '--off-at', offAt, '--lang', language])
    expect(stdout).toContain(id)
    expect(stdout + stderr).not.toMatch(/segredo|Pessoa|undefined|\[object/)
  }
})
