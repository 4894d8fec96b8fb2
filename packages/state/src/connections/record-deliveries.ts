import type { System } from '@ponte/contracts'
import { loadScript } from '../redis/load-script.ts'
import type { RedisClient } from '../redis/redis-client.ts'
import { KEEP_S, lastKey, MANY_REFUSED, MANY_WITHIN_MS, refusedKey, type RefusalReason } from './last-times.ts'

/** A process that is killed loses what it has counted for so long. */
const EVERY_MS = 10_000
/** By then every process has written what it accepted. */
const CERTAIN_MS = 3 * EVERY_MS
/** Somebody who guesses beside a source that rarely delivers is announced at most this often. */
const CALM_MS = MANY_WITHIN_MS
const KEEP_REFUSED_S = 7 * 24 * 3600

const record = loadScript(import.meta.dirname, 'record-deliveries.lua')

/** What became of the deliveries of one source, since it was last written. Times are those of a clock that is never adjusted. */
interface Counted {
  readonly tenant: string
  readonly source: System
  acceptedAt?: number
  deliveredAt?: number
  /** Those after the last accepted one. */
  refused: Refused | undefined
}

interface Refused {
  readonly firstAt: number
  readonly reasons: ReadonlyMap<RefusalReason, number>
  /** When the last `MANY_REFUSED` came. */
  readonly recent: readonly number[]
}

export interface DeliveryRecorder {
  /** An authentic delivery was accepted. `isEvent`: it was not empty, nor an activity that Ponte ignores. */
  accepted(tenant: string, source: System, of: { readonly isEvent: boolean }): void
  /** `tenant` must be one of the tenants file: its name becomes a part of a key. */
  refused(tenant: string, source: System, reason: RefusalReason): void
  /** Writes the rest. */
  close(): Promise<void>
}

/**
 * Records when each source last delivered, and which deliveries were refused since. One for each process: it counts in memory, and writes
 * at once or at most every `everyMs`, one step for each source that delivered something. An accepted delivery where a refusal stands is
 * written at once: pages say that none was accepted since. What Redis does not take is written the next time,
 * and counted twice where only the answer was lost.
 */
export function createDeliveryRecorder(
  redis: RedisClient,
  { everyMs = EVERY_MS, now = () => performance.now() } = {},
): DeliveryRecorder {
  let counted = new Map<string, Counted>()
  let timer: NodeJS.Timeout | undefined
  let writtenAt = -Infinity
  let writing = Promise.resolve()
  /** Sources of which refused deliveries stood when they were written last. */
  const refusing = new Set<string>()

  function of(tenant: string, source: System): Counted {
    timer ??= setTimeout(begin, Math.max(0, writtenAt + everyMs - now())).unref()
    const key = keyOf(tenant, source)
    const found = counted.get(key) ?? { tenant, source, refused: undefined }
    counted.set(key, found)
    return found
  }

  function begin(): void {
    writing = Promise.all([writing, write()]).then(() => undefined)
  }

  function writeEnd(key: string): void {
    if (refusing.delete(key)) begin()
  }

  async function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writtenAt = now()
    const all = counted
    counted = new Map()
    await Promise.all(
      [...all].map(async ([key, each]) => {
        try {
          if ((await record(redis, keysOf(each), argumentsOf(each, now()))) === 1) refusing.add(key)
          else refusing.delete(key)
          if (counted.get(key)?.acceptedAt !== undefined) writeEnd(key)
        } catch {
          join(each, of(each.tenant, each.source))
        }
      }),
    )
  }

  return {
    accepted(tenant, source, { isEvent }) {
      const all = of(tenant, source)
      all.acceptedAt = now()
      if (isEvent) all.deliveredAt = all.acceptedAt
      all.refused = undefined
      writeEnd(keyOf(tenant, source))
    },
    refused(tenant, source, reason) {
      const all = of(tenant, source)
      const at = now()
      all.refused = addUp(all.refused, { firstAt: at, reasons: new Map([[reason, 1]]), recent: [at] })
    },
    async close() {
      await writing
      await write()
      clearTimeout(timer)
    },
  }
}

const keyOf = (tenant: string, source: System): string => `${tenant} ${source}`

/** Adds what could not be written to what came since. */
function join(earlier: Counted, later: Counted): void {
  if (later.acceptedAt === undefined) later.refused = addUp(earlier.refused, later.refused)
  const { acceptedAt = earlier.acceptedAt, deliveredAt = earlier.deliveredAt } = later
  if (acceptedAt !== undefined) later.acceptedAt = acceptedAt
  if (deliveredAt !== undefined) later.deliveredAt = deliveredAt
}

function addUp(earlier: Refused | undefined, later: Refused | undefined): Refused | undefined {
  if (earlier === undefined || later === undefined) return earlier ?? later
  const reasons = new Map(earlier.reasons)
  for (const [reason, count] of later.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + count)
  return { firstAt: earlier.firstAt, reasons, recent: [...earlier.recent, ...later.recent].slice(-MANY_REFUSED) }
}

const keysOf = ({ tenant, source }: Counted): readonly string[] => [
  refusedKey(tenant, source),
  lastKey(tenant, 'delivery', source),
]

function argumentsOf({ acceptedAt, deliveredAt, refused }: Counted, now: number): readonly (string | number)[] {
  const age = (at: number | undefined): string | number => (at === undefined ? '' : Math.max(0, Math.round(now - at)))
  const reasons = [...(refused?.reasons ?? [])]
  return [
    ...[KEEP_REFUSED_S, KEEP_S, EVERY_MS, CERTAIN_MS, CALM_MS, MANY_REFUSED, MANY_WITHIN_MS],
    ...[age(acceptedAt), age(deliveredAt), age(refused?.firstAt), reasons.length],
    ...reasons.flat(),
    ...(refused?.recent ?? []).map(age),
  ]
}
