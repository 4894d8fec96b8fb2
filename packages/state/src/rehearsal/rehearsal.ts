import { parseJson } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import { z } from 'zod'
import { countFiguresLua } from '../figures/count-figures.ts'
import type { Fingerprint } from '../fingerprints/fingerprint.ts'
import { stateKey } from '../redis/keys.ts'
import { loadScript } from '../redis/load-script.ts'

const leaveOut = loadScript(import.meta.dirname, 'leave-out.lua', { functions: countFiguresLua })

/** A run that was cut off can be resumed for so long, and events of its person that come late are left out of the figures. */
const KEEP_S = 7 * 24 * 3600

/** A rehearsal that is under way, or was cut off: ids only, no personal data. */
export type RehearsalState = z.infer<typeof rehearsalState>
const rehearsalState = z.object({
  /** A random word. Whatever the run makes carries it. */
  id: z.string(),
  /** Milliseconds since 1970. */
  startedAt: z.number(),
  /** Fingerprint of the test person's e-mail. */
  person: z.string(),
  /** Steps that were finished. */
  done: z.array(z.string()),
  /** The step that was begun last. */
  begun: z.string().optional(),
  /** How often the contact's funnel was read or written: RD Station allows 24 calls a day. */
  funnelCalls: z.number(),
  /** In RD Station. Absent until it is known. */
  contact: z.string().optional(),
  /** In TOTVS CRM, here and below. */
  lead: z.string().optional(),
  opportunities: z.array(z.string()),
  /** What was found out so far, as the command keeps it. */
  facts: z.array(z.unknown()),
  /** It is cleaned up, or was and something is left: it is not resumed. */
  isOver: z.literal(true).optional(),
})

/** Fingerprints of a rehearsal's person and opportunities: what is recorded with one of them counts in no figure. */
export const rehearsedKey = (tenant: string): string => stateKey(tenant, 'rehearsed')

/** The one rehearsal of a tenant (`ponte rehearse`). */
export function createRehearsals(redis: RedisClient, tenant: string, fingerprint: Fingerprint) {
  const key = stateKey(tenant, 'rehearsal')
  return {
    /** Undefined when none is under way, or its state has another form. */
    async read(): Promise<RehearsalState | undefined> {
      const text = await redis.get(key)
      return text === null ? undefined : rehearsalState.safeParse(parseJson(text)).data
    },
    async write(state: RehearsalState): Promise<void> {
      await redis.set(key, JSON.stringify(state), 'EX', KEEP_S)
    },
    /** The run is over. What still comes of its person counts in no figure all the same. */
    async end(): Promise<void> {
      await redis.del(key)
    },
    /** From now on what belongs to these e-mails and opportunities counts in no figure. */
    async leaveOut(identities: readonly string[]): Promise<void> {
      const indexes = identities.map(identity => stateKey(tenant, 'timelines', fingerprint(identity)))
      await leaveOut(redis, [rehearsedKey(tenant), ...indexes], [KEEP_S, stateKey(tenant, 'timeline', 'any')])
    },
  }
}
