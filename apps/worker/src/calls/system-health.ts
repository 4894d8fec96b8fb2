import type { System } from '@ponte/contracts'
import { findTrouble, type Trouble } from '@ponte/state'
import type { Redis } from 'ioredis'

/** A breaker that another process opened is noticed at the latest after this time. */
const MAX_AGE_MS = 50

export interface SystemHealthOptions {
  readonly redis: Redis
  readonly tenant: string
  /** Fingerprints of the credentials that this process logs in with. */
  readonly credentials: Readonly<Record<System, string>>
  /** Milliseconds, for tests. */
  readonly now?: () => number
}

interface Asked {
  readonly at: number
  /** How often trouble had been met with each system. */
  readonly troubles: Readonly<Record<System, number>>
  readonly answer: Promise<Readonly<Record<System, Trouble>>>
}

/**
 * What stands against calls to the systems of a tenant, for all runs of this process (docs/behaviour.md#circuit-breaker). They share one
 * look at Redis, so that not every call has to ask. While a system is healthy, that is all they ask.
 */
export function createSystemHealth({ redis, tenant, credentials, now = () => performance.now() }: SystemHealthOptions) {
  let troubles: Readonly<Record<System, number>> = { 'totvs-crm': 0, 'rd-station': 0 }
  let last: Asked | undefined

  function ask(): Asked {
    const asked: Asked = { at: now(), troubles, answer: findTrouble(redis, tenant, credentials) }
    last = asked
    asked.answer.catch(() => {
      if (last === asked) last = undefined
    })
    return asked
  }

  return {
    /** What Redis says of a system; `undefined` when this process met trouble with it while Redis was asked. */
    async peek(system: System): Promise<Trouble | undefined> {
      const isFresh = (asked: Asked): boolean => asked.troubles[system] === troubles[system]
      const asked = last !== undefined && now() - last.at < MAX_AGE_MS && isFresh(last) ? last : ask()
      const found = await asked.answer
      return isFresh(asked) ? found[system] : undefined
    },

    /**
     * What Redis said of the system before no longer holds. To be called before trouble is reported to Redis, so that no call is made
     * while the report is on its way, and after it.
     */
    metTrouble(system: System): void {
      troubles = { ...troubles, [system]: troubles[system] + 1 }
    },
  }
}
