import { type Language, type FailureCode, failures } from '@ponte/contracts'
import type { Paint } from './terminal/paint.ts'
import type { ProgressStream } from './terminal/progress-line.ts'
import { DeclinedError, type Questions } from './terminal/questions.ts'
import type { Texts } from './texts/texts.ts'

/** How a command ends. Scripts rely on these codes; `--help` and docs/cli.md list them. */
export const exitCodes = {
  ok: 0,
  /** The command ran, and found or left something that a person has to look at. */
  problems: 1,
  /** The command line or the configuration is wrong. */
  wrongUse: 2,
  /** Redis, an API or the ingress does not answer or is unavailable: try again later. */
  notReachable: 3,
  /** A person pressed Ctrl-C, as shells say it. What was done stays, and the command can go on from there. */
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** The exit code for a failure: `notReachable` if a system or Ponte's own state is unavailable or takes no more calls, else `problems`. */
export function exitCodeOfFailure(code: FailureCode): ExitCode {
  const { breakerReason, isOfPonteState } = failures[code]
  const mayPass = breakerReason === 'down' || breakerReason === 'throttled' || isOfPonteState === true
  return mayPass ? exitCodes.notReachable : exitCodes.problems
}

/** The command line is wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Something that the command needs does not answer. */
export class NotReachableError extends Error {
  override readonly name = 'NotReachableError'
}

/** Environment and streams of the process. */
export interface Io {
  readonly env: NodeJS.ProcessEnv
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly stderr: ProgressStream
  /** From now on Ctrl-C calls the listener instead of ending the process, until the result is called. */
  readonly onInterrupt: (listener: () => void) => () => void
}

/** What a command gets to work with. */
export interface Session extends Pick<Io, 'env' | 'stdin' | 'onInterrupt'> {
  readonly language: Language
  /** What the command line is called in this installation. */
  readonly command: string
  readonly texts: Texts
  /** Output goes to a terminal, not to a file or a script. */
  readonly interactive: boolean
  /** Undefined where nobody can answer: no terminal, or `--json`. */
  readonly questions: Questions | undefined
  /** `--json`: a script reads the answer. */
  readonly json: boolean
  /** Marks a part of `lines`. */
  readonly paint: Paint
  /** Writes to stderr while a command works: what a person must read. */
  readonly notice: (text: string) => void
  /** Says on stderr which step is done. On a terminal the next one replaces it. */
  readonly progress: (line: string) => void
  /** Says on stderr what happens within a step. Only a terminal shows it. */
  readonly progressBriefly: (line: string) => void
}

/** What lines for a person are made of. */
export type Words = Pick<Session, 'texts' | 'language' | 'paint'>

/** The result of a command: `lines` for a person, `data` for `--json`. Neither contains a secret. */
export interface Outcome {
  readonly exitCode: ExitCode
  readonly data: object
  /** Control characters are removed when the lines are printed, also line breaks within a line. */
  readonly lines: readonly string[]
  /** Written as it is in place of the lines, for another program. */
  readonly file?: string
}

/** `result`: the exit code, or whether nothing is left that a person has to look at. */
export function outcomeOf(result: boolean | ExitCode, data: object, lines: readonly string[]): Outcome {
  const exitCode = result === true ? exitCodes.ok : result === false ? exitCodes.problems : result
  return { exitCode, data: { ok: exitCode === exitCodes.ok, ...data }, lines }
}

/** The outcome of a command that did not do its work: a code for scripts, and messages for people. */
export const unsuccessful = (
  code: string,
  messages: readonly string[],
  exitCode: ExitCode = exitCodes.problems,
): Outcome => ({ exitCode, data: { ok: false, error: { code, messages } }, lines: messages })

/** A command does its work and returns the result; it prints nothing by itself but progress. */
export type Command<Options> = (options: Options, session: Session) => Promise<Outcome>

/**
 * Asks before something is done that cannot be undone. `yes` (`--yes`) answers for the person. Throws DeclinedError when the person does
 * not agree, and UsageError when there is nobody to ask.
 */
export async function requireConsent(
  question: string,
  { yes = false, session: { questions, texts } }: { yes?: boolean | undefined; session: Session },
): Promise<void> {
  if (yes) return
  if (questions === undefined) throw new UsageError(texts.errors.yesNeeded)
  if (!(await questions.confirm(question))) throw new DeclinedError()
}
