import { type BridgeState, stateSentence, statusDocument, toStatusDocument } from '@ponte/operations'
import { type ExitCode, exitCodes, NotReachableError } from '../exit-codes.ts'
import { openOperations } from '../operations/open-operations.ts'
import type { Command } from '../session.ts'
import { describeStatus } from './describe-status.ts'

export interface StatusOptions {
  readonly tenant?: string
  /** The address of a board, in place of Redis. */
  readonly api?: string
}

/** Says how the connections stand, what waits and what failed. Reads only. */
export const status: Command<StatusOptions> = async (options, session) => {
  const operations = await openOperations(options, session)
  const reading = await operations.readStatus()
  const { state } = reading
  if (state.tenants.length === 0) throw new NotReachableError(session.texts.errors.redisUnreachable)
  const exitCode = exitCodeOf(state, session.language)
  return {
    exitCode,
    data: {
      ok: exitCode === exitCodes.ok,
      ...statusDocument.encode(toStatusDocument(reading, session.language)),
    },
    lines: describeStatus(reading, operations.timeZone, session),
  }
}

/** What a person has to look at counts as a problem; what Ponte waits for by itself does not. */
function exitCodeOf(state: BridgeState, language: Parameters<typeof stateSentence>[1]): ExitCode {
  if (state.unreadable.length > 0) return exitCodes.notReachable
  return stateSentence(state, language).tone === 'bad' ? exitCodes.problems : exitCodes.ok
}
