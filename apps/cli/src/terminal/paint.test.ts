import { expect, test } from 'vitest'
import { runInProcess } from '../testing/run-in-process.ts'

const escape = '\u001B['
/** The help and an error: what goes to stdout and to stderr without any setting. */
async function write(env: NodeJS.ProcessEnv, isTerminal: boolean, ...more: string[]) {
  const help = await runInProcess(['--help'], { env, isTerminal })
  const error = await runInProcess(['docter', ...more], { env, isTerminal })
  return { help: help.stdout, error: error.stdout + error.stderr }
}
const xterm = { TERM: 'xterm-256color' }

test.each([
  { name: 'a terminal', isTerminal: true, env: xterm, isColoured: true },
  { name: 'a pipe', isTerminal: false, env: xterm, isColoured: false },
  { name: 'a terminal with NO_COLOR', isTerminal: true, env: { ...xterm, NO_COLOR: '1' }, isColoured: false },
  { name: 'a terminal that knows no colours', isTerminal: true, env: { TERM: 'dumb' }, isColoured: false },
  { name: 'a pipe with FORCE_COLOR', isTerminal: false, env: { ...xterm, FORCE_COLOR: '1' }, isColoured: true },
  { name: 'a terminal with FORCE_COLOR=0', isTerminal: true, env: { ...xterm, FORCE_COLOR: '0' }, isColoured: false },
])('$name gets colours: $isColoured', async ({ isTerminal, env, isColoured }) => {
  const { help, error } = await write(env, isTerminal)
  expect([help.includes(escape), error.includes(escape)]).toEqual([isColoured, isColoured])
})

test('an answer of --json has no colour on a terminal, not even where one is forced', async () => {
  const { error } = await write({ ...xterm, FORCE_COLOR: '1' }, true, '--json')
  expect(JSON.parse(error)).toMatchObject({ ok: false, error: { code: 'USAGE' } })
  expect(error).not.toContain(escape)
})
