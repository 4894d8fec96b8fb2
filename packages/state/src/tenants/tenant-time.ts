import { HOUR_MS } from '@ponte/contracts'
import { z } from 'zod'
import { onConnected, type RedisClient } from '../redis/redis-client.ts'
import { stateKey } from '../redis/keys.ts'
import { loadScript } from '../redis/load-script.ts'
import { type Member, membersOf, type Reading, readMembers, readTexts } from '../redis/step.ts'

const keepTime = loadScript(import.meta.dirname, 'keep-time.lua')

const AGAIN_MS = 500
const KEEP_EVERY_MS = HOUR_MS
/** A shorter time, or one that a reconcile looks back over, is an outage: what it has missed is made up for. */
const AWAY_AFTER_HOURS = 7 * 24
const MAX_ABSENCES = 20

/** When Ponte has worked for a tenant with this Redis. Times are milliseconds since 1970. */
export interface TenantTime {
  /** The first process that asked has decided it. */
  readonly start: number
  /** When no process served the tenant, oldest first. See docs/behaviour/marks.md#opportunities-from-before-ponte. */
  readonly absences: readonly { readonly from: number; readonly until: number }[]
}

/** Whether something that happened at this time, in milliseconds since 1970, was Ponte's to do. */
export const wasServed = ({ start, absences }: TenantTime, at: number): boolean =>
  at >= start && !absences.some(({ from, until }) => at > from && at < until)

/** Since when Ponte has worked for the tenant without an absence. */
export const servedSince = ({ start, absences }: TenantTime): number => absences.at(-1)?.until ?? start

interface NamedTenant {
  readonly name: string
  readonly settings: { readonly reconcile?: { readonly lookbackHours: number } | undefined }
}

const answer = z.tuple([z.string(), z.array(z.string())])

/** For a process that serves the tenant: from now on it is not away. */
export async function readTenantTime(redis: RedisClient, { name, settings }: NamedTenant): Promise<TenantTime> {
  const hours = Math.max(AWAY_AFTER_HOURS, settings.reconcile?.lookbackHours ?? 0)
  const keys = [stateKey(name, 'start'), stateKey(name, 'served'), stateKey(name, 'absences')]
  const [start, flat] = answer.parse(await keepTime(redis, keys, [hours * HOUR_MS, MAX_ABSENCES]))
  return toTime(start, membersOf(flat))
}

/** The same as a part of a step. Undefined until a process has called `readTenantTime`. */
export function tenantTimeOf(tenant: string): Reading<TenantTime | undefined> {
  const start = readTexts([stateKey(tenant, 'start')], ([text]) => text)
  const absences = readMembers([stateKey(tenant, 'absences')], ([members = []]) => members)
  return {
    parts: [...start.parts, ...absences.parts],
    parse([first, second]) {
      const text = start.parse([first])
      return text === undefined ? undefined : toTime(text, absences.parse([second]))
    },
  }
}

/** An absence has as member when the tenant was served last, to the hour, and as score when it was served again. */
const toTime = (start: string, absences: readonly Member[]): TenantTime => ({
  start: Number(start),
  absences: absences.map(({ member, score }) => ({ from: Number(member) + KEEP_EVERY_MS, until: score })),
})

/**
 * Keeps the time of every tenant as soon as Redis answers, also of those that are added later, again after each new connection (a Redis
 * that came back empty begins a new time), and every hour.
 */
export function keepTenantTimes(
  redis: RedisClient,
  tenants: {
    current(): readonly NamedTenant[]
    onChange(listener: (change: { readonly added: readonly NamedTenant[] }) => void): void
  },
): void {
  const keep = (tenant: NamedTenant): void => {
    // Tried until it succeeds: an opportunity from before a start that is kept late would be adopted, and its marks never made.
    void readTenantTime(redis, tenant).catch(() =>
      setTimeout(() => redis.status === 'ready' && keep(tenant), AGAIN_MS).unref(),
    )
  }
  const keepAll = (): void => tenants.current().forEach(keep)
  onConnected(redis, keepAll)
  tenants.onChange(({ added }) => redis.status === 'ready' && added.forEach(keep))
  setInterval(() => redis.status === 'ready' && keepAll(), KEEP_EVERY_MS).unref()
}
