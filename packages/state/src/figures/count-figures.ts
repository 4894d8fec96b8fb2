import { readFileSync } from 'node:fs'
import path from 'node:path'
import { dayKey, hourKey, hourOf, type Calendar } from './figure-keys.ts'
import {
  figureName,
  type NamedCounts,
  type Figures,
  type FinalOutcome,
  bucketOf,
  openKinds,
  type OpenKind,
} from './figures.ts'
import { normalForm } from '@ponte/contracts'

/** Texts of each kind that are counted by name in an hour or a day. Further texts are counted together, as `otherText`. */
const MAX_TEXTS = 100

const MAX_CHARACTERS = 100
/** In UTF-16 units. A longer text is no real name of a source, a conversion or a reason. */
const MAX_COUNTED = 1000

/** The name for all texts that are not counted by themselves. Empty, because no real text is. */
export const otherText = ''

/**
 * The name under which a text is counted, normalised and cut. A text that may hold an e-mail or a phone becomes `otherText`, because
 * figures outlive what is erased.
 */
export function toOpenText(text: string): string {
  // Do not cut it before the check: the cut could hide that it ends in an e-mail or a phone.
  if (text.length > MAX_COUNTED) return otherText
  const plain = normalForm(text, 'NFKC')
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
  return isOfPerson(plain) ? otherText : cut(plain)
}

/** The text that a figure of one of these kinds is counted by; undefined for a figure of Ponte's own words. */
export function openTextOf(figure: string): string | undefined {
  const kind = openKinds.find(each => figure.startsWith(`${each}:`))
  return kind === undefined ? undefined : figure.slice(kind.length + 1)
}

/** Asked before the text is cut, because half of an e-mail or a phone looks like neither. `%40` is an `@` in a URL. */
const isOfPerson = (text: string): boolean => /@|%40/i.test(text) || (text.match(/\p{N}/gu) ?? []).length >= 8

/** Never within a character of two UTF-16 units. */
const cut = (text: string): string =>
  new RegExp(String.raw`^.{0,${MAX_CHARACTERS}}`, 'su').exec(text)?.[0].trim() ?? otherText

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
