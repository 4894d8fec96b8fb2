import { text } from 'node:stream/consumers'
import { UsageError } from '../exit-codes.ts'
import type { Session } from '../session.ts'

/** The value itself, or what stdin holds when it is `-`. */
export async function readSecret(value: string, { stdin, texts }: Pick<Session, 'stdin' | 'texts'>): Promise<string> {
  const secret = (value === '-' ? await text(stdin) : value).trim()
  if (secret === '') throw new UsageError(texts.connect.secretEmpty)
  return secret
}
