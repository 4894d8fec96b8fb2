import { enqueueEvent, formatMoment } from '@ponte/runtime'
import { createAudit, createTenantMode } from '@ponte/state'
import { beforeEach, expect, test } from 'vitest'
import { type SetUpTenant, useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()
let tenant: SetUpTenant
let mode: ReturnType<typeof createTenantMode>
beforeEach(async () => {
  tenant = await cli.newTenant({ mode: 'shadow' })
  mode = createTenantMode(tenant.redis, tenant.name)
  await mode.declare('live')
})

const event = (key: string) =>
  ({ name: 'opportunity.won', key, opportunityId: 'o', contextUrl: '/api/v1/opportunity/opportunities' }) as const
const deliver = (key: string) =>
  enqueueEvent(tenant.queues, tenant.tenant, event(key), { receivedAt: new Date().toISOString() })
const shadow = (...argv: readonly string[]) => tenant.run(['shadow', '--json', ...argv])

test('a tenant whose file says live is not brought back, and nothing changes', async () => {
  const other = await cli.newTenant()
  await createTenantMode(other.redis, other.name).declare('live')
  const { code, stderr } = await other.run(['shadow'])
  expect(code).toBe(2)
  expect(stderr).toContain('mode: shadow')
  expect(await createTenantMode(other.redis, other.name).read()).toMatchObject({ mode: 'live' })
})

test('without anything undone the tenant is in the shadow at once, and the time says since when the package has to be on', async () => {
  const { code, data, stderr } = await shadow()
  const record = await mode.read()
  expect(code).toBe(0)
  expect(record).toMatchObject({ mode: 'shadow', needsSwitch: true })
  expect(record).not.toHaveProperty('isDraining')
  expect(data()).toMatchObject({ shadowSince: new Date(record.shadowSince ?? 0).toISOString(), rest: 0, running: 0 })
  expect(stderr).toContain(formatMoment(record.shadowSince ?? 0, 'en', 'America/Sao_Paulo'))
  // Again: nothing changes.
  expect((await shadow()).code).toBe(0)
  expect(await mode.read()).toEqual(record)
})

test('the command waits until the workers have done what is Ponte’s', async () => {
  await deliver('undone')
  const running = shadow()
  await expect.poll(async () => (await mode.read()).isDraining).toBe(true)
  await tenant.startWorker('rd-station', () => Promise.resolve())
  expect((await running).code).toBe(0)
  expect(await mode.read()).not.toHaveProperty('isDraining')
  expect(await mode.rest.count()).toBe(0)
})

test('what is undone waits outside the queues where the tenant goes back at once, and is sent or dropped by a person', async () => {
  await deliver('one')
  await deliver('two')
  expect(await shadow('--now')).toMatchObject({ code: 0 })
  expect(await mode.rest.count()).toBe(2)
  expect(await tenant.queues['rd-station'].count()).toBe(0)
  const sent = await shadow('--rest', 'send')
  expect([sent.code, sent.data()]).toMatchObject([0, { sent: 2 }])
  expect((await tenant.queues['rd-station'].getWaiting()).map(({ data }) => data.key)).toEqual(['one', 'two'])
  expect((await shadow('--rest', 'send')).data()).toMatchObject({ sent: 0 })

  await mode.rest.keep({ id: 'x', queue: 'rd-station', name: 'opportunity.won', data: { key: 'x' }, receivedAt: 1 })
  expect((await shadow('--rest', 'drop')).data()).toMatchObject({ dropped: 1 })
  expect(await mode.rest.count()).toBe(0)
})

test('to stop at once what drains is in the audit trail, and says again since when the package has to be on', async () => {
  await mode.goBack('draining')
  const { stderr } = await shadow('--now')
  const { shadowSince = 0 } = await mode.read()
  expect(stderr).toContain(formatMoment(shadowSince, 'en', 'America/Sao_Paulo'))
  const entries = await createAudit(tenant.redis).read({ count: 100 })
  expect(entries.filter(each => each.tenant === tenant.name)).toMatchObject([{ action: 'shadow', detail: 'now' }])
})

test('a tenant does not go back again before a person has decided about the rest of the earlier way back', async () => {
  await mode.goBack('now')
  await mode.rest.keep({ id: 'x', queue: 'rd-station', name: 'opportunity.won', data: { key: 'x' }, receivedAt: 1 })
  await mode.switchOff(Date.now())
  await mode.declare('live')
  await mode.endGoingLive()
  const live = await mode.read()
  for (const how of [[], ['--now']]) {
    const { code, stdout } = await shadow(...how)
    expect(code).toBe(2)
    expect(stdout).toContain(`shadow --tenant ${tenant.name} --rest send`)
  }
  expect(await mode.read()).toEqual(live)
  await shadow('--rest', 'drop')
  expect((await shadow()).code).toBe(0)
})

test('what to do at once and what becomes of the rest are two questions', async () => {
  expect((await shadow('--now', '--rest', 'send')).code).toBe(2)
  expect((await shadow('--rest', 'keep')).code).toBe(2)
})
