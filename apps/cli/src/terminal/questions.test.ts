import { expect, test } from 'vitest'
import { useOwnRedis } from '../testing/use-cli-set-up.ts'

const own = useOwnRedis()
const argv = ['erase', '--email', 'ana@cliente.example']

test.each([
  { language: 'en', question: 'It cannot be undone.', yes: 'y', no: 'n', done: 'Nothing was done.' },
  { language: 'pt-BR', question: 'Não há como desfazer.', yes: 's', no: 'n', done: 'Nada foi feito.' },
])('in $language a person is asked before anything is removed', async ({ language, question, yes, no, done }) => {
  const run = (typed: string) =>
    own.tenant.run([...argv, '--lang', language], { answers: [{ to: question, typed }], env: { TERM: 'xterm' } })
  const declined = await run(`${no}\r`)
  expect(declined.code).toBe(2)
  expect(declined.stderr).toContain(done)
  expect(declined.stdout).toBe('')
  // Enter alone is a no, and so is Ctrl-C.
  expect((await run('\r')).code).toBe(2)
  expect((await run('\u0003')).code).toBe(2)
  const agreed = await run(`${yes}\r`)
  expect(agreed.code).toBe(0)
})

test('where nobody can answer, nothing is removed without --yes', async () => {
  const piped = await own.tenant.run(argv, { stdin: 'y\n' })
  expect(piped.code).toBe(2)
  expect(piped.stderr).toContain('--yes')
  const scripted = await own.tenant.run([...argv, '--json'])
  expect(scripted.data()).toMatchObject({ ok: false, error: { code: 'USAGE' } })
  expect((await own.tenant.run([...argv, '--yes'])).code).toBe(0)
})
