import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Command as Program, Option } from 'commander'

/** What is written for another program, which would read npm's lines as well. */
const ofPrograms = { commands: ['completion', 'fingerprint-key'], options: ['--json', '--csv'] }

/** What `npm run ponte` would do with a command line. `line`: how to write it instead, as `ponte …`. */
export interface NpmProblem {
  readonly kind: 'kept' | 'own-lines'
  /** Those that it kept. */
  readonly options: readonly string[]
  readonly line: string
}

/**
 * npm takes options that do not stand behind `--` for its own: a command would run without them, and an import that was meant as a trial would be
 * real. npm tells its script of them in the environment. It also writes lines of its own to stdout, unless it is silent. Undefined where nothing
 * goes wrong, and where npm does not run the command.
 */
export function findNpmProblem(
  argv: readonly string[],
  { program, env, isTerminal }: { program: Program; env: NodeJS.ProcessEnv; isTerminal: boolean },
): NpmProblem | undefined {
  if (env['npm_lifecycle_event'] !== 'ponte' || env['npm_config_user_agent']?.startsWith('npm/') !== true)
    return undefined
  // npm leaves the value of an option that it took, also before the command.
  const command = program.commands.find(each => argv.includes(each.name()))
  const options = (command ?? program).options
  const taken = options.filter(option => isTaken(option, env) && !isGiven(option, argv))
  const ofFiles = taken.length === 0 ? new Set() : readNpmFiles(env)
  // A trial that is not sure to be meant is never made real.
  const kept = taken.filter(option => option.long === '--dry-run' || !ofFiles.has(settingOf(option, env)))
  if (kept.length > 0) {
    const isWhole = kept.every(({ required, optional }) => !required && !optional)
    const name = command === undefined ? [] : [command.name()]
    const words = isWhole ? argv : [...name, '…', ...optionWords(argv, [...options, ...program.options])]
    return {
      kind: 'kept',
      options: kept.map(({ long }) => long ?? ''),
      line: ['ponte', ...words.map(quoted), ...kept.map(({ flags }) => flags)].join(' '),
    }
  }
  const isOfProgram =
    ofPrograms.commands.some(name => name === command?.name()) || ofPrograms.options.some(name => argv.includes(name))
  if (!isOfProgram || isTerminal || env['npm_config_loglevel'] === 'silent') return undefined
  return { kind: 'own-lines', options: [], line: ['ponte', ...argv.map(quoted)].join(' ') }
}

const nameOf = ({ long }: Option): string => long?.replace(/^--(?:no-)?/, '').replaceAll('-', '_') ?? ''

/** npm itself has options that are off: it writes them as an empty text. */
function isTaken(option: Option, env: NodeJS.ProcessEnv): boolean {
  const value = env[`npm_config_${nameOf(option)}`]
  return option.negate ? value === '' : value !== undefined && value !== ''
}

const settingOf = (option: Option, env: NodeJS.ProcessEnv): string =>
  `${nameOf(option)}=${env[`npm_config_${nameOf(option)}`] ?? ''}`

/** What npm's own files set, as `name=value` with the names and values of its environment: it tells its script of that in the same way. */
function readNpmFiles(env: NodeJS.ProcessEnv): ReadonlySet<string> {
  const { npm_config_userconfig: user, npm_config_globalconfig: global, npm_config_local_prefix: folder } = env
  const files = [user, global, folder && path.join(folder, '.npmrc')]
  return new Set(files.flatMap(file => (file === undefined || file === '' ? [] : linesOf(file).map(readSetting))))
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/)
  } catch {
    return []
  }
}

function readSetting(line: string): string {
  // A name alone is on.
  const [name = '', ...rest] = line.includes('=') ? line.split('=') : [line, 'true']
  const value = rest
    .join('=')
    .trim()
    .replaceAll(/^["']|["']$/g, '')
  return `${name.trim().toLowerCase().replaceAll('-', '_')}=${value === 'false' || value === 'null' ? '' : value}`
}

/** The options that were typed, with their values. Among other words may stand the value of an option that npm took. */
function optionWords(argv: readonly string[], options: readonly Option[]): readonly string[] {
  const takesValue = (word = ''): boolean =>
    options.some(({ long, short, required, optional }) => [long, short].includes(word) && (required || optional))
  const isOption = (word = ''): boolean => word.startsWith('-')
  return argv.filter((word, index) => isOption(word) || takesValue(argv[index - 1]))
}

const isGiven = ({ long = '' }: Option, argv: readonly string[]): boolean =>
  argv.some(word => word === long || word.startsWith(`${long}=`))

const quoted = (word: string): string =>
  /^[\w@%+=:,./…-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
