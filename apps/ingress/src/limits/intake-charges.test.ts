import { expect, inject, onTestFinished, test } from 'vitest'
import { leadsOf as leads, openTestIngress, type TestIngress } from '../testing/open-test-ingress.ts'

/** Nothing comes back while a test runs. */
const slow = { perMinute: 0.001, mebibytesPerMinute: 0.001 }
const roomy = { burst: 1_000_000, mebibytesBurst: 10_000 }
const redisUrl = inject('redisUrl')

async function open(intake: object, options: { enqueueDeadlineMs?: number } = {}): Promise<TestIngress> {
  const ingress = await openTestIngress({ redisUrl, intake: { ...slow, ...roomy, ...intake }, ...options })
  onTestFinished(() => ingress.close())
  return ingress
}

const deliver = ({ statusOf }: TestIngress, payload: string | object) => statusOf('rd-station', payload)

/** Resolves when what the process gave to the queue before is done. */
async function passQueue({ queues, tenant }: TestIngress, name: string): Promise<void> {
  await queues.of(tenant)['totvs-crm'].add('probe', {}, { jobId: name })
}

test('deliveries that Redis is too slow for are charged all the same, and enqueue no further batch once they are answered 503', async () => {
  const ingress = await open({ burst: 3000 }, { enqueueDeadlineMs: 1 })
  const statuses = await Promise.all(
    Array.from({ length: 40 }, (_unused, index) => deliver(ingress, leads(`flood${index}-`, 1000))),
  )
  expect(statuses.filter(status => status === 503)).toHaveLength(3)
  expect(statuses.filter(status => status === 429)).toHaveLength(37)
  for (let probe = 0; probe < 30; probe++) await passQueue(ingress, `probe-${probe}`)
  // A batch or two of each of the three was under way.
  expect((await ingress.jobs('lead.registered')).length).toBeLessThan(1000)
})

test('deliveries that are admitted at the same time are charged one after the other, all events before the first is enqueued', async () => {
  const ingress = await open({ burst: 25 })
  const statuses = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(name => deliver(ingress, leads(name, 10))))
  expect(statuses.filter(status => status === 202)).toHaveLength(3)
  expect(statuses.filter(status => status === 429)).toHaveLength(2)
  expect(await ingress.jobs('lead.registered')).toHaveLength(30)
})

test('a duplicate is charged for all that it holds', async () => {
  const ingress = await open({ burst: 15 })
  for (const status of [202, 202, 429]) expect(await deliver(ingress, leads('a', 10))).toBe(status)
  expect(await ingress.jobs('lead.registered')).toHaveLength(10)
})

test('a delivery that holds nothing and one that nobody can read count as one event', async () => {
  const ingress = await open({ burst: 2 })
  expect(await deliver(ingress, '{}')).toBe(202)
  expect(await deliver(ingress, '{')).toBe(202)
  expect(await deliver(ingress, leads('a', 1))).toBe(429)
  expect(await ingress.statusOf('totvs-crm', {})).toBe(202)
})
