import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { UsageError, type Session } from '../session.ts'
import { ReadStream } from 'node:tty'

/**
 * Reads the first line of stdin; a terminal does not show it. Throws UsageError when `value` is not `-`: everybody on the machine can see
 * arguments, and shell histories keep them.
 */
export async function readSecret(value: string, { stdin, texts }: Pick<Session, 'stdin' | 'texts'>): Promise<string> {
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
