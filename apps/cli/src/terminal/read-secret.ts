import { createInterface } from 'node:readline'
import { ReadStream } from 'node:tty'
import { UsageError, type Session } from '../session.ts'
import { DeclinedError } from './questions.ts'

/**
 * Reads the first line of stdin; a terminal does not show it. Throws UsageError when `value` is not `-`: everybody on the machine can see
 * arguments, and shell histories keep them.
 */
export async function readSecret(value: string, { stdin, texts }: Pick<Session, 'stdin' | 'texts'>): Promise<string> {
  if (value !== '-') throw new UsageError(texts.connect.secretInArguments)
  const secret = (await readHiddenLine(stdin)).trim()
  if (secret === '') throw new UsageError(texts.connect.secretEmpty)
  return secret
}

const ENTER = new Set(['\r', '\n', '\u0004'])
const RUB_OUT = new Set(['\u007f', '\b'])
const INTERRUPT = '\u0003'

/**
 * The first line that is not blank. A terminal does not show what is typed from the moment on when it calls `ask`; there a blank line counts
 * as well, and Ctrl-C rejects with a `DeclinedError`.
 */
export async function readHiddenLine(input: NodeJS.ReadableStream, ask: () => void = () => undefined): Promise<string> {
  if (input instanceof ReadStream) return await readFromTerminal(input, ask)
  for await (const line of createInterface({ input })) if (line.trim() !== '') return line
  return ''
}

function readFromTerminal(input: ReadStream, ask: () => void): Promise<string> {
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
          reject(new DeclinedError())
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
