import { type CallGuard, createCrmSession, createRdStationClient, createTotvsCrmClient } from '@ponte/clients'
import {
  AccountBusyError,
  connectProblemTexts,
  obtainTokens,
  requireReadableTokens,
  TokensSealedError,
} from '@ponte/connect'
import type { Tenant } from '@ponte/runtime'
import { createRateLimiter, createTokenStore, type SecretBox, tokenSeed } from '@ponte/state'
import type { Redis } from 'ioredis'
import { NotReachableError, UsageError } from '../exit-codes.ts'
import type { Session } from '../session.ts'
import { createCommandCallGuard } from './command-call-guard.ts'

export interface ReadingAccess {
  readonly tenant: Tenant
  readonly redis: Redis
  readonly box: SecretBox
  readonly session: Pick<Session, 'language'>
}

/** Another program works with the same account: this much of the quota is left to it. */
const SHARE = 1 / 4

/** Both systems for a command that only reads. A call that would create or change a record is refused before it is made. */
export function openForReading({ tenant, redis, box, session }: ReadingAccess) {
  const { totvsCrm, rdStation } = tenant.settings
  const limiter = createRateLimiter(redis, tenant.name, { callsPerMinute: rdStation.callsPerMinute * SHARE })
  const [crmGuard, guard] = [readOnly(createCommandCallGuard()), readOnly(createCommandCallGuard(limiter))]
  const store = createTokenStore(redis, tenant.name, box)
  const obtain = async () => ({ value: await obtainAccessToken({ tenant, redis, box, session }), isNew: true })
  const tokens = {
    /** The token that the workers use, so that a command that only looks renews nothing while there is a valid one. */
    async current() {
      const stored = await store.read()
      const isUsable = stored?.seed === tokenSeed(rdStation.refreshToken) && stored.expiresAt > Date.now()
      return isUsable ? { value: stored.accessToken, isNew: false } : await obtain()
    },
    renew: obtain,
  }
  const crmSession = createCrmSession({ settings: totvsCrm, guard: crmGuard })
  return {
    crm: createTotvsCrmClient({ settings: totvsCrm, session: crmSession, guard: crmGuard }),
    rd: createRdStationClient({ settings: rdStation, tokens, guard }),
  }
}

/** A new access token, with what goes wrong in words for the person. */
async function obtainAccessToken({ session, ...access }: ReadingAccess): Promise<string> {
  const words = connectProblemTexts[session.language]
  try {
    await requireReadableTokens(access)
    return (await obtainTokens({ from: 'stored' }, access)).accessToken
  } catch (error) {
    if (error instanceof AccountBusyError) throw new NotReachableError(words.ACCOUNT_BUSY)
    if (error instanceof TokensSealedError) throw new UsageError(words.SECRET_KEY_OTHER)
    throw error
  }
}

const readOnly = (guard: CallGuard): CallGuard => ({
  ...guard,
  async before(call) {
    if (call.writes || (call.method !== 'GET' && call.login !== true)) throw new Error('this command must not write')
    await guard.before(call)
  },
})
