import type { ExitCode } from './exit-codes.ts'
import type { Language } from './language.ts'
import type { Texts } from './texts/en.ts'

/** The process around a command. */
export interface Io {
  readonly env: NodeJS.ProcessEnv
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean }
}

/** What a command works with. */
export interface Session {
  readonly env: NodeJS.ProcessEnv
  readonly stdin: NodeJS.ReadableStream
  readonly language: Language
  readonly texts: Texts
  /** A person sits at a terminal. */
  readonly interactive: boolean
  /** A script reads the answer. */
  readonly json: boolean
  /** A line on stderr, for work that takes long. */
  readonly progress: (line: string) => void
}

/** What a command has to say: `lines` to a person, `data` as JSON to a script. Neither holds a secret. */
export interface Outcome {
  readonly exitCode: ExitCode
  readonly data: object
  readonly lines: readonly string[]
}

/** One command of the line: does its work and says what came of it. */
export type Command<Options> = (options: Options, session: Session) => Promise<Outcome>
