import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { UsageError } from '../exit-codes.ts'
import type { Session } from '../session.ts'

/**
 * The first line that stdin holds: a person who pastes one ends it with Enter, and a terminal does not show it. `value` must be `-`:
 * arguments are seen by everybody on the machine, and kept in histories.
 */
export async function readSecret(value: string, { stdin, texts }: Pick<Session, 'stdin' | 'texts'>): Promise<string> {
  if (value !== '-') throw new UsageError(texts.connect.secretInArguments)
  const secret = await readLine(stdin)
  if (secret === '') throw new UsageError(texts.connect.secretEmpty)
  return secret
}

async function readLine(input: NodeJS.ReadableStream): Promise<string> {
  const isTerminal = 'isTTY' in input && input.isTTY === true
  // What readline would echo goes nowhere.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() })
  for await (const line of createInterface({ input, ...(isTerminal && { output, terminal: true }) }))
    if (line.trim() !== '') return line.trim()
  return ''
}
