import { formatMoment } from '@ponte/runtime'
import { createCircuitBreaker, createCredentialRefusals, createDeliveryRecorder, createLastTimes } from '@ponte/state'
import { UnrecoverableError } from 'bullmq'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCliSetUp, type SetUp, type SetUpTenant } from '../testing/open-cli-set-up.ts'

let setUp: SetUp
beforeAll(async () => {
  setUp = await openCliSetUp()
})
afterAll(() => setUp.close())

const opening = { failureThreshold: 1, probeMs: 60_000, maxProbeMs: 60_000 }

/** Opens the breaker as if RD Station had revoked the tenant's token. */
const revoke = ({ redis, name }: SetUpTenant) =>
  createCredentialRefusals(redis, name, opening).refuse('rd-station', {
    credential: 'a',
    correlationKey: 'job',
    code: 'RD_TOKEN_REVOKED',
    stage: 'login',
  })

/** A worker of the tenant that fails each event of TOTVS CRM with this code, until the tenant is closed. */
const startFailing = (tenant: SetUpTenant, code: string) =>
  tenant.startWorker('totvs-crm', async () => Promise.reject(new UnrecoverableError(`${code}: x`)))

const add = ({ queues }: SetUpTenant, kind: 'totvs-crm' | 'rd-station' = 'totvs-crm') =>
  queues[kind].add('lead.registered', {}, { jobId: crypto.randomUUID() })

test('all is well with a tenant whose connections were seen to work, with nothing that waits or failed: 0', async () => {
  const tenant = await setUp.tenant()
  const worker = await startFailing(tenant, 'CRM_REJECTED')
  const times = createLastTimes(tenant.redis, tenant.name)
  await times.record('totvs-crm')
  expect((await tenant.run(['status'])).stdout).toMatch(
    /^1 connection without an answered call yet\n[^]*✓ TOTVS CRM: connected · answered \d sec ago\n {2}! RD Station has answered no call yet: `ponte doctor/,
  )
  await times.record('rd-station')
  const { code, stdout } = await tenant.run(['status'])
  expect(stdout.replaceAll(/\d+ sec ago/g, '0 sec ago')).toBe(
    [
      ...[
        'All is well',
        '',
        tenant.name,
        '  ✓ TOTVS CRM: connected · answered 0 sec ago',
        '  ✓ RD Station: connected · answered 0 sec ago',
        '  0 waiting',
        '',
      ],
      ...['Times in America/Sao_Paulo.', ''],
    ].join('\n'),
  )
  expect(code).toBe(0)
  await worker.stop()
  await tenant.close()
})

test('a wait is worth a look once it is longer than BOARD_STUCK_SECONDS', async () => {
  const tenant = await setUp.tenant()
  const worker = await tenant.startWorker('rd-station', async () => undefined)
  const timestamp = Date.now() - 120_000
  await tenant.queues['totvs-crm'].add('lead.registered', {}, { jobId: crypto.randomUUID(), timestamp })
  expect((await tenant.run(['status'])).stdout).toMatch(/^1 event waits, the oldest for 2 min\n/)
  const { stdout } = await tenant.run(['status'], { env: { BOARD_STUCK_SECONDS: '300' } })
  expect(stdout).toMatch(
    /^2 connections without an answered call yet\nNothing is lost: 1 event waits and goes on by itself\./,
  )
  await worker.stop()
  await tenant.close()
})

test('a connection says when its system last answered and last delivered something', async () => {
  const tenant = await setUp.tenant()
  const at = '2026-11-29T10:00:00.000Z'
  await createLastTimes(tenant.redis, tenant.name, () => Date.parse(at)).record('totvs-crm')
  const deliveries = createDeliveryRecorder(tenant.redis)
  deliveries.accepted(tenant.name, 'totvs-crm', { isEvent: true })
  await deliveries.close()
  const { data } = await tenant.run(['status', '--json'])
  const needsPerson = false
  expect(data().tenants[0].connections).toEqual([
    { system: 'totvs-crm', state: 'ok', needsPerson, lastSuccess: at, lastDelivery: expect.any(String) },
    { system: 'rd-station', state: 'not-tried', needsPerson },
  ])
  await tenant.close()
})

test('refused deliveries are in the document with number, reasons and times; ten without an accepted one count as a problem', async () => {
  const tenant = await setUp.tenant()
  const deliveries = createDeliveryRecorder(tenant.redis)
  for (let each = 0; each < 9; each += 1) deliveries.refused(tenant.name, 'rd-station', 'wrong-token')
  await deliveries.close()
  const few = await tenant.run(['status', '--json'])
  expect(few.data().summary).toBe('No worker is connected')
  deliveries.refused(tenant.name, 'rd-station', 'wrong-token')
  await deliveries.close()
  const { code, data } = await tenant.run(['status', '--json'])
  expect(code).toBe(1)
  expect(data()).toMatchObject({
    health: 'bad',
    summary: '1 connection gets only refused deliveries and no worker is connected',
  })
  const time = expect.stringMatching(/^2.*Z$/)
  expect(data().tenants[0].connections[1].refused).toEqual({
    ...{ count: 10, reasons: { 'wrong-token': 10 }, isMany: true },
    ...{ first: time, last: time, alertFrom: time },
  })
  expect((await tenant.run(['status'])).stdout).toMatch(/10 deliveries in the name of RD Station were refused/)
  await tenant.close()
})

test('a connection that needs a person and events that failed: 1, with the command that helps and the causes', async () => {
  const tenant = await setUp.tenant()
  for (let event = 0; event < 2; event += 1) await add(tenant)
  const worker = await startFailing(tenant, 'CRM_REJECTED')
  await expect.poll(() => tenant.queues['totvs-crm'].getFailedCount()).toBe(2)
  await add(tenant, 'rd-station')
  await revoke(tenant)

  const { code, data } = await tenant.run(['status', '--json'])
  expect(code).toBe(1)
  expect(data()).toMatchObject({
    ok: false,
    failed: 2,
    waiting: 1,
    summary: expect.stringContaining('1 connection needs you and 2 events failed'),
    tenants: [
      {
        tenant: tenant.name,
        waiting: 1,
        waitingForPerson: 1,
        failed: 2,
        workerConnected: true,
        connections: [
          { system: 'totvs-crm', state: 'not-tried', needsPerson: false },
          { system: 'rd-station', state: 'disconnected', needsPerson: true, code: 'RD_TOKEN_REVOKED' },
        ],
        failures: [{ code: 'CRM_REJECTED', queue: 'totvs-crm', count: 2 }],
      },
    ],
  })
  const [state] = data().tenants
  const { since } = state.connections[1]
  for (const time of [data().at, state.oldestWaitingSince, since]) expect(new Date(time).toISOString()).toBe(time)

  const portuguese = await tenant.run(['status', '--lang', 'pt-BR'])
  expect(portuguese.code).toBe(1)
  expect(portuguese.stdout).toContain(`ponte connect --tenant ${tenant.name}`)
  expect(portuguese.stdout).toContain(`desde ${formatMoment(Date.parse(since), 'pt-BR', 'America/Sao_Paulo')}`)
  expect(portuguese.stdout).toContain('1 aguardando · mais antigo há ')
  expect(portuguese.stdout).toContain('2 × CRM_REJECTED  RD Station → TOTVS: O TOTVS CRM recusou os dados.\n')
  await worker.stop()
  await tenant.close()
})

test('a system that is down needs nobody, as Ponte goes on by itself: 0, with the next check', async () => {
  const tenant = await setUp.tenant()
  const worker = await startFailing(tenant, 'CRM_REJECTED')
  const failure = { jobId: 'j', correlationKey: 'j', code: 'CRM_UNREACHABLE', outage: true, kind: 'read' } as const
  await createCircuitBreaker(tenant.redis, tenant.name, opening).fail('totvs-crm', failure)
  const { code, stdout } = await tenant.run(['status'])
  expect(stdout).toMatch(
    /^ {2}! TOTVS CRM is down · for \d+ sec · next check in \d+ (?:sec|min) \(CRM_UNREACHABLE\) \(since /m,
  )
  expect(code).toBe(0)
  await worker.stop()
  await tenant.close()
})

test('without a worker, or with a queue that somebody paused, events need a person: 1', async () => {
  const tenant = await setUp.tenant()
  expect(await tenant.run(['status'])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('  ✗ no worker connected: start one\n'),
  })
  const worker = await startFailing(tenant, 'CRM_REJECTED')
  await tenant.queues['rd-station'].pause()
  expect(await tenant.run(['status'])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('  ✗ TOTVS → RD Station: paused by somebody'),
  })
  await worker.stop()
  await tenant.close()
})

test('a Redis that is away ends with 3', async () => {
  const tenant = await setUp.tenant()
  const { code, data } = await tenant.run(['status', '--json'], { env: { REDIS_URL: 'redis://127.0.0.1:9' } })
  expect(code).toBe(3)
  expect(data()).toMatchObject({ ok: false, error: { code: 'NOT_REACHABLE' } })
  await tenant.close()
})

test('to look changes nothing: no key of a tenant is made', async () => {
  const tenant = await setUp.tenant()
  expect((await tenant.run(['status'])).stdout).toContain(tenant.name)
  expect((await tenant.run(['failures'])).code).toBe(0)
  expect(await tenant.redis.keys(`{${tenant.name}}:*`)).toEqual([])
  await tenant.close()
})
