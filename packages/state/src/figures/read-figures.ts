import type { Redis } from 'ioredis'
import { createCalendar, dayKey, hourKey, lastHours, type TimeSpan } from './figure-keys.ts'
import { type NamedCounts, toFigures } from './figure-names.ts'
import { type Figures, noFigures } from './figures.ts'

/** The last 24 hours, or the last 7 or 30 days: the hour or day that has begun is the last one. */
export const periods = ['24h', '7d', '30d'] as const
export type Period = (typeof periods)[number]

export interface FiguresOfSpan extends TimeSpan {
  readonly figures: Figures
}

export interface FigureRequest {
  readonly period: Period
  /** Milliseconds since 1970. */
  readonly now: number
  /** `BOARD_TIME_ZONE`: the days are counted in it. */
  readonly timeZone: string
}

interface StoredSpan extends TimeSpan {
  readonly keyOf: (tenant: string) => string
}

/** The figures of each of these tenants: of each hour or day of the period, oldest first, also of those in which nothing was counted. */
export async function readFigures(
  redis: Redis,
  tenants: readonly string[],
  { period, now, timeZone }: FigureRequest,
): Promise<ReadonlyMap<string, readonly FiguresOfSpan[]>> {
  return await readSpans(redis, tenants, spansOf(period, now, timeZone))
}

function spansOf(period: Period, now: number, timeZone: string): readonly StoredSpan[] {
  if (period !== '24h') return daysUntil(period === '7d' ? 7 : 30, now, timeZone)
  return lastHours(24, now).map(({ hour, ...span }) => ({ ...span, keyOf: tenant => hourKey(tenant, hour) }))
}

const daysUntil = (count: number, now: number, timeZone: string): readonly StoredSpan[] =>
  createCalendar(timeZone)
    .lastDays(count, now)
    .map(({ day, ...span }) => ({ ...span, keyOf: tenant => dayKey(tenant, day) }))

async function readSpans(
  redis: Redis,
  tenants: readonly string[],
  spans: readonly StoredSpan[],
): Promise<ReadonlyMap<string, readonly FiguresOfSpan[]>> {
  const entries = await Promise.all(
    tenants.map(async tenant => {
      const hashes = await Promise.all(spans.map(({ keyOf }) => redis.hgetall(keyOf(tenant))))
      const figures = spans.map(({ start, end }, index) => ({ start, end, figures: figuresIn(hashes[index]) }))
      return [tenant, figures] as const
    }),
  )
  return new Map(entries)
}

function figuresIn(hash: Readonly<Record<string, string>> = {}): Figures {
  const entries = Object.entries(hash)
  return entries.length === 0 ? noFigures : toFigures(namedCounts(entries))
}

const namedCounts = (entries: readonly (readonly [string, string])[]): NamedCounts =>
  new Map(entries.flatMap(([name, text]) => (/^\d+$/.test(text) ? [[name, Number(text)] as const] : [])))
