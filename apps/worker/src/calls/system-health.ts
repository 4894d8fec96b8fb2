import type { System } from '@ponte/contracts'
import { type CallKind, findTrouble, type Trouble } from '@ponte/state'
import type { Redis } from 'ioredis'

/** A breaker that another process opened is noticed at the latest after this time. */
const MAX_AGE_MS = 50

/** What a call needs: a breaker that lets such calls through, or a credential that is not refused. */
type Need = CallKind | 'credential'

export interface SystemHealthOptions {
  readonly redis: Redis
  readonly tenant: string
  /** Fingerprints of the credentials that this process logs in with. */
  readonly credentials: Readonly<Record<System, string>>
  /** Milliseconds, for tests. */
  readonly now?: () => number
}

/**
 * Spares runs the question to Redis before each call (docs/behaviour.md#circuit-breaker). What Redis said of a healthy system to one run
 * of this process holds for all, for a moment, and until any of them meets trouble with the system.
 */
export function createSystemHealth({ redis, tenant, credentials, now = () => performance.now() }: SystemHealthOptions) {
  /** How often this process has met trouble with each system. */
  const troubles: Record<System, number> = { 'totvs-crm': 0, 'rd-station': 0 }
  const healthy = new Map<string, { readonly askedAt: number; readonly troubles: number }>()

  /** To be called before Redis is asked. The result records that Redis found nothing against such calls. */
  function asking(system: System): (need: Need) => void {
    const asked = { askedAt: now(), troubles: troubles[system] }
    return need => healthy.set(keyOf(system, need), asked)
  }

  return {
    asking,

    /** May such a call be made without asking? */
    isHealthy(system: System, need: Need): boolean {
      const known = healthy.get(keyOf(system, need))
      return known !== undefined && known.troubles === troubles[system] && now() - known.askedAt < MAX_AGE_MS
    },

    /**
     * From now on Redis is asked before each call, until it finds the system healthy. To be called before trouble is reported to Redis,
     * so that no call is made while the report is on its way, and after it.
     */
    metTrouble(system: System): void {
      troubles[system] += 1
    },

    /** Asks about all calls to these systems at once. */
    async peekAll(systems: readonly System[]): Promise<ReadonlyMap<System, Trouble>> {
      const records = systems.map(system => [system, asking(system)] as const)
      const found = await findTrouble(redis, tenant, new Map(systems.map(system => [system, credentials[system]])))
      for (const [system, isHealthy] of records) {
        const trouble = found.get(system)
        if (trouble?.isRefused === false) isHealthy('credential')
        for (const kind of ['read', 'write'] as const) if (trouble?.kinds.includes(kind) === false) isHealthy(kind)
      }
      return found
    },
  }
}

const keyOf = (system: System, need: Need): string => `${system} ${need}`
