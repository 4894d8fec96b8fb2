import { type CrmEventName, crmEventNames, events, isJobName, jobs, quarantinedDelivery } from '@ponte/contracts'
import * as runtime from '@ponte/runtime'
import { Worker } from 'bullmq'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readFixture } from '../support/kept/kept-keys.ts'
import { useKept } from '../support/kept/open-kept.ts'
import { tenantOf } from '../support/kept/writer.ts'

const file = 'first.json'
const kept = useKept(file)

const idOf = (name: CrmEventName): string => `opportunity-${events[name].shortName.padEnd(20, '0')}`
const keys = readFixture(file).map(({ key }) => key)
/** Later versions may have events that the file has no job of. */
const keptEvents = crmEventNames.filter(name => keys.some(key => key.endsWith(`:${idOf(name)}`)))

const tenant = tenantOf('acme')
let queues: runtime.Queues
let own: runtime.TenantQueues
beforeEach(async () => {
  queues = runtime.openQueues([tenant], kept.redis, runtime.createLogger({ level: 'silent', process: 'test' }))
  own = queues.of(tenant.name)
})
afterEach(() => queues.close())

const receivedAt = '2026-01-02T03:04:05.000Z'
const trace = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }
const lead = {
  uuid: '5e3a0d1c-0000-4000-8000-000000000001',
  email: 'maria@x.example',
  phone: '48999990000',
  mobilePhone: '48988880000',
  name: 'Maria Silva',
  company: 'Casa Exemplo',
  jobTitle: 'Gerente',
  city: 'Joinville',
  state: 'SC',
  website: 'https://x.example',
  facebook: 'https://facebook.example/maria',
  linkedin: 'https://linkedin.example/maria',
  ownerEmail: 'ana@x.example',
  conversionIdentifier: 'orcamento',
  trafficSource: 'google',
  convertedAt: receivedAt,
  deliveredFor: 'mark-or-conversion',
  markedAt: receivedAt,
  contactCreatedAt: '2026-01-01T00:00:00.000Z',
  values: { 'place:city': ['Joinville'] },
  lacksFunnel: true,
  lacks: ['place:funnel'],
  rehearsal: { format: 'v2', members: ['email'], publicUrl: 'expected', legalBases: 1 },
  messages: [{ key: 'text-cut', values: { field: 'name' } }],
} as const
const seen = '76ea66 1'
const opportunity = { opportunityId: 'o1', contextUrl: '/api/v11/opportunity/opportunities' }
const ofEvent = (key: string) => ({ owner: 'ponte', v: 1, key, receivedAt, trace })

/** Takes all jobs of a queue that wait, as a worker does. `read`: their data, as its schema reads them. */
async function takeAll(kind: runtime.QueueKind, read: (name: string, data: unknown) => unknown) {
  const connection = kept.redis.duplicate({ maxRetriesPerRequest: null })
  const options = { connection, prefix: runtime.queuePrefix('acme'), autorun: false, skipStalledCheck: true }
  const worker = new Worker(runtime.queueName('acme', kind), null, { ...options, ...runtime.keepFinished })
  const taken: unknown[] = []
  for (;;) {
    const job = await worker.getNextJob('worker-2', { block: false })
    if (job === undefined) break
    taken.push({ id: job.id, name: job.name, attempts: job.opts.attempts, data: read(job.name, job.data) })
  }
  await worker.close()
  connection.disconnect()
  return taken
}

const readJob = (name: string, data: unknown): unknown => (isJobName(name) ? jobs[name].data.parse(data) : undefined)
const attempts = 12

test('a worker takes the jobs that waited for TOTVS CRM, imports behind the others, and reads their data', async () => {
  const name = 'lead.registered'
  const ofImport = { opensOpportunity: false, isUndated: true }
  expect(await takeAll('totvs-crm', readJob)).toEqual([
    { id: 'lead-retried0000000000000', name, attempts, data: { ...ofEvent('lead-retried'), lead, seen } },
    { id: 'lead-waiting0000000000000', name, attempts, data: { ...ofEvent('lead-waiting'), lead, seen } },
    { id: 'status-rd-1', name: 'status-rd.changed', attempts, data: { ...ofEvent('won-2'), ...opportunity } },
    {
      ...{ id: 'import-imported000000000000', name, attempts },
      data: { owner: 'ponte', v: 2, key: 'lead-imported', receivedAt, lead, import: ofImport },
    },
  ])
})

test('a worker takes the jobs that waited for RD Station, a round when it is due, and reads their data', async () => {
  const waiting = keptEvents
    .filter(name => events[name].destination === 'rd-station')
    .map(name => ({
      ...{ id: idOf(name), name, attempts },
      data: {
        ...{ ...ofEvent(`${events[name].shortName}-1`), ...opportunity },
        ...(name === 'opportunity.created' && { triggerUnread: true }),
      },
    }))
  const data = { ...ofEvent('won-2'), ...opportunity, round: 2 }
  const round = { id: 'round-2-j1', name: 'opportunity.won', attempts, data }
  expect(await takeAll('rd-station', readJob)).toEqual([...waiting, round])
})

/** What came to the quarantine. */
const unread = {
  ...{ owner: 'ponte', v: 1, receivedAt, trace, source: 'totvs-crm', intent: 'opportunity-won' },
  ...{ body: 'trigger=Something+else&id=o1', encoding: 'utf8', form: true },
}

test('a worker takes a delivery that waited in quarantine, and reads it', async () => {
  const taken = await takeAll('quarantine', (_, data) => quarantinedDelivery.parse(data))
  expect(taken).toEqual([{ id: 'delivery-unread00000000000000', name: 'delivery', attempts: 1, data: unread }])
})

test('a failed job keeps why it failed, what was corrected and what it logged, and can be retried', async () => {
  const [job] = await own['totvs-crm'].getFailed()
  expect(job).toMatchObject({
    ...{ id: 'lead-failed00000000000000', failedReason: 'CRM_REJECTED: refused', attemptsMade: 1 },
    ...{ timestamp: 1_767_441_600_000, finishedOn: 1_767_441_600_000 },
  })
  const edited = {
    original: { name: 'Maria Silva' },
    changes: [{ at: receivedAt, by: 'ana', fields: ['name'] }],
  }
  expect(readJob('lead.registered', job?.data)).toEqual({
    ...{ ...ofEvent('lead-failed'), seen, edited },
    lead: { ...lead, name: 'Maria da Silva' },
  })
  const { logs } = await own['totvs-crm'].getJobLogs('lead-failed00000000000000')
  expect(logs).toEqual(['{"key":"lead-created","values":{"lead":"l1"}}'])
  expect(job === undefined || (await runtime.retryInFull(job))).toBe(true)
  expect(await job?.getState()).toBe('waiting')
})

test('a mark that failed and a delivery in quarantine keep their data, and can be retried', async () => {
  for (const kind of ['rd-station', 'quarantine'] as const) {
    const [job] = await own[kind].getFailed()
    expect(job?.failedReason).toBe('CRM_REJECTED: refused')
    const read = kind === 'quarantine' ? quarantinedDelivery.parse(job?.data) : readJob('opportunity.won', job?.data)
    expect(read).toEqual(
      kind === 'quarantine'
        ? { ...unread, body: 'id=o3' }
        : { ...ofEvent('won-3'), ...opportunity, opportunityId: 'o3' },
    )
    expect(job === undefined || (await runtime.retryInFull(job))).toBe(true)
    expect(await job?.getState()).toBe('waiting')
  }
})

test('a job that is done keeps its result, and one that is retried by whom', async () => {
  const [done] = await own['totvs-crm'].getCompleted()
  expect(done?.id).toBe('lead-done0000000000000000')
  expect(done?.returnvalue).toEqual({ outcome: 'done', summary: { key: 'lead-created', values: { lead: 'l1' } } })
  const retried = await own['totvs-crm'].getJob('lead-retried0000000000000')
  expect(retried && runtime.readRetryMark(retried)).toBe('00000000-0000-4000-8000-000000000001')
})

test.each(['waiting', 'retried', 'failed', 'done'])('a lead that is %s is known when it comes again', async what => {
  const event = { name: 'lead.registered', key: `lead-${what}`, lead } as const
  const known = { outcome: 'duplicate', jobId: `lead-${what.padEnd(20, '0')}` }
  expect(await runtime.enqueueEvent(own, tenant, { ...event, lead: { email: lead.email } }, { receivedAt })).toEqual(
    known,
  )
})

test('an imported lead is known when it is imported again', async () => {
  const event = { name: 'lead.registered', key: 'lead-imported', lead: { email: lead.email } } as const
  const again = { jobId: runtime.newImportId(), receivedAt, import: { opensOpportunity: false, isUndated: true } }
  const known = { outcome: 'duplicate', jobId: 'import-imported000000000000' }
  expect(await runtime.enqueueImport(own, tenant, event, again)).toEqual(known)
})

test.each(keptEvents)('%s is known when it comes again', async name => {
  const event = { name, key: `${events[name].shortName}-1`, ...opportunity }
  const known = { outcome: 'duplicate', jobId: idOf(name) }
  expect(await runtime.enqueueEvent(own, tenant, event, { receivedAt })).toEqual(known)
})

test('a further update of an opportunity joins the job that waits', async () => {
  const event = { name: 'opportunity.updated', key: 'updated-4', ...opportunity } as const
  const joined = { outcome: 'joined', jobId: 'opportunity-updated0000000000000' }
  expect(await runtime.enqueueEvent(own, tenant, event, { receivedAt })).toEqual(joined)
  expect(await own.updates.jobOf('updated-0')).toBe(joined.jobId)
})

test('a delivery in quarantine is known when it comes again, and what is there is counted', async () => {
  const delivery = {
    v: 1,
    receivedAt,
    source: 'totvs-crm',
    intent: 'opportunity-won',
    body: 'trigger=Something+else&id=o1',
    encoding: 'utf8',
    form: true,
  } as const
  expect(await own.quarantineSize.current()).toEqual({ deliveries: 3, bytes: 1499 })
  const known = { outcome: 'duplicate', jobId: 'delivery-unread00000000000000' }
  expect(await runtime.quarantineDelivery(own, tenant, delivery)).toEqual(known)
})
