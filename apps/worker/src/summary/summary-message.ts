import { type Language, textIn, type Texts } from '@ponte/contracts'
import {
  type BridgeState,
  breakdowns,
  dayAt,
  formatFigure,
  type MeasuredSpan,
  measureNames,
  type MeasureName,
  measures,
  nameIn,
  stateSentence,
} from '@ponte/operations'
import { highestFirst, type TimeSpan } from '@ponte/state'
import type { AlertMessage } from '../alerts/alert-texts.ts'

export interface SummaryFacts {
  readonly tenant: string
  readonly week: TimeSpan
  readonly figures: MeasuredSpan
  readonly before: MeasuredSpan
  /** How the tenant stands now. */
  readonly bridge: BridgeState
}

export interface SummaryTextOptions {
  readonly language: Language
  readonly timeZone: string
  readonly boardUrl: string | undefined
}

/** The measures in a summary: all of a report except the calls to TOTVS CRM, which have no quota. */
const shownMeasures = measureNames.filter(name => name !== 'crmCalls')

/** The most reasons and the most identifiers that are named. */
const MOST_NAMES = 5

const texts = {
  subject: { en: 'the week from {from} to {to}', pt: 'resumo da semana de {from} a {to}' },
  before: { en: 'the week before: {value}', pt: 'semana anterior: {value}' },
  none: { en: 'none', pt: 'nenhum' },
  now: { en: 'Now', pt: 'Agora' },
} as const satisfies Record<string, Texts>

/** The summary of a week: numbers, Ponte's own names, and names that figures are counted by. `figures`: as anybody may read them. */
export function summaryMessage(
  { tenant, week, figures, before, bridge }: SummaryFacts,
  { language, timeZone, boardUrl }: SummaryTextOptions,
): AlertMessage {
  const textOf = (text: Texts, values: Readonly<Record<string, string>> = {}): string =>
    textIn(text, language).replaceAll(/\{(\w+)\}/g, (_whole, name: string) => values[name] ?? '')
  const date = (ms: number): string =>
    new Intl.DateTimeFormat(language, {
      timeZone,
      day: '2-digit',
      month: language === 'en' ? 'short' : '2-digit',
    }).format(ms)
  const valueOf = (name: MeasureName, span: MeasuredSpan): string => {
    const value = measures[name].of(span)
    return value === undefined ? textOf(texts.none) : formatFigure(value, measures[name].unit, language)
  }
  const named = (name: keyof typeof breakdowns): readonly string[] =>
    highestFirst(breakdowns[name].of(figures.figures))
      .slice(0, MOST_NAMES)
      .map(([each, count]) => `  ${withoutLinks(nameIn(each, language))}: ${formatFigure(count, 'count', language)}`)
  const under: Partial<Record<MeasureName, readonly string[]>> = {
    leadsCreated: named('conversionsByIdentifier'),
    losses: named('lossesByReason'),
    failures: named('failuresByCode'),
  }
  const lines = shownMeasures.flatMap(name => [
    `${textOf(measures[name])}: ${valueOf(name, figures)} (${textOf(texts.before, { value: valueOf(name, before) })})`,
    ...(under[name] ?? []),
  ])
  // The last moment of the week belongs to its last day.
  const subject = `Ponte · ${tenant}: ${textOf(texts.subject, { from: date(week.start), to: date(week.end - 1) })}`
  const { headline, detail } = stateSentence(bridge, language)
  const state = `${textOf(texts.now)}: ${headline}. ${detail}`.trim()
  const days = `from=${dayAt(week.start, timeZone)}&to=${dayAt(week.end - 1, timeZone)}`
  const link = boardUrl === undefined ? [] : [`${boardUrl}/results?tenant=${tenant}&${days}`]
  return { subject, text: [subject, '', ...lines, '', state, ...link].join('\n') }
}

/**
 * Mail and chat programs turn what looks like an address into a link. Anybody may choose a conversion's identifier, so Ponte must not send
 * it as one.
 */
const withoutLinks = (text: string): string => text.replaceAll('://', '[:]//').replaceAll(/\.(?=\p{L})/gu, '[.]')
