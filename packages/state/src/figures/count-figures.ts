import { readFileSync } from 'node:fs'
import path from 'node:path'
import { dayKey, hourKey, hourOf, type Calendar } from './figure-keys.ts'
import { figureName, type NamedCounts } from './figure-names.ts'
import type { Figures, FinalOutcome } from './figures.ts'
import { bucketOf } from './histogram.ts'
import { MAX_TEXTS, type OpenKind, openKinds, openTextOf, toOpenText } from './open-text.ts'

const HOURS_KEPT_S = 32 * 24 * 3600
const DAYS_KEPT_S = 400 * 24 * 3600

/** Lua for the scripts that count: `count_figures(keys, bounds, counts)`. */
export const countFiguresLua = readFileSync(path.join(import.meta.dirname, 'count-figures.lua'), 'utf8')

/** Collects what one step of Ponte counts: numbers under Ponte's own names, and under texts that are cut here. */
export function createFigureCounts() {
  const counts = new Map<string, number>()
  const add = (name: string, by = 1): void => void counts.set(name, (counts.get(name) ?? 0) + by)
  const addText = (kind: OpenKind, text: string | undefined): void => {
    if (text !== undefined) add(figureName.open(kind, toOpenText(text)))
  }
  return {
    counts: counts as NamedCounts,
    ended: (event: string, outcome: FinalOutcome, code = ''): void => add(figureName.ended(event, outcome, code)),
    firstTry: (): void => add(figureName.firstTry),
    /** From the delivery of an event until it was done. */
    took: (ms: number): void => add(figureName.time(bucketOf(ms))),
    lead: (what: keyof Figures['leads']): void => add(figureName.lead(what)),
    /** Source and identifier as RD Station names them. */
    conversion({ source, identifier }: Partial<Record<'source' | 'identifier', string | undefined>>): void {
      addText('source', source)
      addText('identifier', identifier)
    },
    defaultUser: (): void => add(figureName.defaultUser),
    opportunity: (): void => add(figureName.opportunity),
    /** `cents` of a sale, `reason` of a loss. */
    mark(
      mark: keyof Figures['marks'],
      { cents = 0, reason }: { readonly cents?: number | undefined; readonly reason?: string | undefined } = {},
    ): void {
      add(figureName.mark(mark))
      if (cents > 0) add(figureName.saleCents, Math.round(cents))
      addText('reason', reason)
    },
    call: (kind: keyof Figures['calls']): void => add(figureName.call(kind)),
  }
}

export type FigureCounts = ReturnType<typeof createFigureCounts>

/** The bounds of the hashes, for the scripts. */
export const figureBounds = { lives: [HOURS_KEPT_S, DAYS_KEPT_S], most: MAX_TEXTS } as const

/** The hashes of the hour and of the day to which a time belongs. */
export const figureKeys = (tenant: string, calendar: Calendar, at: number): readonly [hour: string, day: string] => [
  hourKey(tenant, hourOf(at)),
  dayKey(tenant, calendar.dayOf(at)),
]

/** The counts in the form that the scripts take. */
const toScriptCounts = (counts: Iterable<readonly [name: string, count: number]>) =>
  [...counts].map(([name, count]) => [name, count, ...openKindOf(name)])

/** Empty for `otherText`, which needs no room among the counted texts. */
const openKindOf = (name: string): readonly OpenKind[] =>
  openKinds.filter(kind => name.startsWith(`${kind}:`) && name.length > kind.length + 1)

/** What is counted with an entry of a timeline (docs/behaviour/figures.md). */
export interface EntryFigures {
  /** What the run has done, also when it is not the last one of its job. */
  readonly counts: NamedCounts
  /** As what the event counts with this end, instead of what its last end has counted. */
  readonly ends: NamedCounts
}

/** `ends`: under Ponte's own names, how the event ended first of all. `texts`: under those of others. */
export function toScriptFigures({ counts, ends }: EntryFigures, [hour, day]: readonly string[]): string {
  const all = [...ends].toSorted(([one], [other]) => (one < other ? -1 : 1))
  const isOwn = ([name]: readonly [string, number]): boolean => openTextOf(name) === undefined
  return JSON.stringify({
    bounds: figureBounds,
    hour,
    day,
    counts: toScriptCounts(counts),
    ends: toScriptCounts(all.filter(isOwn)),
    texts: toScriptCounts(all.filter(each => !isOwn(each))),
  })
}
