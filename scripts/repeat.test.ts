import { expect, test } from 'vitest'
import { repeatedRun, summary } from './repeat.ts'

const run = (seconds: number, failed: readonly string[], ms: number) => ({
  ...{ seconds, failed, isPassed: failed.length === 0 },
  files: [
    { file: 'test/slow.test.ts', ms: ms * 2 },
    { file: 'test/quick.test.ts', ms },
  ],
})

test('the summary of repeated runs names what failed, in how many of them, and what takes longest', () => {
  const text = summary([run(200, [], 1000), run(240, ['test/slow.test.ts: a'], 3000), run(210, [], 2000)])
  expect(text.split('\n')).toEqual([
    '2 of 3 runs passed, in 200 / 210 / 240 s.',
    'failed in 1 of 3: test/slow.test.ts: a',
    'Slowest files (least, median, most):',
    '  2 / 4 / 6 s  test/slow.test.ts',
    '  1 / 2 / 3 s  test/quick.test.ts',
  ])
})

test('only --repeat repeats, and only with a number of runs', () => {
  expect(repeatedRun(['--all'])).toBeUndefined()
  expect(repeatedRun(['--all', '--repeat', '3'])).toBeTypeOf('function')
  for (const wrong of [['--repeat'], ['--repeat', 'often'], ['--repeat', '0']])
    expect(() => repeatedRun(wrong)).toThrow('number of runs')
})
