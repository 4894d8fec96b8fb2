import { type Language, type Texts, textIn } from '@ponte/contracts'
import {
  countDelivered,
  countEnded,
  type Counts,
  countRemoved,
  failuresByCode,
  type Figures,
  otherText,
  quantileMs,
  quarantinedByCode,
} from '@ponte/state'
import { formatFigure, type Unit } from './format-figure.ts'

/** A part of time, with what was counted in it. */
export interface MeasuredSpan {
  readonly figures: Figures
  /** How many calls each quota of RD Station allowed in it. */
  readonly quotaCalls: number
}

/** One number of a part of time. Undefined when there is none, such as the median of nothing. */
export interface Measure extends Texts {
  readonly unit: Unit
  readonly of: (span: MeasuredSpan) => number | undefined
}

/** Counts by names: Ponte's own codes, or texts of others. All texts after the first hundred are counted together. */
export interface Breakdown extends Texts {
  readonly of: (figures: Figures) => Counts
}

const sum = (counts: Counts): number => Object.values(counts).reduce((before, count) => before + count, 0)

/** A share of nothing does not exist. */
const shareOf = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole)

const count = (en: string, pt: string, of: (figures: Figures) => number): Measure => ({
  unit: 'count',
  en,
  pt,
  of: ({ figures }) => of(figures),
})
const share = (en: string, pt: string, of: (figures: Figures) => number | undefined): Measure => ({
  unit: 'share',
  en,
  pt,
  of: ({ figures }) => of(figures),
})
const time = (en: string, pt: string, quantile: number): Measure => ({
  unit: 'time',
  en,
  pt,
  of: ({ figures }) => quantileMs(figures.times, quantile),
})
const quota = (en: string, pt: string, name: 'contacts' | 'events'): Measure => ({
  unit: 'share',
  en,
  pt,
  of: ({ figures, quotaCalls }) => figures.calls[name] / quotaCalls,
})

/** Every number of a report, in the order in which it prints them. `--json` and the address of a CSV use these names. */
const table = {
  leadsCreated: count('Leads created', 'Leads criados', ({ leads }) => leads.created),
  leadsUpdated: count('Leads updated', 'Leads atualizados', ({ leads }) => leads.updated),
  defaultUser: count(
    'Leads given to the default user',
    'Leads que ficaram com o usuário padrão',
    ({ defaultUser }) => defaultUser,
  ),
  opportunities: count('Opportunities opened', 'Oportunidades abertas', ({ opportunities }) => opportunities),
  opportunityRate: share('Opportunities per lead', 'Oportunidades por lead', ({ opportunities, leads }) =>
    shareOf(opportunities, leads.created),
  ),
  sales: count('Sales', 'Vendas', ({ marks }) => marks.sale),
  saleRate: share('Sales per opportunity', 'Vendas por oportunidade', ({ marks, opportunities }) =>
    shareOf(marks.sale, opportunities),
  ),
  saleValue: {
    unit: 'money',
    en: 'Value of the sales',
    pt: 'Valor das vendas',
    of: ({ figures }) => figures.saleCents,
  },
  averageValue: {
    unit: 'money',
    en: 'Average value of a sale',
    pt: 'Valor médio de uma venda',
    of: ({ figures }) => shareOf(figures.saleCents, figures.marks.sale),
  },
  losses: count('Losses', 'Perdas', ({ marks }) => marks.loss),
  delivered: count('Events delivered', 'Eventos entregues', countDelivered),
  failures: count('Events that failed', 'Eventos com falha', figures => sum(failuresByCode(figures))),
  quarantined: count('Deliveries in quarantine', 'Entregas na quarentena', figures => sum(quarantinedByCode(figures))),
  removed: count('Failed and removed', 'Com falha e removidos', countRemoved),
  firstAttempt: share('Delivered at the first attempt', 'Entregues na primeira tentativa', figures =>
    shareOf(figures.firstTry, countEnded(figures)),
  ),
  medianTime: time('Time to the destination, median', 'Tempo até chegar ao destino, mediana', 0.5),
  p95Time: time('Time to the destination, 95% within', 'Tempo até chegar ao destino, 95% em até', 0.95),
  contactsQuota: quota('RD Station quota used, contacts', 'Cota do RD Station usada, contatos', 'contacts'),
  eventsQuota: quota('RD Station quota used, events', 'Cota do RD Station usada, eventos', 'events'),
  crmCalls: count('Calls to TOTVS CRM', 'Chamadas ao TOTVS CRM', ({ calls }) => calls.crm),
} satisfies Record<string, Measure>

export type MeasureName = keyof typeof table
export const measures: Readonly<Record<MeasureName, Measure>> = table
export const measureNames = Object.keys(table).filter((name): name is MeasureName => Object.hasOwn(table, name))

/** Every number that a report splits by names, in the order in which it prints them. */
const splits = {
  conversionsBySource: { en: 'Conversions by source', pt: 'Conversões por origem', of: ({ sources }) => sources },
  conversionsByIdentifier: {
    en: 'Conversions by identifier',
    pt: 'Conversões por identificador',
    of: ({ identifiers }) => identifiers,
  },
  lossesByReason: { en: 'Losses by reason', pt: 'Perdas por motivo', of: ({ lossReasons }) => lossReasons },
  failuresByCode: { en: 'Failures by cause', pt: 'Falhas por causa', of: failuresByCode },
  quarantinedByCode: { en: 'Quarantine by cause', pt: 'Quarentena por causa', of: quarantinedByCode },
} satisfies Record<string, Breakdown>

export type BreakdownName = keyof typeof splits
export const breakdowns: Readonly<Record<BreakdownName, Breakdown>> = splits
export const breakdownNames = Object.keys(splits).filter((name): name is BreakdownName => Object.hasOwn(splits, name))

export type FigureName = MeasureName | BreakdownName
export const figureNames: readonly FigureName[] = [...measureNames, ...breakdownNames]

/** What the leads brought, and nothing of how the bridge works: the figures of Results, and all that a manager gets. */
export const resultFigures = [
  ...(['leadsCreated', 'defaultUser', 'opportunities', 'opportunityRate', 'sales', 'saleRate'] as const),
  ...(['saleValue', 'averageValue', 'losses'] as const),
  ...(['conversionsBySource', 'conversionsByIdentifier', 'lossesByReason'] as const),
] satisfies readonly FigureName[]

/** A number of a part of time as people read it, or a dash when there is none. */
export const shownFigure = (name: MeasureName, span: MeasuredSpan, language: Language): string =>
  shownValue(name, measures[name].of(span), language)

/** The same of a number that is known already. */
export const shownValue = (name: MeasureName, value: number | undefined, language: Language): string =>
  value === undefined ? '–' : formatFigure(value, measures[name].unit, language)

/** How a number has changed, as people read it: `+12%`, of a share in points. Undefined where there is nothing to compare with. */
export function shownChange(
  name: MeasureName,
  { now, before }: { readonly now: MeasuredSpan; readonly before: MeasuredSpan },
  language: Language,
): string | undefined {
  const { of, unit } = measures[name]
  const [value, former] = [of(now), of(before)]
  if (value === undefined || former === undefined || (former === 0 && unit !== 'share')) return undefined
  const format = (change: number, options: Intl.NumberFormatOptions): string =>
    new Intl.NumberFormat(language, { signDisplay: 'exceptZero', ...options }).format(change)
  if (unit !== 'share') return format(value / former - 1, { style: 'percent', maximumFractionDigits: 0 })
  return `${format((value - former) * 100, { maximumFractionDigits: 1 })} ${textIn(points, language)}`
}

const points: Texts = { en: 'points', pt: 'p.p.' }

/** The name for everything that is not counted by a name of its own. */
const others: Texts = { en: '(others)', pt: '(outros)' }

export const nameIn = (name: string, language: Language): string =>
  name === otherText ? textIn(others, language) : name
