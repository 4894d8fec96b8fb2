import { createCredentialRefusals, createDeliveryRecorder, createLastTimes } from '@ponte/state'
import { UnrecoverableError } from 'bullmq'
import { expect, test } from 'vitest'
import { type SetUpTenant, useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()

/** A worker of the tenant that fails each event of TOTVS CRM, until the test ends. */
const startFailing = ({ startWorker }: SetUpTenant) =>
  startWorker('totvs-crm', async () => Promise.reject(new UnrecoverableError('CRM_REJECTED: x')))

const add = ({ queues }: SetUpTenant, kind: 'totvs-crm' | 'rd-station' = 'totvs-crm', more = {}) =>
  queues[kind].add('lead.registered', {}, { jobId: crypto.randomUUID(), ...more })

test('all is well with a tenant whose connections were seen to work, with nothing that waits or failed: 0', async () => {
  const tenant = await cli.newTenant()
  await startFailing(tenant)
  const times = createLastTimes(tenant.redis, tenant.name)
  await times.record('totvs-crm')
  expect((await tenant.run(['status'])).stdout).toMatch(
    /^1 connection without an answered call yet\n[^]*✓ TOTVS CRM: connected · answered \d sec ago\n {2}! RD Station has answered no call yet: `ponte doctor/,
  )
  await times.record('rd-station')
  const { code, stdout } = await tenant.run(['status'])
  const answered = ['TOTVS CRM', 'RD Station'].map(system => `  ✓ ${system}: connected · answered 0 sec ago`)
  expect(stdout.replaceAll(/\d+ sec ago/g, '0 sec ago').split('\n')).toEqual([
    ...['All is well', '', tenant.name, ...answered, '  0 waiting', '', 'Times in America/Sao_Paulo.', ''],
  ])
  expect(code).toBe(0)
})

test('a wait is worth a look once it is longer than BOARD_STUCK_SECONDS', async () => {
  const tenant = await cli.newTenant()
  await tenant.startWorker('rd-station')
  await add(tenant, 'totvs-crm', { timestamp: Date.now() - 120_000 })
  expect((await tenant.run(['status'])).stdout).toMatch(/^1 event waits, the oldest for 2 min\n/)
  const { stdout } = await tenant.run(['status'], { env: { BOARD_STUCK_SECONDS: '300' } })
  expect(stdout).toMatch(
    /^2 connections without an answered call yet\nNothing is lost: 1 event waits and goes on by itself\./,
  )
})

test('a connection says when its system last answered and delivered; ten refused deliveries without an accepted one are a problem', async () => {
  const tenant = await cli.newTenant()
  const at = '2026-11-29T10:00:00.000Z'
  await createLastTimes(tenant.redis, tenant.name, () => Date.parse(at)).record('totvs-crm')
  const deliveries = createDeliveryRecorder(tenant.redis)
  deliveries.accepted(tenant.name, 'totvs-crm', { isEvent: true })
  for (let each = 0; each < 9; each += 1) deliveries.refused(tenant.name, 'rd-station', 'wrong-token')
  await deliveries.close()
  expect((await tenant.run(['status', '--json'])).data().summary).toBe('No worker is connected')
  deliveries.refused(tenant.name, 'rd-station', 'wrong-token')
  await deliveries.close()
  const { code, data } = await tenant.run(['status', '--json'])
  expect(code).toBe(1)
  expect(data().summary).toBe('1 connection gets only refused deliveries and no worker is connected')
  const time = expect.stringMatching(/^2.*Z$/)
  expect(data().tenants[0].connections).toEqual([
    { system: 'totvs-crm', state: 'ok', needsPerson: false, lastSuccess: at, lastDelivery: time },
    {
      ...{ system: 'rd-station', state: 'not-tried', needsPerson: false },
      refused: { count: 10, reasons: { 'wrong-token': 10 }, isMany: true, first: time, last: time, alertFrom: time },
    },
  ])
})

test('a connection that needs a person and events that failed: 1, with the command that helps and the causes', async () => {
  const tenant = await cli.newTenant()
  for (let event = 0; event < 2; event += 1) await add(tenant)
  await startFailing(tenant)
  await expect.poll(() => tenant.queues['totvs-crm'].getFailedCount()).toBe(2)
  await add(tenant, 'rd-station')
  const policy = { failureThreshold: 1, probeMs: 60_000, maxProbeMs: 60_000 }
  const refused = { credential: 'a', correlationKey: 'job', code: 'RD_TOKEN_REVOKED', stage: 'login' } as const
  await createCredentialRefusals(tenant.redis, tenant.name, policy).refuse('rd-station', refused)

  const { code, data } = await tenant.run(['status', '--json'])
  expect(code).toBe(1)
  expect(data()).toMatchObject({
    ...{ ok: false, failed: 2, waiting: 1 },
    summary: expect.stringContaining('1 connection needs you and 2 events failed'),
    tenants: [
      {
        ...{ tenant: tenant.name, waiting: 1, waitingForPerson: 1, failed: 2, workerConnected: true },
        connections: [{}, { system: 'rd-station', state: 'disconnected', needsPerson: true, code: 'RD_TOKEN_REVOKED' }],
        failures: [{ code: 'CRM_REJECTED', queue: 'totvs-crm', count: 2 }],
      },
    ],
  })
  const [state] = data().tenants
  for (const time of [data().at, state.oldestWaitingSince, state.connections[1].since])
    expect(new Date(time).toISOString()).toBe(time)

  const portuguese = await tenant.run(['status', '--lang', 'pt-BR'])
  expect(portuguese.code).toBe(1)
  expect(portuguese.stdout).toContain(`ponte connect --tenant ${tenant.name}`)
  expect(portuguese.stdout).toContain('1 aguardando · mais antigo há ')
  expect(portuguese.stdout).toContain('2 × CRM_REJECTED  RD Station → TOTVS: O TOTVS CRM recusou os dados.\n')
})

test('a Redis that is away ends with 3', async () => {
  const { run } = await cli.newTenant()
  const { code, data } = await run(['status', '--json'], { env: { REDIS_URL: 'redis://127.0.0.1:9' } })
  expect(code).toBe(3)
  expect(data()).toMatchObject({ ok: false, error: { code: 'NOT_REACHABLE' } })
})

test('to look changes nothing: no key of a tenant is made', async () => {
  const { name, run, redis } = await cli.newTenant()
  expect((await run(['status'])).stdout).toContain(name)
  expect((await run(['failures'])).code).toBe(0)
  expect(await redis.keys(`{${name}}:*`)).toEqual([])
})
