import { readFileSync } from 'node:fs'
import path from 'node:path'
import {
  type DriftKind,
  isDriftKind,
  kindOfVersion,
  membersOf,
  readSeenText,
  type SeenMembers,
  seeMembers,
  type System,
  versionOf,
  unknownValues,
} from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import { stateKey, unkeyedHash } from '../redis/keys.ts'

/** Lua for the script that records the end of a run: `observe_drift(keys, observed)`. */
export const observeDriftLua = readFileSync(path.join(import.meta.dirname, 'observe-drift.lua'), 'utf8')

/** Deliveries of a system whose form Ponte does not know. */
export const webhookKinds = {
  'rd-station': 'rd.webhook',
  'totvs-crm': 'crm.webhook',
} as const satisfies Record<System, string>
type WebhookKind = (typeof webhookKinds)[System]
/** The same the other way round, which the compiler compares. */
export const systemOfWebhooks = {
  'rd.webhook': 'rd-station',
  'crm.webhook': 'totvs-crm',
} as const satisfies { readonly [Of in System as (typeof webhookKinds)[Of]]: Of }
type UnknownKind = DriftKind | WebhookKind

/** Something that a system changed in an answer or a webhook (docs/behaviour/operators.md#drift). Times in milliseconds since 1970. */
export type Drift =
  /** `since`: when the member was last seen. */
  | { readonly what: 'member-gone'; readonly kind: DriftKind; readonly member: string; readonly since: number }
  /** `value`: empty when there are more than are named, or when it may not be shown. */
  | {
      readonly what: 'unknown-value'
      readonly kind: UnknownKind
      readonly member: string
      readonly value: string
      readonly since: number
    }

/** An unknown value that was not seen for this long is over. */
const UNKNOWN_MS = 24 * 3600 * 1000

/** The form of codes, such as the names of a status. Anything else could be data. */
const harmless = /^[A-Z][A-Z_]{0,39}$/

const answersKey = (tenant: string, kind: DriftKind): string => stateKey(tenant, 'drift', versionOf(kind))
const foundKey = (tenant: string): string => stateKey(tenant, 'drift')

/** Enough to tell a few hundred records from each other, and too little to find one by it. */
const RECORD_CHARACTERS = 6

/** Whether a sale is told depends on these answers, so that one record, read again in each round and attempt, may not push out the others. */
const countedOnce: DriftKind = 'crm.opportunity.won'

/** What one run sees in answers and webhooks. It is written with the end of the run. */
export function createDriftObserver() {
  /** By kind and record: a run that reads a record twice sees it once. */
  const seen = new Map<string, SeenMembers & { readonly record: string }>()
  const unknown = new Map<string, readonly [name: string, value: string]>()
  const add = (found: SeenMembers | undefined, record: string): void => {
    if (found !== undefined)
      seen.set(`${found.kind} ${record}`, { ...found, record: unkeyedHash(record).slice(0, RECORD_CHARACTERS) })
  }
  const seeUnknown = (kind: UnknownKind, member: string, value: string): void => {
    const shown = harmless.test(value) ? value : ''
    unknown.set(`${kind} ${member} ${shown}`, [`${kind} ${member}`, shown])
  }
  return {
    /** `record`: what the body is about, by an id of either system or the key of an event. */
    see(kind: DriftKind, body: unknown, record: string): void {
      add(seeMembers(kind, body), record)
      for (const { member, value } of unknownValues(kind, body)) seeUnknown(kind, member, value)
    },
    /** What the ingress saw of a webhook (`toSeenText`). Anything else is ignored. */
    seeText: (text: unknown, record: string): void => add(readSeenText(text), record),
    /** A value of this member, or a form of delivery, that Ponte does not know. */
    seeUnknown,
    /** The keys and the argument of the script; nothing when nothing was seen. */
    toScript(tenant: string): { readonly keys: readonly string[]; readonly observed: string } | undefined {
      if (seen.size + unknown.size === 0) return undefined
      const byKind = [...Map.groupBy(seen.values(), ({ kind }) => kind)]
      return {
        keys: [foundKey(tenant), ...byKind.map(([kind]) => answersKey(tenant, kind))],
        observed: JSON.stringify({
          seen: byKind.map(([kind, answers], index) => [
            index + 1,
            versionOf(kind),
            membersOf(kind).length,
            answers.map(({ members, record }) => [members, record]),
            kind === countedOnce ? 1 : 0,
          ]),
          unknown: [...unknown.values()],
        }),
      }
    },
  }
}

export type DriftObserver = ReturnType<typeof createDriftObserver>

/** What has changed at both systems, for the alert, the overview and the metric. One command. What cannot be read is left out. */
export async function readDrift(redis: RedisClient, tenant: string, now: number): Promise<Drift[]> {
  const found = Object.entries(await redis.hgetall(foundKey(tenant)))
  return found.flatMap(([field, value]) => readFound(field, value, now) ?? [])
}

function readFound(field: string, value: string, now: number): Drift | undefined {
  const unknown = /^\?(?<kind>\S+) (?<member>\S+) (?<value>.*)$/u.exec(field)?.groups
  if (unknown === undefined) {
    const { version = '', bit } = /^(?<version>\S+) (?<bit>\d+)$/.exec(field)?.groups ?? {}
    const kind = kindOfVersion(version)
    const member = kind && membersOf(kind)[Number(bit)]
    if (kind === undefined || member === undefined || !/^\d+$/.test(value)) return undefined
    return { what: 'member-gone', kind, member, since: Number(value) }
  }
  const { kind = '', member = '' } = unknown
  const { first, last } = /^(?<first>\d+) (?<last>\d+)$/.exec(value)?.groups ?? {}
  if (!isUnknownKind(kind) || Number(last) <= now - UNKNOWN_MS || first === undefined) return undefined
  return { what: 'unknown-value', kind, member, value: unknown['value'] ?? '', since: Number(first) }
}

const isUnknownKind = (kind: string): kind is UnknownKind =>
  isDriftKind(kind) || Object.values(webhookKinds).some(each => each === kind)

/** How many of the newest records are asked, and how many of these must have had a member, before it is expected of a record. */
const EXPECTED_OF = 200
const EXPECTED_SHARE = 0.9

/** Whether a won opportunity is expected to have a value: nearly all of the last ones had the member. */
export async function isValueExpected(redis: RedisClient, tenant: string): Promise<boolean> {
  return isExpected(await redis.lrange(answersKey(tenant, countedOnce), 0, -1), 1)
}

/**
 * Whether nearly all of the newest records had a member, by its bit. `answers`: as the script stores them, the newest last. A record that
 * was read several times counts once. Those at the end that lack it do not count: while a member is gone, it is still expected.
 */
export function isExpected(answers: readonly string[], bit: number): boolean {
  const newest = new Map<string, boolean>()
  for (const answer of answers.toReversed()) {
    const { mask, record } = /^(?<mask>\d+) (?<record>\S*) \d+$/.exec(answer)?.groups ?? {}
    if (mask !== undefined && record !== undefined && !newest.has(record))
      newest.set(record, Math.floor(Number(mask) / bit) % 2 === 1)
  }
  const records = [...newest.values()]
  const before = records.slice(records.indexOf(true)).slice(0, EXPECTED_OF)
  const count = before.filter(Boolean).length
  return records.length >= EXPECTED_OF && count > 0 && count >= EXPECTED_SHARE * before.length
}
