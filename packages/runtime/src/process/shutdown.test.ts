import { expect, onTestFinished, test, vi } from 'vitest'
import { createLogger } from '../telemetry/logger.ts'
import { onShutdown } from './shutdown.ts'

const log = createLogger({ level: 'silent', process: 'test' })

test('a process that has not ended by itself 32 seconds after the first signal ends itself', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  const exited = vi.spyOn(process, 'exit').mockImplementation(code => {
    throw new Error(`exited with ${code}`)
  })
  const listeners = (): NodeJS.SignalsListener[] => [...process.listeners('SIGTERM'), ...process.listeners('SIGINT')]
  const before = listeners()
  const closed: string[] = []
  onShutdown(log, [
    () => void closed.push('first'),
    () => Promise.reject(new Error('does not close')),
    () => void closed.push('third'),
    () => new Promise(() => undefined),
    () => void closed.push('last'),
  ])
  const added = listeners().filter(each => !before.includes(each))
  onTestFinished(() => {
    vi.useRealTimers()
    exited.mockRestore()
    for (const listener of added) process.off('SIGTERM', listener).off('SIGINT', listener)
  })
  const [listener] = added
  listener?.('SIGTERM')
  await vi.advanceTimersByTimeAsync(20_000)
  listener?.('SIGTERM')
  await vi.advanceTimersByTimeAsync(11_999)
  expect(exited).not.toHaveBeenCalled()
  expect(closed).toEqual(['first', 'third'])
  expect(() => vi.advanceTimersByTime(1)).toThrow('exited with 1')
})
