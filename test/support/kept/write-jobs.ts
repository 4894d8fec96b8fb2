import { setTimeout as sleep } from 'node:timers/promises'
import { crmEventNames, type DeliveredEvent, events, toSeenText } from '@ponte/contracts'
import { beginRetry } from '@ponte/operations'
import * as runtime from '@ponte/runtime'
import * as state from '@ponte/state'
import type { Redis } from 'ioredis'
import { type Job, UnrecoverableError, Worker } from 'bullmq'
import { lead, path, receivedAt, type Rename, tenantOf, testFingerprint, type Writer } from './writer.ts'

const trace = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }

/** Jobs as they wait, run, have failed and are done, what people did to them, and deliveries in quarantine. Gives what closes the queues. */
export async function writeJobs(writer: Writer, rename: Rename): Promise<() => Promise<void>> {
  const { redis, tenant: name } = writer
  const tenant = tenantOf(name)
  const log = runtime.createLogger({ level: 'silent', process: 'test' })
  const mostWaiting = () => ({ jobs: 1000, bytes: 1_000_000 })
  const queues = runtime.openQueues([{ name }], redis, log, { mostWaiting })
  const own = queues.of(name)
  /** Ids of jobs are random: in a fixture they end in what the job is. */
  const named = (jobId: string, what: string): string => {
    rename(jobId, `${jobId.slice(0, -20)}${what.padEnd(20, '0')}`)
    return jobId
  }
  const enqueue = async (event: DeliveredEvent, what: string): Promise<string> =>
    named((await runtime.enqueueEvent(own, tenant, event, { receivedAt, trace })).jobId, what)
  const registered = (key: string) =>
    ({ name: 'lead.registered', key, lead, seen: toSeenText({ kind: 'rd.webhook-1', members: 1 }) }) as const

  const failedId = await enqueue(registered('lead-failed'), 'failed')
  const retriedId = await enqueue(registered('lead-retried'), 'retried')
  await enqueue(registered('lead-done'), 'done')
  await endThree(writer, { key: 'lead-failed', jobId: failedId })
  await edit(writer, { queue: own['totvs-crm'], jobId: failedId })
  await retry(writer, { queue: own['totvs-crm'], jobId: retriedId }, rename)

  await enqueue(registered('lead-waiting'), 'waiting')
  const importId = named(runtime.newImportId(), 'imported')
  const imported = { jobId: importId, receivedAt, import: { opensOpportunity: false, isUndated: true } }
  await runtime.enqueueImport(own, tenant, registered('lead-imported'), imported)
  await state.createImports(redis, name, testFingerprint).takePlaces([importId], own['totvs-crm'].toKey(''))

  const crmEvent = (key: string, opportunityId = 'o1') => ({ key, opportunityId, contextUrl: path }) as const
  await enqueue({ name: 'opportunity.won', ...crmEvent('won-3', 'o3') }, 'failed')
  await fail(redis, { tenant: name, queue: 'rd-station' })
  await enqueue({ name: 'opportunity.updated', ...crmEvent('updated-2', 'o2') }, 'running')
  await start(redis, name)
  for (const eventName of crmEventNames) {
    const { shortName } = events[eventName]
    const unread = eventName === 'opportunity.created' && { triggerUnread: true as const }
    await enqueue({ name: eventName, ...crmEvent(`${shortName}-1`), ...unread }, shortName)
  }
  await enqueue({ name: 'opportunity.updated', ...crmEvent('updated-0') }, 'updated')
  // As `record-failed-round.ts` and `requestStatusRdWrite` do.
  const data = { v: 1, receivedAt, trace, ...crmEvent('won-2') }
  const options = runtime.jobOptions(tenant.settings.retry)
  const ofRound = { ...options, jobId: 'round-2-j1', delay: 60_000 }
  await own['rd-station'].add('opportunity.won', { ...data, round: 2 }, ofRound)
  await own['totvs-crm'].add('status-rd.changed', data, { ...options, jobId: 'status-rd-1' })

  // Known for 5 seconds, which may be over on a slow machine before anybody looks. Quarantine asks anew.
  await redis.del(state.stateKey(name, 'memory'))
  const body = 'trigger=Something+else&id=o1'
  const origin = { v: 1, receivedAt, source: 'totvs-crm', intent: 'opportunity-won', trace } as const
  const delivery = { ...origin, body, encoding: 'utf8', form: true } as const
  named((await runtime.quarantineDelivery(own, tenant, { ...delivery, body: 'id=o3' })).jobId, 'failed')
  await fail(redis, { tenant: name, queue: 'quarantine' })
  named((await runtime.quarantineDelivery(own, tenant, delivery)).jobId, 'unread')
  await overfill(own.quarantineSize)
  await runtime.countWaiting(redis, own['totvs-crm'], name, 'totvs-crm')
  for (const kind of runtime.queueKinds)
    await state.createFailedSets(redis, name, { kind, toKey: part => own[kind].toKey(part) }).count()
  return () => queues.close()
}

const missing = (): never => {
  throw new Error('a job that was added is gone')
}

/**
 * The counter is found too high, and is corrected. Then there is room reserved for a delivery that is about to be added, so that the
 * counter is not what a measurement would find.
 */
async function overfill({ current, tryReserve }: runtime.TenantQueues['quarantineSize']): Promise<void> {
  const limits = { deliveries: 100, bytes: 100_000 }
  await tryReserve(1000, limits)
  const reserved = await current()
  await tryReserve(1, { deliveries: 1, bytes: 1 })
  while ((await current()).bytes === reserved.bytes) await sleep(5)
  await tryReserve(1000, limits)
}

/** Two jobs fail, and one is done, as a worker ends them. What the first one has logged is kept with it. */
async function endThree({ redis, tenant, now }: Writer, first: { key: string; jobId: string }): Promise<void> {
  const event = 'lead.registered'
  const jobKey = `${runtime.queuePrefix(tenant)}:${runtime.queueName(tenant, 'totvs-crm')}:${first.jobId}`
  const counts = state.createFigureCounts()
  counts.ended(event, 'failed', 'CRM_REJECTED')
  const figures = { counts: new Map(), ends: counts.counts }
  const log = { lines: ['{"key":"lead-created","values":{"lead":"l1"}}'], mostLines: 200 }
  const entry = { kind: 'run', at: now, event, jobId: first.jobId, outcome: 'failed', code: 'CRM_REJECTED' } as const
  await state
    .createTimelines(redis, tenant, testFingerprint, state.createCalendar('UTC'))
    .record({ ...first, event, receivedAt, identities: [] }, entry, { jobKey, log, figures })
  await asWorker(redis, { tenant, queue: 'totvs-crm' }, async take => {
    const [failed, retried, done] = [await take(), await take(), await take()]
    for (const job of [failed, retried]) await job?.moveToFailed(refusal(), TOKEN, false)
    const result = { outcome: 'done', summary: { key: 'lead-created', values: { lead: 'l1' } } }
    await done?.moveToCompleted(result, TOKEN, false)
  })
}

/** Without the places in the code, which are other ones on each machine. */
const refusal = (): Error => Object.assign(new UnrecoverableError('CRM_REJECTED: refused'), { stack: 'Error: refused' })

/** Of the worker that runs jobs. */
const TOKEN = 'worker-1'

/** Runs the only job of a queue that waits, and fails. */
const fail = (redis: Redis, of: QueueOf): Promise<void> =>
  asWorker(redis, of, async take => void (await (await take())?.moveToFailed(refusal(), TOKEN, false)))

/** Runs the only job that waits at a destination. Its worker is gone before it has ended. */
const start = (redis: Redis, tenant: string): Promise<void> =>
  asWorker(redis, { tenant, queue: 'rd-station' }, async take => void (await take()))

async function asWorker(
  redis: Redis,
  { tenant, queue }: QueueOf,
  work: (take: () => Promise<Job | undefined>) => Promise<void>,
): Promise<void> {
  const connection = redis.duplicate({ maxRetriesPerRequest: null })
  const options = { connection, prefix: runtime.queuePrefix(tenant), autorun: false, ...runtime.keepFinished }
  const worker = new Worker(runtime.queueName(tenant, queue), null, options)
  await work(() => worker.getNextJob(TOKEN))
  await worker.close()
  connection.disconnect()
}

interface QueueOf {
  readonly tenant: string
  readonly queue: runtime.QueueKind
}

interface OfJob {
  readonly queue: runtime.TenantQueues['totvs-crm']
  readonly jobId: string
}

/** As the board does when somebody corrects a failed job. */
async function edit({ redis, tenant }: Writer, { queue, jobId }: OfJob): Promise<void> {
  const job = (await queue.getJob(jobId)) ?? missing()
  const changes = [{ at: receivedAt, by: 'ana', fields: ['name'] }]
  const [original, current] = [{ name: lead.name }, { name: 'Maria da Silva' }]
  await state.createEdits(redis, tenant).exchange({
    keys: { failed: queue.toKey('failed'), job: queue.toKey(jobId) },
    ...{ queue: 'totvs-crm', jobId, before: job.data },
    after: { ...job.data, lead: { ...lead, ...current }, edited: { original, changes } },
    record: { event: 'lead.registered', original, current, changes },
  })
}

/** As the board does when somebody retries all that failed. */
async function retry({ redis, tenant }: Writer, { queue, jobId }: OfJob, rename: Rename): Promise<void> {
  const find = (id: string): Promise<Job | undefined> => queue.getJob(id)
  const part = { tenant, queue: 'totvs-crm', code: 'CRM_REJECTED', queueKeys: queue.toKey(''), ids: [jobId] } as const
  const parts = [{ ...part, find, retry: runtime.retryInFull }]
  const { id, run } = await beginRetry({ redis, fingerprint: testFingerprint }, { user: 'ana', kind: 'all', parts })
  await run()
  rename(id, 'retry-1')
}
