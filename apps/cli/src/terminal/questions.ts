import type { Language } from '@ponte/contracts'
import type { ProgressStream } from './progress-line.ts'

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

/** Undefined where nobody can answer: stdin or stderr is no terminal. */
export function createQuestions(
  { stdin, stderr }: { stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }; stderr: ProgressStream },
  language: Language,
): Questions | undefined {
  if (stdin.isTTY !== true || stderr.isTTY !== true) return undefined
  const context = { input: stdin, output: stderr }
  // Loaded with the first question: most commands ask none.
  const load = () => (language === 'pt-BR' ? import('@inquirer/i18n/pt') : import('@inquirer/i18n/en'))
  const asked = async <Value>(ask: (prompts: Awaited<ReturnType<typeof load>>) => Promise<Value>): Promise<Value> => {
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
