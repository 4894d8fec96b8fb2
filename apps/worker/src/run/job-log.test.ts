import { message } from '@ponte/contracts'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createJobLog } from './job-log.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A log whose job keeps what is written to it. */
function open() {
  const written: string[] = []
  const job = {
    async log(line: string): Promise<number> {
      await Promise.resolve()
      return written.push(line)
    },
  }
  return { written, log: createJobLog(job) }
}
const texts = (lines: readonly string[]): string[] => lines.map(line => line.slice(line.indexOf(' ') + 1))

test('lines wait for the end of the run, in their order, and are handed out once', async () => {
  const { log, written } = open()
  log.add('first')
  log.add(message('sale-without-value'))
  log.add('third')
  const lines = await log.takeLines()
  expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z first$/)
  expect(texts(lines)).toEqual(['first', expect.stringContaining('sale-without-value'), 'third'])
  expect(await log.takeLines()).toEqual([])
  expect(written).toEqual([])
})

test('a run that takes long, or hangs, writes its lines after 5 s, and the others come after them', async () => {
  const { log, written } = open()
  log.add('first')
  await vi.advanceTimersByTimeAsync(4000)
  log.add('second')
  expect(written).toEqual([])
  await vi.advanceTimersByTimeAsync(1000)
  expect(texts(written)).toEqual(['first', 'second'])
  log.add('third')
  expect(texts(await log.takeLines())).toEqual(['third'])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(texts(written)).toEqual(['first', 'second'])
})
