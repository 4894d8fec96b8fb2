import { expect, onTestFinished, test, vi } from 'vitest'
import { backoffMs, closeWorkers } from './create-worker.ts'

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

const retry = { attempts: 12, firstDelaySeconds: 5, maxDelaySeconds: 3600 }

test('the pause doubles from 5 s up to an hour', () => {
  const pauses = Array.from({ length: 12 }, (_, index) => backoffMs(index + 1, retry, () => 0.5) / 1000)
  expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600])
})

test('a pause varies randomly by at most 20 %, so that jobs that failed together do not come back together', () => {
  expect(backoffMs(1, retry, () => 0)).toBe(4000)
  expect(backoffMs(1, retry, () => 1)).toBe(6000)
})
