import { expect, onTestFinished, test, vi } from 'vitest'
import { closeWorkers } from './create-worker.ts'

test('what runs at the shutdown of a worker may finish for 25 seconds, and is handed back then', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const workers = [0, 1].map(() => {
    const { promise, resolve } = Promise.withResolvers<void>()
    return { close: () => promise, cancelAllJobs: vi.fn<() => void>(() => resolve()) }
  })
  const closed = closeWorkers(workers)
  await vi.advanceTimersByTimeAsync(24_999)
  for (const { cancelAllJobs } of workers) expect(cancelAllJobs).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  await closed
  expect(vi.getTimerCount()).toBe(0)
})
