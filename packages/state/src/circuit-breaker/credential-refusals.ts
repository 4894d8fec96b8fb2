import type { FailureCode, System } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import { z } from 'zod'
import { stateKey } from '../redis/keys.ts'
import { listOf, loadScripts } from '../redis/load-script.ts'

/** What was refused. `login`: the secrets of the tenants file or of the connected account. `session`: what a login had just given. */
export type CredentialStage = 'login' | 'session'

/** A job that may find out, on behalf of all others, whether a refused credential is accepted again. */
export interface RefusalProbe {
  /** Fingerprint of the credential that this process uses. */
  readonly credential: string
  readonly jobId: string
}

/**
 * Whether the credential may be used. `degraded`: it had been refused, so report a success with `succeed`. `superseded`: another process
 * has started since with a newer credential.
 */
export type CredentialState =
  | { readonly admitted: true; readonly degraded: boolean }
  | { readonly admitted: false; readonly waitMs: number; readonly code: string; readonly superseded: boolean }

/** `counted`: other records get through with the same credential, so the job itself has failed. */
export type RefusalEffect =
  | { readonly kind: 'opened' | 'extended' | 'superseded'; readonly waitMs: number }
  | { readonly kind: 'counted' }

export interface RefusalPolicy {
  readonly probeMs: number
  readonly maxProbeMs: number
}

/** A probing job that was killed is replaced by another after this time. */
const PROBE_LIFE_MS = 30_000
/** While a job probes, the others ask again after this time. */
const PROBE_PAUSE_MS = 1000
/** A process whose credential is not the newest leaves its jobs to the others, and asks again after this time. */
const SUPERSEDED_PAUSE_MS = 1000
/** The pause grows quickly, so that only a few logins are tried: many systems lock a user after a handful. */
export const REFUSAL_GROWTH = 4
/** A refusal that ended this long ago is forgotten, and the next one begins with the shortest pause. */
const REMEMBER_MS = 3_600_000
/** A refusal stays until a success or a person ends it, or until nothing has changed it for this long. */
export const REFUSAL_KEEP_MS = 30 * 24 * 3_600_000

const script = loadScripts(import.meta.dirname, 'credential-refusals.lua')
const announce = script('announce-credential')
const ask = script('ask-credential')
const refuse = script('refuse-credential')
const accept = script('accept-credential')
const releaseProbe = script('release-credential-probe')

/** Redis key of a system's refused credentials: a hash of JSON by fingerprint. Its field `newest` names the newest credential. */
export const refusalsKey = (tenant: string, system: System): string => stateKey(tenant, 'refused', system)

/**
 * The credentials that a system refuses, each under its fingerprint, so that a changed credential is used at once. While one is refused,
 * all jobs that need it wait. One job tries it again, after growing pauses. All times are Redis's.
 */
export function createCredentialRefusals(redis: RedisClient, tenant: string, policy: RefusalPolicy) {
  const { probeMs, maxProbeMs } = policy
  const keys = (system: System): readonly string[] => [refusalsKey(tenant, system)]

  async function stateOf(system: System, probe: RefusalProbe, mayProbe: boolean): Promise<CredentialState> {
    const pauses = [PROBE_LIFE_MS, PROBE_PAUSE_MS, SUPERSEDED_PAUSE_MS, REFUSAL_KEEP_MS]
    const answer = listOf(await ask(redis, keys(system), [probe.credential, probe.jobId, mayProbe ? 1 : 0, ...pauses]))
    const [state, second, code, superseded] = answer
    if (state === 'admitted') return { admitted: true, degraded: second === 1 }
    return { admitted: false, waitMs: Number(second), code: String(code), superseded: superseded === 1 }
  }

  return {
    /** A process starts with this credential. Forgets what is known about others. True when there was something to forget. */
    async announce(system: System, credential: string): Promise<boolean> {
      return (await announce(redis, keys(system), [credential, REFUSAL_KEEP_MS])) === 1
    },
    /** May a job that needs the credential go on? It does not become the probe, because it may not log in after all. */
    peek: (system: System, probe: RefusalProbe): Promise<CredentialState> => stateOf(system, probe, false),
    /** May a job log in now? If the credential was refused, the job that is admitted becomes the probe. */
    takeProbe: (system: System, probe: RefusalProbe): Promise<CredentialState> => stateOf(system, probe, true),
    /** The system refused the credential, or the session that it had just given for it. */
    async refuse(
      system: System,
      refused: {
        readonly credential: string
        /** What the job is about (`CallFailure`). */
        readonly correlationKey: string
        readonly code: FailureCode
        readonly stage: CredentialStage
      },
    ): Promise<RefusalEffect> {
      const { credential, correlationKey, code, stage } = refused
      const pauses = [
        Math.round(probeMs),
        Math.round(maxProbeMs),
        REFUSAL_GROWTH,
        SUPERSEDED_PAUSE_MS,
        REMEMBER_MS,
        REFUSAL_KEEP_MS,
      ]
      const answer = await refuse(redis, keys(system), [credential, correlationKey, code, stage, ...pauses])
      const [kind, waitMs] = listOf(answer)
      if (kind === 'opened' || kind === 'extended' || kind === 'superseded') return { kind, waitMs: Number(waitMs) }
      return { kind: 'counted' }
    },
    /** A login (`login`), or a call with the session that it gave (`session`), got through. True when this ended a refusal. */
    async succeed(
      system: System,
      { credential, correlationKey, stage }: { credential: string; correlationKey: string; stage: CredentialStage },
    ): Promise<boolean> {
      return (await accept(redis, keys(system), [credential, correlationKey, stage, REFUSAL_KEEP_MS])) === 1
    },
    /** The probe ended without an answer about the credential: another job may ask at once. */
    async releaseProbe(system: System, { credential, jobId }: RefusalProbe): Promise<void> {
      await releaseProbe(redis, keys(system), [credential, jobId, REFUSAL_KEEP_MS])
    },
  }
}

/** The refusal of the newest credential, if there is one. What happens to an older credential no longer matters. */
export async function readRefusal(redis: RedisClient, tenant: string, system: System): Promise<Refusal | undefined> {
  const { newest, ...entries } = await redis.hgetall(refusalsKey(tenant, system))
  const texts = newest === undefined ? Object.values(entries) : [entries[newest] ?? 'null']
  const found = texts.map(text => refusal.safeParse(JSON.parse(text)).data).filter(each => each !== undefined)
  return found.toSorted((one, other) => other.since - one.since)[0]
}

/** Times in milliseconds since 1970. */
type Refusal = z.infer<typeof refusal>
const refusal = z.object({ code: z.string(), since: z.number(), until: z.number() })

/** Forgets refusals, but not which credential is the newest. True when there was a refusal. */
export async function forgetRefusals(redis: RedisClient, tenant: string, system: System): Promise<boolean> {
  const key = refusalsKey(tenant, system)
  const fields = (await redis.hkeys(key)).filter(field => field !== 'newest')
  return fields.length > 0 && (await redis.hdel(key, ...fields)) > 0
}
