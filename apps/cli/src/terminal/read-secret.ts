import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { UsageError } from '../exit-codes.ts'
import type { Session } from '../session.ts'

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
