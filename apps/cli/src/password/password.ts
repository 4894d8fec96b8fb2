import { createInterface } from 'node:readline'
import { hashPassword } from '@ponte/runtime'
import { readHiddenLine } from '../terminal/read-secret.ts'
import { exitCodes, UsageError } from '../exit-codes.ts'
import type { Command } from '../session.ts'

const MIN_LENGTH = 8

/** Makes the hash of a password for the file in BOARD_ACCOUNTS. Takes no argument, because shell histories keep arguments. */
export const password: Command<{ readonly args: readonly string[] }> = async ({ args }, session) => {
  const { stdin, texts, notice } = session
  if (args.length > 0) throw new UsageError(texts.password.noArgument)
  const typed = (await readHiddenLine(stdin, () => notice(texts.password.prompt))) ?? (await readFirstLine(stdin))
  if (Array.from(typed).length < MIN_LENGTH) throw new UsageError(texts.password.tooShort(MIN_LENGTH))
  const hash = await hashPassword(typed)
  return { exitCode: exitCodes.ok, data: { ok: true, hash }, lines: [hash] }
}

async function readFirstLine(input: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input })) return line
  return ''
}
