import { type BridgeState, readBridge, stateSentence } from '@ponte/report'
import { type ExitCode, exitCodes, NotReachableError } from '../exit-codes.ts'
import { groupFailedJobs, readerOfAll } from '../failures/failed-events.ts'
import { withRedis } from '../redis/with-redis.ts'
import type { Command } from '../session.ts'
import { chooseTenants, readSettings } from '../settings/read-settings.ts'
import { describeStatus } from './describe-status.ts'
import { statusData } from './status-data.ts'

export interface StatusOptions {
  readonly tenant?: string
}

/** Says how the connections stand, what waits and what failed. Reads Redis only. */
export const status: Command<StatusOptions> = async (options, session) => {
  const settings = await readSettings(session)
  const tenants = chooseTenants(settings.tenants, options.tenant, session)
  return await withRedis({ target: settings.REDIS, session }, async redis => {
    const now = Date.now()
    const failedJobs = readerOfAll(redis)
    const state = await readBridge({ redis, tenants, failedJobs }, { now })
    if (state.tenants.length === 0) throw new NotReachableError(session.texts.errors.redisUnreachable)
    const readable = tenants.filter(({ name }) => !state.unreadable.includes(name))
    const seen = { state, failures: await groupFailedJobs({ tenants: readable, failedJobs }), now }
    const exitCode = exitCodeOf(state, session.language)
    return {
      exitCode,
      data: { ok: exitCode === exitCodes.ok, ...statusData(seen, session.language) },
      lines: describeStatus(seen, settings.BOARD_TIME_ZONE, session),
    }
  })
}

/** What a person has to look at counts as a problem; what Ponte waits for by itself does not. */
function exitCodeOf(state: BridgeState, language: Parameters<typeof stateSentence>[1]): ExitCode {
  if (state.unreadable.length > 0) return exitCodes.notReachable
  return stateSentence(state, language).tone === 'bad' ? exitCodes.problems : exitCodes.ok
}
