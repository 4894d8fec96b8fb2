import { noTracer, retryInFull, type SpanEnd, type Tracer } from '@ponte/runtime'
import { type Job, Queue, UnrecoverableError, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { expect, inject, test } from 'vitest'
import { createWorkerMetrics } from './metrics.ts'
import { observeRun } from './observe-run.ts'

const job = {
  id: 'lead-registered-1',
  name: 'lead.registered',
  data: {},
  timestamp: 1_000_000,
  processedOn: 1_012_000,
  attemptsMade: 0,
  attemptsStarted: 1,
  stacktrace: null,
  opts: {},
}

async function waits(metrics: ReturnType<typeof createWorkerMetrics>) {
  const { values } = await metrics.wait.get()
  const of = (suffix: string) => values.find(({ metricName }) => metricName?.endsWith(suffix))?.value
  return { count: of('_count'), sum: of('_sum') }
}

test('the wait of an event is counted once, without its intended delay', async () => {
  const metrics = createWorkerMetrics()
  const deps = { tenant: 'acme', metrics, tracer: noTracer }
  observeRun({ ...job, opts: { delay: 10_000 } }, deps).ended('delayed')
  observeRun({ ...job, attemptsStarted: 2 }, deps).ended('done')
  expect(await waits(metrics)).toEqual({ count: 1, sum: 2 })
})

test('a retry by a person is not counted as days of waiting', async () => {
  const metrics = createWorkerMetrics()
  const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
  const queue = new Queue(`observed-${crypto.randomUUID()}`, { connection })
  const run = async (retried: Job): Promise<void> => {
    observeRun(retried, { tenant: 'acme', metrics, tracer: noTracer }).ended('failed')
    throw new UnrecoverableError('CRM_REJECTED')
  }
  const worker = new Worker(queue.name, run, { connection })
  const timestamp = Date.now() - 3 * 86_400_000
  const added = await queue.add('lead.registered', {}, { timestamp })
  await expect.poll(() => queue.getFailedCount()).toBe(1)
  const before = await waits(metrics)
  const failed = await queue.getJob(added.id ?? '')
  expect(failed && (await retryInFull(failed))).toBe(true)
  await expect.poll(async () => (await metrics.jobs.get()).values[0]?.value).toBe(2)
  expect(await waits(metrics)).toEqual(before)
  await worker.close()
  await queue.obliterate({ force: true })
  await queue.close()
  connection.disconnect()
})

test('a job with an unknown name adds no new label', async () => {
  const metrics = createWorkerMetrics()
  observeRun({ ...job, name: 'ana@cliente.example' }, { tenant: 'acme', metrics, tracer: noTracer }).ended(
    'failed',
    'X',
  )
  const text = await metrics.registry.metrics()
  expect(text).toContain('ponte_jobs_total{tenant="acme",event="unknown",outcome="failed",code="X",process="worker"} 1')
  expect(text).not.toContain('ana@')
})

test.each([undefined, null, 'x', { trace: 1 }, { trace: { traceparent: 7 } }])(
  'a job with data %j runs in a new trace',
  data => {
    const parents: unknown[] = []
    const ends: (SpanEnd | undefined)[] = []
    const span = { carrier: undefined, child: () => span, end: (end?: SpanEnd) => void ends.push(end) }
    const tracer: Tracer = {
      start: (_name, { parent }) => {
        parents.push(parent)
        return span
      },
      close: async () => undefined,
    }
    observeRun({ ...job, data }, { tenant: 'acme', metrics: createWorkerMetrics(), tracer }).ended(
      'failed',
      'CRM_REJECTED',
    )
    expect(parents).toEqual([undefined])
    expect(ends).toEqual([{ error: 'CRM_REJECTED', attributes: { 'ponte.outcome': 'failed' } }])
  },
)
