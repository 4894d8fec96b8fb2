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
  const kept = options.filter(option => isKept(option, env) && !isGiven(option, argv))
  if (kept.length > 0) {
    const isWhole = kept.every(({ required, optional }) => !required && !optional)
    const words = isWhole ? argv : [...(command === undefined ? [] : [command.name()]), '…']
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

/** npm itself has options that are off: it writes them as an empty text. */
function isKept({ long, negate }: Option, env: NodeJS.ProcessEnv): boolean {
  const name = long?.replace(/^--(?:no-)?/, '').replaceAll('-', '_')
  const value = env[`npm_config_${name}`]
  return negate ? value === '' : value !== undefined && value !== ''
}

const isGiven = ({ long = '' }: Option, argv: readonly string[]): boolean =>
  argv.some(word => word === long || word.startsWith(`${long}=`))

const quoted = (word: string): string =>
  /^[\w@%+=:,./…-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
