import type { Language } from '@ponte/contracts'
import { UsageError } from '../exit-codes.ts'
import type { ProgressStream } from './progress-line.ts'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { ReadStream } from 'node:tty'

/**
 * Reads the first line of stdin; a terminal does not show it. Throws UsageError when `value` is not `-`: everybody on the machine can see
 * arguments, and shell histories keep them.
 */
export async function readSecret(
  value: string,
  {
    stdin,
    texts,
  }: { stdin: NodeJS.ReadableStream; texts: { connect: Record<'secretInArguments' | 'secretEmpty', string> } },
): Promise<string> {
  if (value !== '-') throw new UsageError(texts.connect.secretInArguments)
  const secret = await readLine(stdin)
  if (secret === '') throw new UsageError(texts.connect.secretEmpty)
  return secret
}

async function readLine(input: NodeJS.ReadableStream): Promise<string> {
  const isTerminal = 'isTTY' in input && input.isTTY === true
  // Discards what readline would echo.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() })
  for await (const line of createInterface({ input, ...(isTerminal && { output, terminal: true }) }))
    if (line.trim() !== '') return line.trim()
  return ''
}

const ENTER = new Set(['\r', '\n', '\u0004'])
const RUB_OUT = new Set(['\u007f', '\b'])
const INTERRUPT = '\u0003'

/** Calls `ask`, then reads a line from the terminal without showing it. Undefined when `input` is not a terminal. */
export function readHiddenLine(input: NodeJS.ReadableStream, ask: () => void): Promise<string | undefined> {
  if (!(input instanceof ReadStream)) return Promise.resolve(undefined)
  return new Promise((resolve, reject) => {
    const typed: string[] = []
    const end = (): void => {
      input.off('data', read)
      input.setRawMode(false)
      input.pause()
    }
    const read = (text: string): void => {
      for (const character of text) {
        if (character === INTERRUPT) {
          end()
          reject(new Error('interrupted'))
          return
        }
        if (ENTER.has(character)) {
          end()
          resolve(typed.join(''))
          return
        }
        if (RUB_OUT.has(character)) typed.pop()
        else typed.push(character)
      }
    }
    // Before the prompt, so that nothing typed early is shown either.
    input.setRawMode(true)
    input.setEncoding('utf8')
    input.on('data', read)
    input.resume()
    ask()
  })
}

/** What a command asks the person at the terminal. Ctrl-C and Ctrl-D reject with a `DeclinedError`. */
export interface Questions {
  /** No is the default. */
  readonly confirm: (message: string) => Promise<boolean>
  /** `isRight` returns true, or a sentence that says what is wrong with the answer. */
  readonly line: (
    message: string,
    options?: { readonly default?: string; readonly isRight?: (answer: string) => true | string },
  ) => Promise<string>
  /** The terminal does not show what is typed. */
  readonly secret: (message: string) => Promise<string>
  readonly choose: (message: string, choices: readonly { name: string; value: string }[]) => Promise<string>
}

/** The person did not agree, so nothing was done. */
export class DeclinedError extends Error {
  override readonly name = 'DeclinedError'
}

interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stderr: ProgressStream
}

/** Undefined where nobody can answer: stdin or stderr is no terminal. */
export function createQuestions({ stdin, stderr }: Terminal, language: Language): Questions | undefined {
  if (stdin.isTTY !== true || stderr.isTTY !== true) return undefined
  const context = { input: stdin, output: stderr }
  // Loaded with the first question: most commands ask none.
  const load = () => (language === 'pt-BR' ? import('@inquirer/i18n/pt') : import('@inquirer/i18n/en'))
  const asked = async <Answer>(
    ask: (prompts: Awaited<ReturnType<typeof load>>) => Promise<Answer>,
  ): Promise<Answer> => {
    const prompts = await load()
    try {
      return await ask(prompts)
    } catch (error) {
      throw error instanceof Error && error.name === 'ExitPromptError' ? new DeclinedError() : error
    }
  }
  return {
    confirm: message => asked(({ confirm }) => confirm({ message, default: false }, context)),
    line: (message, { default: proposed, isRight } = {}) =>
      asked(({ input }) =>
        input(
          {
            message,
            ...(proposed !== undefined && { default: proposed }),
            ...(isRight !== undefined && { validate: isRight }),
          },
          context,
        ),
      ),
    secret: message => asked(({ password }) => password({ message, mask: false }, context)),
    choose: (message, choices) => asked(({ select }) => select({ message, choices: [...choices] }, context)),
  }
}

/**
 * Asks before something is done that cannot be undone. `yes` (`--yes`) answers for the person. Throws DeclinedError when the person does
 * not agree, and UsageError when there is nobody to ask.
 */
export async function requireConsent(
  question: string,
  {
    yes = false,
    session: { questions, texts },
  }: {
    yes?: boolean | undefined
    session: { questions: Questions | undefined; texts: { errors: { yesNeeded: string } } }
  },
): Promise<void> {
  if (yes) return
  if (questions === undefined) throw new UsageError(texts.errors.yesNeeded)
  if (!(await questions.confirm(question))) throw new DeclinedError()
}
