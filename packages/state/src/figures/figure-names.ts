import { type Figures, finalOutcomes } from './figures.ts'
import type { OpenKind } from './open-text.ts'

/** The name of a figure in the hashes of its hour and its day: its kind, then what it counts. */
export const figureName = {
  received: (event: string): string => `received:${event}`,
  ended: (event: string, outcome: string, code: string): string => `ended:${event}:${outcome}:${code}`,
  firstTry: 'first-try:',
  time: (bucket: number): string => `time:${bucket}`,
  lead: (what: keyof Figures['leads']): string => `lead:${what}`,
  defaultUser: 'default-user:',
  opportunity: 'opportunity:',
  mark: (mark: keyof Figures['marks']): string => `mark:${mark}`,
  saleCents: 'sale-cents:',
  call: (kind: keyof Figures['calls']): string => `call:${kind}`,
  open: (kind: OpenKind, text: string): string => `${kind}:${text}`,
} as const

/** Names and counts of one hash, of several hashes, or of what is to be added to one. */
export type NamedCounts = ReadonlyMap<string, number>

/** The figures that stand in hashes. Names of other versions are passed over. */
export function toFigures(counts: NamedCounts): Figures {
  const of = (name: string): number => counts.get(name) ?? 0
  const kinds = Map.groupBy(
    [...counts].map(([name, count]) => ({ kind: kindOf(name), rest: name.slice(kindOf(name).length + 1), count })),
    ({ kind }) => kind,
  )
  const each = (kind: string): readonly (readonly [string, number])[] =>
    (kinds.get(kind) ?? []).map(({ rest, count }) => [rest, count])
  return {
    received: Object.fromEntries(each('received')),
    ended: each('ended').flatMap(([rest, count]) => toEnded(rest, count)),
    firstTry: of(figureName.firstTry),
    times: new Map(each('time').map(([bucket, count]) => [Number(bucket), count])),
    leads: { created: of(figureName.lead('created')), updated: of(figureName.lead('updated')) },
    sources: Object.fromEntries(each('source')),
    identifiers: Object.fromEntries(each('identifier')),
    defaultUser: of(figureName.defaultUser),
    opportunities: of(figureName.opportunity),
    marks: {
      opportunity: of(figureName.mark('opportunity')),
      sale: of(figureName.mark('sale')),
      loss: of(figureName.mark('loss')),
    },
    saleCents: of(figureName.saleCents),
    lossReasons: Object.fromEntries(each('reason')),
    calls: {
      contacts: of(figureName.call('contacts')),
      events: of(figureName.call('events')),
      crm: of(figureName.call('crm')),
    },
  }
}

const kindOf = (name: string): string => name.slice(0, Math.max(0, name.indexOf(':')))

function toEnded(rest: string, count: number): Figures['ended'] {
  const [event = '', outcomeText, code = ''] = rest.split(':')
  const outcome = finalOutcomes.find(each => each === outcomeText)
  if (outcome === undefined) return []
  return [{ event, outcome, ...(code !== '' && { code }), count }]
}
