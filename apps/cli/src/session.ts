import type { Language } from '@ponte/contracts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import type { Paint } from './terminal/paint.ts'
import type { ProgressStream } from './terminal/progress-line.ts'
import type { Questions } from './terminal/questions.ts'
import type { Texts } from './texts/texts.ts'

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
