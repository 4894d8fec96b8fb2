import { execFileSync } from 'node:child_process'
import { commandNames } from '@ponte/runtime'
import { expect, test } from 'vitest'
import { runInProcess } from '../testing/run-in-process.ts'

const scriptFor = async (shell: string, env: NodeJS.ProcessEnv = {}): Promise<string> =>
  (await runInProcess(['completion', shell], { env })).stdout

const run = (shell: string, ...args: readonly string[]): string => execFileSync(shell, args, { encoding: 'utf8' })

const isThere = (shell: string): boolean => {
  try {
    run(shell, '-c', 'exit 0')
    return true
  } catch {
    return false
  }
}

/** What bash proposes for these words; the last one is being typed. */
async function proposedBy(words: readonly string[]): Promise<readonly string[]> {
  const typed = words.map(word => `'${word}'`).join(' ')
  const script = `${await scriptFor('bash')}\nCOMP_WORDS=(ponte ${typed}); COMP_CWORD=${words.length}; _ponte; printf '%s\\n' "\${COMPREPLY[@]}"`
  return run('bash', '-c', script).trim().split('\n')
}

test.runIf(isThere('bash'))('bash completes commands, their options, and values that are one of a few', async () => {
  expect(await proposedBy(['fail'])).toEqual(['failures'])
  expect(await proposedBy(['doctor', '--t'])).toEqual(['--tenant'])
  expect(await proposedBy(['report', '--since', ''])).toEqual(['24h', '7d', '30d'])
  expect(await proposedBy(['completion', 'z'])).toEqual(['zsh'])
})

test.runIf(isThere('bash'))(
  'where no program is called ponte, it is what the installation calls the command line',
  async () => {
    const script = await scriptFor('bash', { PONTE_COMMAND: 'echo docker compose' })
    expect(run('bash', '-c', `${script}\nponte doctor "a b"`)).toBe('docker compose doctor a b\n')
  },
)

test.runIf(isThere('fish'))('fish completes commands and options', async () => {
  const proposed = async (line: string): Promise<string> =>
    run('fish', '--no-config', '-c', `${await scriptFor('fish')}\ncomplete -C '${line}'`)
  expect(await proposed('ponte fail')).toMatch(/^failures\t/)
  expect(await proposed('ponte doctor --t')).toMatch(/^--tenant\t/)
})

test.runIf(isThere('zsh'))('zsh reads the script of bash without an error', async () => {
  const script = `${await scriptFor('zsh')}\nprint -r -- "$_comps[ponte]"`
  expect(run('zsh', '-f', '-c', script)).toMatch(/_ponte/)
})

test('every command is completed, and fitted where a text names it', async () => {
  const script = await scriptFor('fish')
  const completed = [...script.matchAll(/__fish_use_subcommand -a ([\w-]+)/g)].map(([, name = '']) => name)
  expect(completed.toSorted()).toEqual(commandNames.toSorted())
})

test('ponte --version says the version of package.json', async () => {
  expect(await runInProcess(['--version'], { env: {} })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  })
})
