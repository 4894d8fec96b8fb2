import type { RedisClient } from '../redis/redis-client.ts'
import { LRUCache } from 'lru-cache'
import { createCalendar, type Day, dayKey, hourKey, lastHours, movesKey, type TimeSpan } from './figure-keys.ts'
import { type NamedCounts, toFigures, type Figures, noFigures } from './figures.ts'

/** The last 24 hours, or the last 7 or 30 days. The current hour or day is the last one. `periodStart` says when each begins. */
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
  /** What need not be read again. Without it everything is read. */
  readonly kept?: KeptFigures
}

/** Figures of hours and days that have ended, for a process that shows them again and again. */
export type KeptFigures = LRUCache<string, { readonly figures: Figures; readonly moves: string | null }>

/**
 * Nothing more is added to an hour or day that ended this long ago, unless Redis was away for longer. What is taken back from it changes the
 * tenant's `moves`.
 */
const CLOSED_AFTER_MS = 10 * 60_000
/** What is counted even later is seen after this time. */
const KEPT_MS = 10 * 60_000
/** Thirty days of a thousand tenants. */
const MAX_KEPT = 30_000

export const createKeptFigures = (): KeptFigures =>
  // `max` would reserve the memory for all of them at once.
  new LRUCache({ maxSize: MAX_KEPT, sizeCalculation: () => 1, ttl: KEPT_MS })

interface StoredSpan extends TimeSpan {
  readonly keyOf: (tenant: string) => string
}

/** The figures of each tenant for each hour or day of the period, oldest first. Hours and days without any count are included. */
export async function readFigures(
  redis: RedisClient,
  tenants: readonly string[],
  { period, now, timeZone, kept }: FigureRequest,
): Promise<ReadonlyMap<string, readonly FiguresOfSpan[]>> {
  return await readSpans(redis, tenants, {
    spans: spansOf(period, now, timeZone),
    closedBefore: now - CLOSED_AFTER_MS,
    kept,
  })
}

/** The figures of each tenant for each day from one to another, both as `2026-11-26` and included, oldest first. */
export async function readDays(
  redis: RedisClient,
  tenants: readonly string[],
  { from, to, now, timeZone, kept }: DaysRequest,
): Promise<ReadonlyMap<string, readonly FiguresOfSpan[]>> {
  const spans = toStored(createCalendar(timeZone).daysBetween(from, to))
  return await readSpans(redis, tenants, { spans, closedBefore: now - CLOSED_AFTER_MS, kept })
}

export interface DaysRequest extends Omit<FigureRequest, 'period'> {
  readonly from: string
  readonly to: string
}

function spansOf(period: Period, now: number, timeZone: string): readonly StoredSpan[] {
  if (period !== '24h') return toStored(createCalendar(timeZone).lastDays(period === '7d' ? 7 : 30, now))
  return lastHours(24, now).map(({ hour, ...span }) => ({ ...span, keyOf: tenant => hourKey(tenant, hour) }))
}

/** When the first hour or day of a period begins, in milliseconds since 1970. */
export const periodStart = (period: Period, { now, timeZone }: Pick<FigureRequest, 'now' | 'timeZone'>): number =>
  spansOf(period, now, timeZone)[0]?.start ?? now

const toStored = (days: readonly Day[]): readonly StoredSpan[] =>
  days.map(({ day, ...span }) => ({ ...span, keyOf: tenant => dayKey(tenant, day) }))

async function readSpans(
  redis: RedisClient,
  tenants: readonly string[],
  { spans, closedBefore, kept }: ToRead,
): Promise<ReadonlyMap<string, readonly FiguresOfSpan[]>> {
  const read = async (key: string, end: number, moves: string | null): Promise<Figures> => {
    const known = kept?.get(key)
    if (known?.moves === moves) return known.figures
    const figures = figuresIn(await redis.hgetall(key))
    if (end < closedBefore) kept?.set(key, { figures, moves })
    return figures
  }
  const entries = await Promise.all(
    tenants.map(async tenant => {
      const moves = kept === undefined ? null : await redis.get(movesKey(tenant))
      const figures = spans.map(async ({ start, end, keyOf }) => ({
        start,
        end,
        figures: await read(keyOf(tenant), end, moves),
      }))
      return [tenant, await Promise.all(figures)] as const
    }),
  )
  return new Map(entries)
}

interface ToRead {
  readonly spans: readonly StoredSpan[]
  /** Milliseconds since 1970. */
  readonly closedBefore: number
  readonly kept: KeptFigures | undefined
}

function figuresIn(hash: Readonly<Record<string, string>> = {}): Figures {
  const entries = Object.entries(hash)
  return entries.length === 0 ? noFigures : toFigures(namedCounts(entries))
}

const namedCounts = (entries: readonly (readonly [string, string])[]): NamedCounts =>
  new Map(entries.flatMap(([name, text]) => (/^\d+$/.test(text) ? [[name, Number(text)] as const] : [])))
