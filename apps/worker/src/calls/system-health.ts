import type { System } from '@ponte/contracts'
import {
  type Clock,
  createTenantMode,
  type HealthReading,
  type ModeRecord,
  readHealth,
  startStopwatch,
  systemClock,
  type TenantHealth,
  type RedisClient,
} from '@ponte/state'

/** A breaker that another process opened is noticed at the latest after this time and one round trip to Redis. */
const MAX_AGE_MS = 50

export interface SystemHealthOptions {
  readonly redis: RedisClient
  readonly tenant: string
  /** Fingerprints of the credentials that this process logs in with. */
  readonly credentials: Readonly<Record<System, string>>
  /** The mode of the settings. It counts until Redis has said another. */
  readonly mode?: ModeRecord['mode']
  /** For tests. */
  readonly clock?: Clock
}

interface Asked {
  readonly ageMs: () => number
  /** How often the answers of each system had been discarded when Redis was asked. */
  readonly invalidations: Readonly<Record<System, number>>
  readonly answer: Promise<TenantHealth>
  /** Set when the mode was asked for. */
  mode?: Promise<ModeRecord>
}

/**
 * Tells all runs of this process what blocks calls to a tenant's systems (docs/behaviour/calls.md#circuit-breaker). The runs share one answer of
 * Redis, so that not every call has to ask. While a system is healthy, they ask nothing else.
 */
export function createSystemHealth({
  redis,
  tenant,
  credentials,
  mode: settingsMode = 'live',
  clock = systemClock,
}: SystemHealthOptions) {
  const tenantMode = createTenantMode(redis, tenant)
  let lastMode: ModeRecord = { mode: settingsMode, since: 0 }
  let invalidations: Readonly<Record<System, number>> = { 'totvs-crm': 0, 'rd-station': 0 }
  let last: Asked | undefined

  function ask(): Asked {
    const asked: Asked = { ageMs: startStopwatch(clock), invalidations, answer: readHealth(redis, tenant, credentials) }
    last = asked
    asked.answer.catch(() => {
      if (last === asked) last = undefined
    })
    return asked
  }

  return {
    /** What Redis says of a system; `undefined` when a call of this process failed while Redis was asked. */
    async peek(system: System): Promise<HealthReading | undefined> {
      const isFresh = (asked: Asked): boolean => asked.invalidations[system] === invalidations[system]
      const asked = last !== undefined && last.ageMs() < MAX_AGE_MS && isFresh(last) ? last : ask()
      const found = await asked.answer
      return isFresh(asked) ? found[system] : undefined
    },

    /**
     * The mode that Redis holds. A Redis that came back empty gets the one that this process knew last, so that no shadow ends unnoticed.
     */
    async mode(): Promise<ModeRecord> {
      const asked = last !== undefined && last.ageMs() < MAX_AGE_MS ? last : ask()
      const declareAgain = (): Promise<ModeRecord> => tenantMode.declare(lastMode.mode, { onlyIfMissing: true })
      asked.mode ??= asked.answer.then(({ mode }) => mode ?? declareAgain())
      return (lastMode = await asked.mode)
    },
    /** As `mode` or `declareMode` last found it. Before that, the mode of the settings. */
    lastMode: (): ModeRecord => lastMode,
    /** Tells Redis the mode of the settings (`TenantMode.declare`). Call it when the process starts. */
    async declareMode(): Promise<ModeRecord> {
      lastMode = await tenantMode.declare(settingsMode)
      last = undefined
      return lastMode
    },
    /** Discards the last answer. Call it before a failure is reported to Redis, so that no call is made meanwhile, and again after it. */
    invalidate(system: System): void {
      invalidations = { ...invalidations, [system]: invalidations[system] + 1 }
    },
  }
}
