import { hashPassword, newApiToken } from '@ponte/runtime'
import { readHiddenLine } from '../terminal/read-secret.ts'
import { UsageError, type Command, type Outcome, outcomeOf, type Session } from '../session.ts'

const MIN_LENGTH = 8

/** Makes the hash of a password for the file in BOARD_ACCOUNTS. Takes no argument, because shell histories keep arguments. */
export const password: Command<{ readonly args: readonly string[]; readonly token?: true }> = async (
  { args, token: isToken = false },
  session,
) => {
  const { stdin, texts, notice } = session
  if (args.length > 0) throw new UsageError(texts.password.noArgument)
  if (isToken) return makeToken(session)
  const typed = await readHiddenLine(stdin, () => notice(texts.password.prompt))
  if (Array.from(typed).length < MIN_LENGTH) throw new UsageError(texts.password.tooShort(MIN_LENGTH))
  const hash = await hashPassword(typed)
  return outcomeOf(true, { hash }, [hash])
}

/** Nobody chooses a token: then its hash could be found by trying. */
function makeToken({ texts }: Session): Outcome {
  const { token, hash } = newApiToken()
  return outcomeOf(true, { token, hash }, [texts.password.newToken(token), texts.password.newHash(hash)])
}
