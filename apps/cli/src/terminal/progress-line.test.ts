import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createProgressLine } from './progress-line.ts'

/** To the first column, and delete to the end of the line. */
const erased = '\u001B[1G\u001B[0K'

/** A stream, and what its screen shows once what was erased is gone. */
function screen(options: { isTTY: boolean; columns?: number }) {
  const stream = Object.assign(new PassThrough(), options)
  let shown = ''
  stream.setEncoding('utf8').on('data', (text: string) => (shown += text))
  return {
    stream,
    text: () => (shown + (stream.read() ?? '')).split(erased).at(-1),
  }
}

test('on a terminal each line of progress replaces the one before, and none is left in the end', () => {
  const { stream, text } = screen({ isTTY: true })
  const progress = createProgressLine(stream, {})
  progress.show('first step')
  progress.showBriefly('in between')
  expect(text()).toBe('in between')
  progress.show('second step')
  progress.clear()
  progress.clear()
  stream.write('the result\n')
  expect(text()).toBe('the result\n')
})

test('a line that is longer than the terminal is wide is cut, because only one line can be replaced', () => {
  const { stream, text } = screen({ isTTY: true, columns: 10 })
  createProgressLine(stream, {}).show('0123456789abc')
  expect(text()).toBe('012345678')
})

test.each([
  { name: 'a pipe', isTTY: false, env: {} },
  { name: 'a terminal that cannot erase', isTTY: true, env: { TERM: 'dumb' } },
])('$name gets a line for each step, and none in between', ({ isTTY, env }) => {
  const { stream, text } = screen({ isTTY })
  const progress = createProgressLine(stream, env)
  progress.show('first step')
  progress.showBriefly('in between')
  progress.show('second step')
  progress.clear()
  expect(text()).toBe('first step\nsecond step\n')
})
