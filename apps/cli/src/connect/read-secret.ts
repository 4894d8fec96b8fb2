import { createInterface } from 'node:readline'
import { UsageError } from '../exit-codes.ts'
import type { Session } from '../session.ts'

/** The value itself, or the first line that stdin holds when it is `-`: a person who pastes one ends it with Enter. */
export async function readSecret(value: string, { stdin, texts }: Pick<Session, 'stdin' | 'texts'>): Promise<string> {
  const secret = value === '-' ? await readLine(stdin) : value.trim()
  if (secret === '') throw new UsageError(texts.connect.secretEmpty)
  return secret
}

async function readLine(input: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input })) if (line.trim() !== '') return line.trim()
  return ''
}
