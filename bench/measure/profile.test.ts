import { expect, test } from 'vitest'
import { OTHER, type Profile, sharesOf } from './profile.ts'

const node = (id: number, frame: string, ...children: readonly number[]): Profile['nodes'][number] => {
  const end = frame.indexOf(' ')
  return { id, callFrame: { url: frame.slice(0, end), functionName: frame.slice(end + 1) }, children: [...children] }
}
const parts = [
  { name: 'garbage', frames: /^ \(garbage collector\)$/ },
  { name: 'client', frames: /\/node_modules\/client\// },
  { name: 'ours', frames: /\/apps\// },
]
const root = node(1, ' (root)', 2, 3, 4, 7, 8)
const rest = [
  node(2, ' (idle)'),
  node(3, ' (garbage collector)'),
  node(4, 'file:///apps/run.ts run', 5),
  node(5, 'file:///node_modules/client/send.js send', 6),
  node(6, 'node:net write'),
  node(7, 'node:internal/timers tick'),
  node(8, 'file:///bench/measure/profiler.ts begin', 9),
  node(9, 'node:inspector post'),
]
const nodes = [root, ...rest]

test('the time in which a process was idle, and that of the profiler, is nobody’s', () => {
  const shares = sharesOf({ nodes, samples: [2, 3, 7, 9], timeDeltas: [1000, 30, 10, 500] }, parts)
  expect(shares).toEqual(
    new Map([
      ['garbage', 0.75],
      ['client', 0],
      ['ours', 0],
      [OTHER, 0.25],
    ]),
  )
})

test('a function of Node.js belongs to the library that called it, and a library’s time is not its caller’s', () => {
  const shares = sharesOf({ nodes, samples: [4, 5, 6], timeDeltas: [50, 25, 25] }, parts)
  expect([shares.get('ours'), shares.get('client'), shares.get(OTHER)]).toEqual([0.5, 0.5, 0])
})
