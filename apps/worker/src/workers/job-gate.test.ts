import { expect, test } from 'vitest'
import { createJobGate, type JobGate } from './job-gate.ts'

/** Takes places for jobs that never end, until no more are given at once. */
async function flood(gate: JobGate, tenant: string, jobs = 100): Promise<(() => void)[]> {
  const entered = await Promise.all(Array.from({ length: jobs }, () => gate.enter(tenant)))
  return entered.filter(leave => leave !== undefined)
}

test('no more jobs run at a time than the process may run, over all tenants', async () => {
  const gate = createJobGate({ maxJobs: 20, tenants: () => 100, longestWaitMs: 5 })
  const floods = await Promise.all(Array.from({ length: 50 }, (_, index) => flood(gate, `tenant-${index}`, 10)))
  expect(floods.flat()).toHaveLength(20)
})

test('a process with one tenant gives it every place', async () => {
  const gate = createJobGate({ maxJobs: 20, tenants: () => 1, longestWaitMs: 5 })
  expect(await flood(gate, 'acme')).toHaveLength(20)
})

test('a tenant whose jobs hang leaves places for others, and so do several', async () => {
  const gate = createJobGate({ maxJobs: 60, tenants: () => 1000, longestWaitMs: 5 })
  expect(await flood(gate, 'one')).toHaveLength(30)
  expect(await flood(gate, 'two')).toHaveLength(15)
  // A tenant without a running job is let in, although the jobs that hang never end.
  for (const tenant of ['three', 'four', 'five']) expect(await gate.enter(tenant)).toBeDefined()
})

test('of the waiting jobs, that of the tenant with the fewest running jobs starts first', async () => {
  const gate = createJobGate({ maxJobs: 6, tenants: () => 3, longestWaitMs: 60_000 })
  const running = await Promise.all(['one', 'one', 'one', 'two', 'two'].map(tenant => gate.enter(tenant)))
  const order: string[] = []
  const wait = (tenant: string): Promise<unknown> => gate.enter(tenant).then(() => order.push(tenant))
  const waits = [wait('two'), wait('one')]
  for (const leave of running.slice(0, 2)) leave?.()
  await Promise.race(waits)
  expect(order).toEqual(['one'])
})

test('a job that waits too long or has to stop goes back to its queue and occupies no place', async () => {
  const gate = createJobGate({ maxJobs: 1, tenants: () => 1, longestWaitMs: 20 })
  const leave = await gate.enter('acme')
  expect(await gate.enter('acme')).toBeUndefined()
  expect(await gate.enter('acme', AbortSignal.abort())).toBeUndefined()
  const stopping = new AbortController()
  const waits = gate.enter('acme', stopping.signal)
  stopping.abort()
  expect(await waits).toBeUndefined()
  leave?.()
  leave?.()
  expect(await gate.enter('acme')).toBeDefined()
  expect(await gate.enter('acme')).toBeUndefined()
})
