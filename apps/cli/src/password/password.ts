import { createInterface } from 'node:readline'
import { hashPassword } from '@ponte/runtime'
import { readHiddenLine } from '../terminal/read-hidden-line.ts'
import { exitCodes, UsageError } from '../exit-codes.ts'
import type { Command } from '../session.ts'

const LEAST = 8

/** Makes the hash of a password for the file that BOARD_ACCOUNTS names. Arguments are kept in histories: it takes none. */
export const password: Command<{ readonly args: readonly string[] }> = async ({ args }, session) => {
  const { stdin, texts, progress } = session
  if (args.length > 0) throw new UsageError(texts.password.noArgument)
  const typed = (await readHiddenLine(stdin, () => progress(texts.password.prompt))) ?? (await readFirstLine(stdin))
  if (Array.from(typed).length < LEAST) throw new UsageError(texts.password.tooShort(LEAST))
  const hash = await hashPassword(typed)
  return { exitCode: exitCodes.ok, data: { ok: true, hash }, lines: [hash] }
}

async function readFirstLine(input: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input })) return line
  return ''
}
