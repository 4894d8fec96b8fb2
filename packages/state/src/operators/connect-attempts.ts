import { randomBytes } from 'node:crypto'
import { isTenantName } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import { z } from 'zod'
import { stateKey, unkeyedHash } from '../redis/keys.ts'

/** How long an attempt waits for RD Station's answer, and how long its result can be shown. */
const KEEP_MS = 10 * 60_000

/** The login in which somebody was sent to RD Station. */
export interface ConnectLogin {
  readonly user: string
  /** The id of the session. Undefined where requests have none. Only a hash of it is kept. */
  readonly session: string | undefined
}

const attempt = z.object({ tenant: z.string(), user: z.string(), session: z.string().optional() })

/** What came of an attempt. */
export type ConnectResult = z.infer<typeof result>
const result = z.object({
  tenant: z.string(),
  user: z.string(),
  /** `connected`, or the name of what went wrong. */
  name: z.string(),
})

/**
 * Connections of RD Station accounts that somebody began in a browser. They are in Redis, because RD Station may send the browser back to
 * another process than the one that it left. Only a hash of each state is kept, so that nobody who reads Redis can answer for RD Station.
 */
export function createConnectAttempts(redis: RedisClient) {
  const attemptKey = (id: string): string => stateKey(tenantOf(id), 'connect', unkeyedHash(id))
  const resultKey = (id: string): string => stateKey(tenantOf(id), 'connect-result', unkeyedHash(id))

  async function keep(keyOf: (id: string) => string, value: { readonly tenant: string }): Promise<string> {
    const id = `${randomBytes(32).toString('base64url')}.${value.tenant}`
    await redis.set(keyOf(id), JSON.stringify(value), 'PX', KEEP_MS)
    return id
  }

  return {
    /** Somebody is about to connect this tenant. Returns the `state` that RD Station has to send back. */
    begin: (tenant: string, login: ConnectLogin): Promise<string> => keep(attemptKey, { tenant, ...named(login) }),

    /** Takes the tenant of this state, once. Undefined when there is none, or when another login began it. That login can still take it. */
    async take(state: string, login: ConnectLogin): Promise<string | undefined> {
      const text = await redis.get(attemptKey(state))
      const found = text === null ? undefined : attempt.safeParse(JSON.parse(text)).data
      const { user, session } = named(login)
      if (found === undefined || found.user !== user || found.session !== session) return undefined
      return (await redis.del(attemptKey(state))) === 1 ? found.tenant : undefined
    },

    /** Returns an id by which the user can read the result. */
    conclude: (ended: ConnectResult): Promise<string> => keep(resultKey, ended),

    /** What came of an attempt, for the user who made it. */
    async readResult(id: string, user: string): Promise<ConnectResult | undefined> {
      const text = await redis.get(resultKey(id))
      const found = text === null ? undefined : result.safeParse(JSON.parse(text)).data
      return found?.user === user ? found : undefined
    },
  }
}

/** An id ends in its tenant's name, because each key of a tenant begins with it. The id comes from outside and may hold anything. */
function tenantOf(id: string): string {
  const tenant = id.slice(id.indexOf('.') + 1)
  return isTenantName(tenant) ? tenant : '-'
}

const named = ({ user, session }: ConnectLogin): { user: string; session?: string } => ({
  user,
  ...(session !== undefined && { session: unkeyedHash(session) }),
})
