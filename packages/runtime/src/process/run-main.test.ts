import { afterEach, expect, test, vi } from 'vitest'
import { createLogger } from '../telemetry/logger.ts'
import { onShutdown } from './run-main.ts'

const log = createLogger({ level: 'silent', process: 'test' })

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** What was told to end the process for each signal. The process that runs the tests gets no real signal, and its channel stays open. */
function catchSignals(): ReadonlyMap<string | symbol, () => void> {
  const handlers = new Map<string | symbol, () => void>()
  vi.spyOn(process, 'on').mockImplementation((event: string | symbol, handler: () => void) => {
    handlers.set(event, handler)
    return process
  })
  if (process.channel) vi.spyOn(process.channel, 'unref').mockReturnValue(undefined)
  return handlers
}

test('parts that close together have all closed before the next one closes, also when one of them fails', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  const handlers = catchSignals()
  const closed: string[] = []
  const slow = Promise.withResolvers<void>()
  onShutdown(log, [
    [() => Promise.reject(new Error('does not close')), () => slow.promise.then(() => closed.push('jobs'))],
    () => void closed.push('redis'),
    () => new Promise(() => undefined),
  ])
  handlers.get('SIGTERM')?.()
  await new Promise(setImmediate)
  expect(closed).toEqual([])
  slow.resolve()
  await new Promise(setImmediate)
  expect(closed).toEqual(['jobs', 'redis'])
})

test('a process that has not ended by itself 32 seconds after the first signal ends itself', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  const exited = vi.spyOn(process, 'exit').mockImplementation(code => {
    throw new Error(`exited with ${code}`)
  })
  const handlers = catchSignals()
  const closed: string[] = []
  onShutdown(log, [
    () => void closed.push('first'),
    () => Promise.reject(new Error('does not close')),
    () => void closed.push('third'),
    () => new Promise(() => undefined),
    () => void closed.push('last'),
  ])
  handlers.get('SIGTERM')?.()
  await vi.advanceTimersByTimeAsync(20_000)
  handlers.get('SIGINT')?.()
  await vi.advanceTimersByTimeAsync(11_999)
  expect(exited).not.toHaveBeenCalled()
  expect(closed).toEqual(['first', 'third'])
  expect(() => vi.advanceTimersByTime(1)).toThrow('exited with 1')
})
