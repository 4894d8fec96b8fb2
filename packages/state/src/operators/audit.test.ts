import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { type AuditEntry, createAudit } from './audit.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

/** A trail that no other test writes into. */
function openTrail() {
  const key = `ponte:audit-test:${crypto.randomUUID()}`
  const remove = async () => redis.del(key, `${key}:streams`, ...(await redis.zrange(`${key}:streams`, '0', '-1')))
  return { key, audit: createAudit(redis, { key }), remove }
}

const entry = (action: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  user: 'ana',
  action,
  outcome: 'done',
  tenant: 'acme',
  ...more,
})

test('what people did is read newest first, page by page, and ends after 400 days', async () => {
  const { audit, remove } = openTrail()
  const before = Date.now()
  for (const action of ['login', 'pause', 'retry']) await audit.write(entry(action))
  await audit.write(entry('retry-all', { queue: 'totvs-crm', code: 'CRM_REJECTED', detail: '3' }))
  // Refusals have a stream of their own: within one millisecond, nothing says which of the two was first.
  const written = Date.now()
  await expect.poll(() => Date.now()).toBeGreaterThan(written + 1)
  await audit.write(entry('pause', { user: 'viewer', outcome: 'refused' }))

  const all = await audit.read({ count: 1000 })
  expect(all.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    'pause refused',
    'retry-all done',
    'retry done',
    'pause done',
    'login done',
  ])
  expect(all[1]).toMatchObject({ user: 'ana', queue: 'totvs-crm', code: 'CRM_REJECTED', detail: '3', outcome: 'done' })
  expect(Math.abs((all[1]?.at ?? 0) - before)).toBeLessThan(10_000)

  const pages: string[] = []
  for (let last: string | undefined; ;) {
    const page = await audit.read({ before: last, count: 2 })
    if (page.length === 0) break
    pages.push(...page.map(({ id }) => id))
    last = page.at(-1)?.id
  }
  expect(pages).toEqual(all.map(({ id }) => id))
  await remove()

  // By default, the trail of the installation is used.
  await createAudit(redis).write(entry('pause', { tenant: `t-${crypto.randomUUID()}` }))
  expect(await redis.ttl('ponte:audit:changes:ana')).toBeGreaterThan(399 * 24 * 3600)
})

test('refusals, logins and opened data, however many, push no action and no entry of another user out of the trail', async () => {
  const { audit, remove } = openTrail()
  const flood = (made: AuditEntry, times: number): Promise<unknown> =>
    Promise.all(Array.from({ length: times }, () => audit.write(made)))
  const own = [entry('remove'), entry('empty', { outcome: 'refused' }), entry('login'), entry('open')]
  for (const each of own) await audit.write(each)
  await flood(entry('open', { user: 'other' }), 11_000)
  await flood(entry('export-events', { user: 'other' }), 1500)
  await flood(entry('login', { user: 'other' }), 1500)
  await flood(entry('pause', { user: 'other', outcome: 'refused' }), 1500)
  const all = await audit.read({ count: 50_000 })
  const ofAna = all.filter(({ user: name }) => name === 'ana').map(({ action }) => action)
  expect(ofAna.toSorted()).toEqual(['empty', 'login', 'open', 'remove'])
  expect(all.length).toBeLessThan(4000)
  expect(
    all.filter(({ outcome, user: name }) => outcome === 'refused' && name === 'other').length,
  ).toBeGreaterThanOrEqual(1000)
  await remove()
})

test('what fails and what is changed, however often, pushes no change of another user out of the trail, and what fails none at all', async () => {
  const { audit, remove } = openTrail()
  const flood = (made: AuditEntry, times: number): Promise<unknown> =>
    Promise.all(Array.from({ length: times }, () => audit.write(made)))
  for (const user of ['ana', 'other']) await audit.write(entry('remove', { user }))
  await flood(entry('pause', { user: 'other', outcome: 'failed', tenant: 'nobody' }), 11_000)
  const changes = async () => (await audit.read({ count: 50_000 })).filter(({ action }) => action === 'remove')
  expect((await changes()).map(({ user }) => user).toSorted()).toEqual(['ana', 'other'])
  expect((await audit.read({ count: 50_000 })).length).toBeLessThan(1500)
  await flood(entry('pause', { user: 'other' }), 11_000)
  expect((await changes()).map(({ user }) => user)).toEqual(['ana'])
  await remove()
})

test('the pages of a trail of many users are the whole trail, newest first', async () => {
  const { audit, remove } = openTrail()
  const users = Array.from({ length: 30 }, (_, index) => `user-${index}`)
  for (const [index, user] of users.entries())
    for (let count = 0; count < 1 + (index % 3) * 25; count += 1) await audit.write(entry('pause', { user }))
  const all = await audit.read({ count: 10_000 })
  expect(all).toHaveLength(10 * (1 + 26 + 51))
  const pages: string[] = []
  for (let last: string | undefined; ;) {
    const page = await audit.read({ before: last, count: 40 })
    if (page.length === 0) break
    pages.push(...page.map(({ id, user }) => `${id} ${user}`))
    last = page.at(-1)?.id
  }
  expect(pages.toSorted()).toEqual(all.map(({ id, user }) => `${id} ${user}`).toSorted())
  expect(pages.map(id => Number.parseInt(id, 10))).toEqual(all.map(({ at }) => at))
  await remove()
})

test('every entry is given to the log as well', async () => {
  const { key, remove } = openTrail()
  const logged: AuditEntry[] = []
  const audit = createAudit(redis, { key, onEntry: each => logged.push(each) })
  const end = await audit.begin(entry('edit', { detail: '?' }))
  await end(entry('edit', { detail: 'name' }))
  expect(logged.map(({ action, detail }) => `${action} ${detail}`)).toEqual(['edit ?', 'edit name'])
  await remove()
})

test('records of the same moment are not skipped by the next page', async () => {
  const { audit, remove } = openTrail()
  // Many at once, because each of the three streams numbers its entries within a millisecond by itself.
  await Promise.all(
    Array.from({ length: 300 }, (_, index) =>
      audit.write(entry(index % 3 === 0 ? 'login' : 'pause', { outcome: index % 3 === 1 ? 'refused' : 'done' })),
    ),
  )
  const seen: string[] = []
  for (let last: string | undefined; ;) {
    const page = await audit.read({ before: last, count: 7 })
    if (page.length === 0) break
    seen.push(...page.map(({ id, action, outcome }) => `${id} ${action} ${outcome}`))
    last = page.at(-1)?.id
  }
  expect(seen).toHaveLength(300)
  expect(new Set(seen).size).toBe(300)
  await remove()
})
