import { requireIdentities } from '@ponte/contracts'
import { change, createAudit, createLeadLedger, createTimelines, stateKey } from '@ponte/state'
import { beforeEach, expect, test } from 'vitest'
import { type SetUpTenant, useOwnRedis } from '../testing/use-cli-set-up.ts'

const own = useOwnRedis()
/** `former` was configured until today, `tenant` is what the tenants file names now. */
let former: SetUpTenant
let tenant: SetUpTenant
beforeEach(async () => {
  tenant = own.tenant
  await tenant.redis.flushall()
  former = await own.newTenant()
  for (const each of [former, tenant]) await fill(each)
  // Keys of another application, which groups them as Ponte does.
  await tenant.redis.mset({ '{shop}:cart': '1', [`{${former.name}}:theirs`]: '1', '{shop}:ponte-like': '1' })
})

async function fill({ queues, redis, name }: SetUpTenant): Promise<void> {
  await queues['totvs-crm'].add(
    'lead.registered',
    { v: 1, lead: { email: 'ana@cliente.example' } },
    { jobId: crypto.randomUUID() },
  )
  await queues['rd-station'].add(
    'opportunity.won',
    { v: 1, opportunityId: 'O-1' },
    { jobId: crypto.randomUUID(), delay: 1e6 },
  )
  await queues.quarantine.add('delivery', { body: '{"mail":"ana@cliente.example"}' }, { jobId: crypto.randomUUID() })
  const ledger = createLeadLedger(redis, name, own)
  await change(redis, ledger.rememberingLeadCreation(requireIdentities({ email: 'ana@cliente.example' }), 1))
  await redis.set(stateKey(name, 'rd-tokens'), 'secret')
  const event = { event: 'lead.registered', key: 'k', jobId: 'j', receivedAt: '', identities: ['ana@cliente.example'] }
  await createTimelines(redis, name, own.fingerprint).record(event, {
    kind: 'retried',
    at: 1,
    by: 'ana',
    jobId: 'j',
  })
}

const keysOf = async ({ redis, name }: SetUpTenant): Promise<string[]> =>
  (await redis.keys('*')).filter(key => key.startsWith(`{${name}}:`))
const forget = (...argv: string[]) => tenant.run(['forget-tenant', ...argv, '--json'])
const counts = {
  'jobs.totvs-crm': 1,
  'jobs.rd-station': 1,
  'jobs.quarantine': 1,
  'state.lead-creation': 1,
  'state.rd-tokens': 1,
  'state.timeline': 1,
  'state.timelines': 1,
}

test('a tenant that is no longer configured is gone from Redis, and nothing of anybody else is', async () => {
  const others = (await tenant.redis.keys('*')).filter(key => !key.startsWith(`{${former.name}}:`)).toSorted()
  const keys = (await keysOf(former)).length
  const { code, data } = await forget(former.name, '--yes')
  expect(code).toBe(0)
  expect(data()).toMatchObject({ ok: true, tenant: former.name, removed: counts, keys: keys - 1, left: 0 })
  expect(await keysOf(former)).toEqual([`{${former.name}}:theirs`])
  expect(await tenant.redis.keys('*')).toEqual(expect.arrayContaining(others))

  const [entry] = await createAudit(tenant.redis).read({ count: 1 })
  expect(entry).toMatchObject({ action: 'forget-tenant', tenant: former.name, detail: `${keys - 1} keys` })
  expect((await forget(former.name, '--yes')).data()).toMatchObject({ ok: true, keys: 0, removed: {} })
})

test('a dry run says the same and removes nothing', async () => {
  const before = (await tenant.redis.keys('*')).toSorted()
  const dry = await forget(former.name, '--dry-run')
  expect(dry.code).toBe(0)
  expect((await tenant.redis.keys('*')).toSorted()).toEqual(before)
  const { keys, removed } = (await forget(former.name, '--yes')).data()
  expect(dry.data()).toMatchObject({ dryRun: true, keys, removed })
})

test('a tenant that is configured stays, and so does one without --yes', async () => {
  for (const argv of [[tenant.name, '--yes'], [former.name], ['{x}', '--yes'], ['*', '--yes']]) {
    const before = await tenant.redis.dbsize()
    expect((await forget(...argv)).code, argv.join(' ')).toBe(2)
    expect(await tenant.redis.dbsize()).toBe(before)
  }
})

test('a tenant that a worker still works for stays, until the worker is gone', async () => {
  const worker = await former.startWorker('rd-station', async () => undefined)
  await expect.poll(() => former.queues['rd-station'].getWorkersCount()).toBe(1)
  const held = await forget(former.name, '--yes')
  expect(held.code).toBe(1)
  expect(held.data()).toMatchObject({ ok: false, error: { code: 'WORKERS_CONNECTED' } })
  expect((await keysOf(former)).length).toBeGreaterThan(5)

  await worker.stop()
  await expect.poll(() => former.queues['rd-station'].getWorkersCount()).toBe(0)
  expect((await forget(former.name, '--yes')).code).toBe(0)
})

test('a tenant whose last job still runs stays; one whose worker died in a job does not', async () => {
  // A worker that does not serve the tenant any more has closed its connection, and renews the lock of the job.
  const queue = `{${former.name}}:${former.queues['totvs-crm'].name}`
  const [id = ''] = await tenant.redis.lrange(`${queue}:wait`, 0, -1)
  await tenant.redis.lmove(`${queue}:wait`, `${queue}:active`, 'LEFT', 'LEFT')
  await tenant.redis.set(`${queue}:${id}:lock`, 'a worker')
  const held = await forget(former.name, '--yes')
  expect(held.code).toBe(1)
  expect(held.data()).toMatchObject({ ok: false, error: { code: 'WORKERS_CONNECTED' } })
  expect((await keysOf(former)).length).toBeGreaterThan(5)

  await tenant.redis.del(`${queue}:${id}:lock`)
  expect((await forget(former.name, '--yes')).code).toBe(0)
})

test('a person is erased from a tenant that is no longer configured, and the tenant is named as such', async () => {
  const { code, data } = await tenant.run(['erase', '--yes', '--email', 'ana@cliente.example', '--json'])
  expect(code).toBe(0)
  expect(
    data().tenants.map(({ tenant: name, configured, removed }: Record<string, unknown>) => ({
      name,
      configured,
      removed,
    })),
  ).toEqual([
    { name: tenant.name, configured: true, removed: expect.objectContaining({ 'jobs.waiting': 1 }) },
    { name: former.name, configured: false, removed: expect.objectContaining({ 'jobs.waiting': 1 }) },
  ])
  expect(await former.queues['totvs-crm'].getWaitingCount()).toBe(0)
  const { stdout } = await tenant.run(['erase', '--yes', '--email', 'x@y.example', '--tenant', former.name])
  expect(stdout).toContain(`${former.name} (no longer in the tenants file`)
  expect((await tenant.run(['erase', '--yes', '--email', 'x@y.example', '--tenant', 'nobody'])).code).toBe(2)
})
