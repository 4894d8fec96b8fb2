import type { KeptKey } from './kept-keys.ts'
import type { Written } from './write-everything.ts'
import { uuid } from './writer.ts'

/** Stands for the time at which a fixture was written. */
const WRITTEN_AT = Date.parse('2026-01-03T12:00:00.000Z')
/** What is written ahead: when a pause ends, for example. */
const AHEAD_MS = 900_000
const DAY_MS = 24 * 3_600_000
/** BullMQ orders jobs that are delayed by the milliseconds at which they are due, times this. */
const DUE_FACTOR = 4096
const randomUuid = /(?<![\da-f])[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}/g

/** Puts fixed texts in place of those that are other ones in each writing, so that what changes in a fixture is what Ponte changed. */
export function toFixture(
  kept: readonly KeptKey[],
  { now, names }: Pick<Written<unknown>, 'now' | 'names'>,
): readonly KeptKey[] {
  const spans = [13, 10].map(length => [iso(now).slice(0, length), iso(WRITTEN_AT).slice(0, length)] as const)
  const days = [now, WRITTEN_AT].map(time => String(Math.floor(time / DAY_MS)))
  const isNow = (time: number): boolean => time >= now && time < now + AHEAD_MS
  const uuids = new Map<string, string>()
  const fixUuid = (found: string): string => {
    if (found === uuid) return found
    const instead = uuids.get(found) ?? `00000000-0000-4000-8000-${String(uuids.size + 1).padStart(12, '0')}`
    uuids.set(found, instead)
    return instead
  }
  const fixed = (text: string): string => {
    const timeless = text
      .replaceAll(randomUuid, fixUuid)
      .replaceAll(/(?<!\d)\d{13}(?:\.\d+)?(?!\d)/g, time => (isNow(Number(time)) ? String(WRITTEN_AT) : time))
      .replaceAll(/^\d{16}$/g, due => (isNow(Number(due) / DUE_FACTOR) ? String(WRITTEN_AT * DUE_FACTOR) : due))
      .replaceAll(
        new RegExp(String.raw`^${days[0]}:(${days[0]})?$`, 'g'),
        (_, last) => `${days[1]}:${last ? days[1] : ''}`,
      )
    return [...spans, ...names].reduce((result, [found, instead]) => result.replaceAll(found, instead), timeless)
  }
  const entries = kept.map(entry => fixEntry(entry, fixed))
  const left = JSON.stringify(entries).match(new RegExp(`${Math.floor(now / 1_000_000)}\\d{7}`))
  if (left !== null) throw new Error(`the time of the writing is left: ${left[0]}. Write it again`)
  return entries.toSorted((one, other) => (one.key < other.key ? -1 : 1))
}

const iso = (time: number): string => new Date(time).toISOString()

function fixEntry(entry: KeptKey, fixed: (text: string) => string): KeptKey {
  const key = fixed(entry.key)
  switch (entry.type) {
    case 'string':
      return { ...entry, key, value: fixed(entry.value) }
    case 'hash':
      return {
        ...entry,
        key,
        value: Object.fromEntries(Object.entries(entry.value).map(([name, value]) => [fixed(name), fixed(value)])),
      }
    case 'list':
    case 'set':
      return { ...entry, key, value: entry.value.map(fixed) }
    case 'zset':
      return {
        ...entry,
        key,
        value: entry.value.map(([member, score]): [string, string] => [fixed(member), fixed(score)]),
      }
    case 'stream':
      // Ids of entries differ, also when their times do not.
      return {
        ...entry,
        key,
        value: entry.value.map(([, fields], index): [string, string[]] => [
          `${WRITTEN_AT}-${index}`,
          fields.map(fixed),
        ]),
      }
  }
}
