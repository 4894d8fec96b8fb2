import type { ExitCode } from './exit-codes.ts'
import type { Language } from './language.ts'
import type { Texts } from './texts/texts.ts'

/** Environment and streams of the process. */
export interface Io {
  readonly env: NodeJS.ProcessEnv
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean }
}

/** What a command gets to work with. */
export interface Session {
  readonly env: NodeJS.ProcessEnv
  readonly stdin: NodeJS.ReadableStream
  readonly language: Language
  readonly texts: Texts
  /** Output goes to a terminal, not to a file or a script. */
  readonly interactive: boolean
  /** `--json`: a script reads the answer. */
  readonly json: boolean
  /** Writes a line to stderr while a command works. */
  readonly progress: (line: string) => void
}

/** The result of a command: `lines` for a person, `data` for `--json`. Neither contains a secret. */
export interface Outcome {
  readonly exitCode: ExitCode
  readonly data: object
  readonly lines: readonly string[]
}

/** A command does its work and returns the result; it prints nothing by itself but progress. */
export type Command<Options> = (options: Options, session: Session) => Promise<Outcome>
