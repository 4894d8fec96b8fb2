import { message } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { createJobLog } from './job-log.ts'

/** A log whose job keeps what is written to it. `at`: the time in milliseconds. */
function open() {
  const written: string[] = []
  const clock = { at: 0 }
  const job = {
    async log(line: string): Promise<number> {
      await Promise.resolve()
      return written.push(line)
    },
  }
  return { clock, written, log: createJobLog(job, () => clock.at) }
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

test('a run that takes long writes its lines meanwhile, and the others come after them', async () => {
  const { log, clock, written } = open()
  log.add('first')
  clock.at = 4999
  log.add('second')
  clock.at = 5000
  log.add('third')
  log.add('fourth')
  expect(texts(await log.takeLines())).toEqual(['fourth'])
  expect(texts(written)).toEqual(['first', 'second', 'third'])
})
