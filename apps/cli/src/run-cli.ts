import { Failure, type Language, languages } from '@ponte/contracts'
import { AccountBusyError, connectProblemTexts, TokensSealedError } from '@ponte/operations'
import { cliSettings, ConfigurationError, fitCommands } from '@ponte/runtime'
import { CommanderError } from 'commander'
import {
  type ExitCode,
  exitCodes,
  NotReachableError,
  UsageError,
  type Io,
  type Outcome,
  type Session,
  unsuccessful,
} from './session.ts'
import { explainFailure } from './failures/failures.ts'
import { findNpmProblem } from './npm-run.ts'
import { createProgram } from './program.ts'
import { createPaint, hasColours, createPrintable, printableJson } from './terminal/paint.ts'
import { createProgressLine } from './terminal/progress-line.ts'
import { createQuestions, DeclinedError } from './terminal/questions.ts'
import { textsOf } from './texts/texts.ts'

/** Runs one command line and resolves to the exit code. Never rejects. */
export async function runCli(
  argv: readonly string[],
  { env, stdin, stdout, stderr, onInterrupt }: Io,
): Promise<number> {
  const language = chooseLanguage(argv, env)
  const texts = textsOf[language]
  const json = argv.includes('--json')
  const areColoured = { out: !json && hasColours(stdout, env), err: !json && hasColours(stderr, env) }
  // Texts name commands as `ponte doctor`; every one that a person reads passes here.
  const command = cliSettings.shape.PONTE_COMMAND.parse(env['PONTE_COMMAND'] || undefined)
  const fitting = (print: (line: string) => string) => (line: string) => fitCommands(print(line), command)
  const toStdout = fitting(createPrintable(areColoured.out))
  const toStderr = fitting(createPrintable(areColoured.err))
  const progress = createProgressLine(stderr, env)
  const session: Session = {
    env,
    stdin,
    onInterrupt,
    language,
    command,
    texts,
    json,
    questions: json ? undefined : createQuestions({ stdin, stderr }, language),
    interactive: stderr.isTTY === true && !json,
    paint: createPaint(areColoured.out),
    notice(text) {
      progress.clear()
      stderr.write(linesOf(text.split('\n'), toStderr))
    },
    progress: line => progress.show(toStderr(line)),
    progressBriefly: line => progress.showBriefly(toStderr(line)),
  }
  /** The one place where outcomes are written: no command writes by itself. */
  const print = ({ data, lines, file }: Outcome): void => {
    progress.clear()
    stdout.write(json ? `${printableJson(data)}\n` : (file ?? linesOf(lines, toStdout)))
  }

  let exitCode: ExitCode = exitCodes.ok
  const program = createProgram(session, {
    writeOut: text => stdout.write(fitCommands(text, command)),
    writeErr: text => stderr.write(fitCommands(text, command)),
    areColoured,
    done: outcome => {
      exitCode = outcome.exitCode
      print(outcome)
    },
  })
  const problem = findNpmProblem(argv, { program, env, isTerminal: stdout.isTTY === true })
  if (problem !== undefined) {
    // A person has to change the command line, also where a program reads stdout.
    stderr.write(
      linesOf(
        [createPaint(areColoured.err)('bad', texts.npm[problem.kind](problem.options.join(', '))), problem.line],
        toStderr,
      ),
    )
    return exitCodes.wrongUse
  }
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && /^commander\.(?:help|version)/.test(error.code)) {
      // With another code no command was given: the help was printed, but nobody asked for it.
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.wrongUse
    }
    const named = program.commands.find(command => command.name() === argv[0])?.name()
    const explained = explain(error, session, named === undefined ? 'ponte' : `ponte ${named}`)
    if (json) print({ ...explained, lines: [] })
    else {
      progress.clear()
      // The first line says what is wrong, the others what to do.
      const [first = '', ...others] = explained.lines
      stderr.write(linesOf([createPaint(areColoured.err)('bad', first), ...others], toStderr))
    }
    return explained.exitCode
  }
}

/** `--lang`, else the locale (the first of LC_ALL, LC_MESSAGES and LANG that is set): Portuguese if that is Portuguese, else English. */
export function chooseLanguage(argv: readonly string[], env: NodeJS.ProcessEnv): Language {
  const asked = askedLanguage(argv)
  if (asked !== undefined) return asked
  const locale = [env['LC_ALL'], env['LC_MESSAGES'], env['LANG']].find(value => value !== undefined && value !== '')
  return /^pt(?:[_.@-]|$)/i.test(locale ?? '') ? 'pt-BR' : 'en'
}

/** Read before the command line is parsed, because the help needs it. */
function askedLanguage(argv: readonly string[]): Language | undefined {
  const at = argv.findIndex(argument => argument === '--lang' || argument.startsWith('--lang='))
  const argument = argv[at]
  const value = argument === '--lang' ? argv[at + 1] : argument?.slice('--lang='.length)
  return languages.find(language => language === value)
}

const linesOf = (lines: readonly string[], printable: (line: string) => string): string =>
  lines.map(line => `${printable(line)}\n`).join('')

/** The commands that say how what runs stands. */
const saysWhatRuns: ReadonlySet<string> = new Set(['ponte status', 'ponte doctor'])
const isOfTenantsFile = (problem: string): boolean => /^(?:tenants\b|\()/.test(problem)

/** `command`: the command that the person typed, or `ponte` if there is no such command. */
function explain(error: unknown, session: Session, command: string): Outcome {
  const { texts, language } = session
  const wrongUse = (...lines: readonly string[]): Outcome =>
    unsuccessful('USAGE', [...lines, texts.errors.seeHelp(command)], exitCodes.wrongUse)
  const notReachable = (line: string): Outcome => unsuccessful('NOT_REACHABLE', [line], exitCodes.notReachable)
  if (error instanceof CommanderError) return wrongUse(texts.errors.usage(error.code, error.message))
  if (error instanceof UsageError) return wrongUse(error.message)
  if (error instanceof TokensSealedError) return wrongUse(connectProblemTexts[language].SECRET_KEY_OTHER)
  if (error instanceof AccountBusyError) return notReachable(connectProblemTexts[language].ACCOUNT_BUSY)
  if (error instanceof NotReachableError) return notReachable(error.message)
  if (error instanceof DeclinedError) return unsuccessful('DECLINED', [texts.errors.declined], exitCodes.wrongUse)
  if (error instanceof ConfigurationError) {
    const goesOn = saysWhatRuns.has(command) && error.problems.some(isOfTenantsFile) ? [texts.errors.workGoesOn] : []
    const lines = [texts.errors.configurationUnusable, ...error.problems, ...goesOn]
    return unsuccessful('CONFIGURATION', lines, exitCodes.wrongUse)
  }
  if (error instanceof Failure) {
    const { code, lines, exitCode } = explainFailure(error, session)
    return unsuccessful(code, lines, exitCode)
  }
  // The connection to Redis was lost while the command ran: ioredis has no error class for it.
  if (error instanceof Error && /^(?:Connection is closed|Stream isn't writeable|connect E|read E)/.test(error.message))
    return notReachable(texts.errors.redisUnreachable)
  const stack = error instanceof Error ? (error.stack ?? '') : String(error)
  return unsuccessful('INTERNAL_ERROR', stack.split('\n'))
}
