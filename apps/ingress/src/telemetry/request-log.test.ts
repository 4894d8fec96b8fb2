import { expect, test } from 'vitest'
import { readTraceContext } from './request-log.ts'

const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const span = '00f067aa0ba902b7'

test.each([`00-${trace}-${span}-01`, `00-${trace}-${span}-00`, `cc-${trace}-${span}-ff`])(
  '%s is carried on',
  traceparent => {
    expect(readTraceContext({ traceparent })).toEqual({ traceparent })
  },
)

test.each([
  undefined,
  '',
  'x',
  `ff-${trace}-${span}-01`,
  `00-${'0'.repeat(32)}-${span}-01`,
  `00-${trace}-${'0'.repeat(16)}-01`,
  `00-${trace.toUpperCase()}-${span}-01`,
  `00-${trace}-${span}-01-more`,
  `00-${trace}-${span}-01, 00-${trace}-${span}-01`,
  `00-${trace}-${span}-01\n`,
])('%j is no trace', traceparent => {
  expect(readTraceContext({ ...(traceparent !== undefined && { traceparent }) })).toBeUndefined()
})
