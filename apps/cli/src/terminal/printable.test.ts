import { expect, test } from 'vitest'
import { answerAll } from '../testing/doctor-tools.ts'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'
import { createPaint, createPrintable } from './paint.ts'

const cli = useCliSetUp()

/** What a vendor could answer to take the terminal over: clear it, colour it, write backwards, begin a line of its own. */
const hostile = 'no \u001b[2J\u001b]0;owned\u0007\u009b31m\u001b[8m \u202E\r\n  ✓ crm-login: all is well\u2028'
const ofCrm = { code: 'REFUSED', message: hostile, detail: hostile, title: hostile }
const controls = /[\p{Cc}\p{Bidi_Control}\u2028]/u

test.each([
  { command: 'doctor', isTerminal: true },
  { command: 'doctor', isTerminal: false },
  { command: 'send', isTerminal: true },
])(
  'what another system answers to $command cannot control the terminal ($isTerminal)',
  async ({ command, isTerminal }) => {
    const server = await answerAll(
      422,
      JSON.stringify({ ...ofCrm, errors: [{ error_type: 'REFUSED', error_message: hostile }] }),
    )
    const tenant = await cli.newTenant({ totvsCrm: { baseUrl: server.url }, rdStation: { baseUrl: server.url } })
    const argv = command === 'doctor' ? ['doctor'] : ['send', '--url', server.url]
    const env = { TERM: 'xterm-256color' }
    const { stdout, stderr } = await tenant.run(argv, { env, isTerminal })
    const written = withoutColours(stdout + stderr)
    expect(written).toMatch(command === 'doctor' ? /REFUSED: no .*✓ crm-login: all is well/ : /./)
    expect(written.split('\n').filter(line => controls.test(line))).toEqual([])
    expect(written).not.toMatch(/^ {2}✓ crm-login/m)

    const json = await tenant.run([...argv, '--json'])
    expect(json.stdout.split('\n').filter(line => controls.test(line))).toEqual([])
    expect(() => json.data()).not.toThrow()
  },
)

/** Progress lines are erased by other codes (progress-line.ts). */
const withoutColours = (text: string): string =>
  [
    '\u001B[1m',
    '\u001B[2m',
    '\u001B[22m',
    '\u001B[31m',
    '\u001B[32m',
    '\u001B[33m',
    '\u001B[39m',
    '\u001B[1G',
    '\u001B[0K',
  ].reduce((rest, code) => rest.replaceAll(code, ''), text)

test('the colours of Ponte stay, nothing else that a terminal obeys, and no colours where there are none', () => {
  const painted = `${createPaint(true)('bad', 'CODE')}: a\u001b[31;5mb\u001b[2Kc`
  expect(createPrintable(true)(painted)).toBe('\u001b[31mCODE\u001b[39m: a [31;5mb [2Kc')
  expect(createPrintable(false)(painted)).toBe('CODE: a [31;5mb [2Kc')
})

test('a text of others cannot use the colours of Ponte, wherever it stands', () => {
  const paint = createPaint(true)
  const [foreign, shown] = ['\u001b[32m✓\u001b[39m', ' [32m✓ [39m']
  for (const [line, printed] of [
    [foreign, shown],
    [paint('bad', foreign), `\u001b[31m${shown}\u001b[39m`],
    [`${paint('bad', 'CODE')}${foreign}`, `\u001b[31mCODE\u001b[39m${shown}`],
    // What was printed before is all that others can have seen.
    [createPrintable(true)(paint('good', 'ok')), ' [32mok [39m'],
  ] as const)
    expect(createPrintable(true)(line)).toBe(printed)
})
