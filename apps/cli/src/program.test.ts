import { eventShortNames } from '@ponte/contracts'
import { commandNames } from '@ponte/runtime'
import { expect, test } from 'vitest'
import { runInProcess } from './testing/run-in-process.ts'
import { commandNotes } from './texts/help-texts.ts'

const run = (argv: readonly string[], locale: string) => runInProcess(argv, { env: { LC_ALL: locale } })
/** The words of `<name>` and `[options]`. */
const placeholdersIn = (text: string): string[] =>
  [...text.matchAll(/[<[]([^\s>\]]+)[>\]]/g)].map(([, name = '']) => name)

test.each([[[]], ...commandNames.map(name => [[name]])])(
  'a reader of Portuguese finds no English placeholder in the help of ponte %j',
  async argv => {
    const [english, portuguese] = [
      (await run([...argv, '--help'], 'C')).stdout,
      (await run([...argv, '--help'], 'pt_BR.UTF-8')).stdout,
    ]
    expect(portuguese).toMatch(/^Uso: ponte .*\[opções\]/)
    const names = new Set(placeholdersIn(english))
    expect(
      placeholdersIn(portuguese).filter(name => names.has(name) && !['id', 'shell', 'token'].includes(name)),
    ).toEqual([])
  },
)

test.each([
  { argv: ['docter'], says: 'Comando desconhecido: docter. Seria doctor?' },
  { argv: ['doctor', '--tenat', 'x'], says: 'Opção desconhecida: --tenat. Seria --tenant?' },
  { argv: ['doctor', '--tenant'], says: 'Falta o valor da opção --tenant.' },
  { argv: ['doctor', 'x'], says: 'Argumentos demais.' },
  { argv: ['retry'], says: 'Falta o argumento código.' },
  { argv: ['reconcile'], says: 'Falta a opção --since.' },
  {
    argv: ['send', '--event', 'x'],
    says: `Valor não aceito em --event. Valores possíveis: ${eventShortNames.join(', ')}.`,
  },
  { argv: ['connect', '--port', 'x'], says: 'Valor não aceito em --port. Valores possíveis: 0-65535.' },
])('ponte $argv tells a reader of Portuguese: $says', async ({ argv, says }) => {
  const { code, stderr } = await run(argv, 'pt_BR.UTF-8')
  const command = argv[0] === 'docter' ? 'ponte' : `ponte ${argv[0]}`
  expect(stderr).toBe(`${says}\nVeja \`${command} --help\`.\n`)
  expect(code).toBe(2)
})

test.each([
  { argv: ['docter'], says: 'Unknown command: docter. Did you mean doctor?\nSee `ponte --help`.\n' },
  {
    argv: ['doctor', '--tenat', 'x'],
    says: 'Unknown option: --tenat. Did you mean --tenant?\nSee `ponte doctor --help`.\n',
  },
  {
    argv: ['completion', 'tcsh'],
    says: 'Value not accepted in shell. Possible values: bash, zsh, fish.\nSee `ponte completion --help`.\n',
  },
  { argv: ['retry'], says: 'The argument code is missing.\nSee `ponte retry --help`.\n' },
  { argv: ['reconcile'], says: 'The option --since is missing.\nSee `ponte reconcile --help`.\n' },
])('ponte $argv tells what is wrong, what was meant and where the help is', async ({ argv, says }) => {
  expect(await run(argv, 'C')).toMatchObject({ code: 2, stderr: says })
})

test('ponte help shows what ponte --help shows, also of one command', async () => {
  for (const [asked, same] of [
    [['help'], ['--help']],
    [
      ['help', 'retry'],
      ['retry', '--help'],
    ],
  ] as const) {
    const { code, stdout } = await run(asked, 'pt_BR.UTF-8')
    expect({ code, stdout }).toEqual({ code: 0, stdout: (await run(same, 'pt_BR.UTF-8')).stdout })
  }
})

test('a configuration that cannot be used is explained in the language of the reader', async () => {
  const { code, stderr } = await run(['failures'], 'pt_BR.UTF-8')
  expect(stderr).toBe(
    'A configuração não pode ser usada:\nREDIS_URL, REDIS_SENTINELS, REDIS_CLUSTER: defina exatamente uma das três; nenhuma está definida\nPONTE_CONFIG: não está definida\n',
  )
  expect(code).toBe(2)
})

test('every command that a text names is called as this installation calls it', async () => {
  const env = { LC_ALL: 'C', PONTE_COMMAND: 'docker compose run --rm cli' }
  const help = await runInProcess(['doctor', '--help'], { env })
  expect(help.stdout).toContain('Usage: docker compose run --rm cli doctor [options]')
  expect(help.stdout).toContain('  docker compose run --rm cli doctor --tenant acme')
  const wrong = await runInProcess(['retry'], { env })
  expect(wrong.stderr).toContain('See `docker compose run --rm cli retry --help`.')
})

test.each(Object.entries(commandNotes.en))(
  'the help of ponte %s says how to use it, in both languages',
  async (name, note) => {
    const portuguese = Object.entries(commandNotes['pt-BR']).find(([other]) => other === name)?.[1] ?? ''
    const unwrapped = async (locale: string) => (await run([name, '--help'], locale)).stdout.replaceAll(/\s+/g, ' ')
    expect(await unwrapped('C')).toContain(note.replaceAll(/\s+/g, ' '))
    expect(await unwrapped('pt_BR.UTF-8')).toContain(portuguese.replaceAll(/\s+/g, ' '))
  },
)
