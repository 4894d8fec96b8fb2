import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { repositoryRoot } from '@ponte/testbed'
import { ownPaths } from './parts.ts'
import { type Profile, REST, sharesOf } from './profile.ts'

const node = (id: number, frame: string, ...children: readonly number[]): Profile['nodes'][number] => {
  const end = frame.indexOf(' ')
  return { id, callFrame: { url: frame.slice(0, end), functionName: frame.slice(end + 1) }, children: [...children] }
}
const nodes = [
  node(1, ' (root)', 2, 3, 4, 7, 8, 10),
  node(2, ' (idle)'),
  node(3, ' (garbage collector)'),
  node(4, 'file:///ponte/apps/worker/src/lead/find-or-create-lead.ts createLead', 5),
  node(5, 'file:///ponte/node_modules/.pnpm/got@16.1.0/node_modules/got/dist/source/create.js got', 6),
  node(6, 'node:net write'),
  node(7, 'node:internal/timers tick'),
  node(8, 'file:///ponte/bench/measure/profiler.ts begin', 9),
  node(9, 'node:inspector post'),
  node(10, 'file:///ponte/packages/state/src/timeline/timeline.ts record'),
]
/** The parts that a profile has, without those that took no time. */
const partsIn = (samples: number[], timeDeltas: number[]): Record<string, number> =>
  Object.fromEntries([...sharesOf({ nodes, samples, timeDeltas })].filter(([, share]) => share > 0))

test('the time in which a process was idle, and that of the profiler, is nobody’s', () => {
  expect(partsIn([2, 3, 7, 9], [1000, 30, 10, 500])).toEqual({ 'collecting garbage': 0.75, [REST]: 0.25 })
})

test('a function of Node.js belongs to the library that called it, and a library’s time is not its caller’s', () => {
  const shares = partsIn([4, 5, 6], [50, 25, 25])
  expect(shares).toEqual({ 'the event: rules, mapping, decisions': 0.5, 'got, client of Node.js': 0.5 })
})

test('a file that fits several parts belongs to the first', () => {
  expect(partsIn([10], [1])).toEqual({ 'timeline, figures, log of the job': 1 })
})

test('a process that did nothing has no shares', () => {
  expect(() => partsIn([2], [1])).toThrow('idle')
})

test('every part of Ponte’s own has files', () => {
  const paths = Object.values(ownPaths).flat()
  expect(paths.filter(each => !existsSync(path.join(repositoryRoot, each)))).toEqual([])
})
