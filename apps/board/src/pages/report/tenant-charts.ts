import { type Language, textIn } from '@ponte/contracts'
import {
  type FigureName,
  type MeasureName,
  measures,
  nameIn,
  shownFigure,
  type TenantReport,
  type Unit,
} from '@ponte/report'
import { type ChartPart, plainTones, type TableColumn } from '../../charts/stacked-bars.ts'
import { reportTexts } from './texts.ts'
import { highestFirst, otherText } from '@ponte/state'

/** One picture of a tenant's figures by hour or day. */
export interface TenantChart {
  readonly title: string
  /** What is said instead when there is nothing to show. */
  readonly none: string
  /** What its CSV holds. */
  readonly figures: readonly FigureName[]
  readonly unit: Unit
  readonly parts: readonly ChartPart[]
  /** The columns of its table. Default: the parts. */
  readonly columns?: readonly TableColumn[]
  /** The picture reaches this value, even if no bar does. */
  readonly reach?: number
  /** The picture in words, where sums of the parts would mean nothing. */
  readonly summary?: string
  readonly hint?: string
}

/** The pictures of a tenant in the order in which they are shown. */
export function tenantCharts(own: TenantReport, language: Language): readonly TenantChart[] {
  const words = reportTexts[language]
  const nameOf = (name: MeasureName): string => textIn(measures[name], language)
  const valuesOf = (name: MeasureName): readonly number[] => own.spans.map(span => measures[name].of(span) ?? 0)
  const column = (name: MeasureName) => ({
    name: nameOf(name),
    texts: own.spans.map(span => shownFigure(name, span, language)),
  })
  const defaultUser = valuesOf('defaultUser')
  return [
    {
      title: words.leadsTitle,
      none: words.none.leads,
      figures: ['leadsCreated', 'defaultUser'],
      unit: 'count',
      parts: [
        {
          name: words.withOwner,
          tone: 'first',
          values: valuesOf('leadsCreated').map((created, index) => Math.max(0, created - (defaultUser[index] ?? 0))),
        },
        { name: words.withDefaultUser, tone: 'second', values: defaultUser },
      ],
      columns: [column('leadsCreated'), column('defaultUser')],
    },
    {
      title: nameOf('opportunities'),
      none: words.none.opportunities,
      figures: ['opportunities'],
      unit: 'count',
      parts: [{ name: nameOf('opportunities'), tone: 'first', values: valuesOf('opportunities') }],
    },
    {
      title: nameOf('saleValue'),
      none: words.none.sales,
      figures: ['sales', 'saleValue'],
      unit: 'money',
      parts: [{ name: nameOf('saleValue'), tone: 'good', values: valuesOf('saleValue') }],
      columns: [column('sales'), column('saleValue')],
    },
    {
      title: words.lossesTitle,
      none: words.none.losses,
      figures: ['losses', 'lossesByReason'],
      unit: 'count',
      parts: lossParts(own, language),
    },
    {
      title: words.quotaTitle,
      none: words.none.quota,
      figures: ['contactsQuota', 'eventsQuota'],
      unit: 'share',
      // Each quota counts its own calls. Events may have to wait for the one that is fuller, so that one is shown.
      parts: [
        {
          name: words.fullerQuota,
          tone: 'first',
          values: own.spans.map(span => Math.max(...quotas.map(name => measures[name].of(span) ?? 0))),
        },
      ],
      columns: quotas.map(column),
      reach: 1,
      summary: quotas.map(name => `${nameOf(name)} ${shownFigure(name, own.total, language)}`).join(', '),
      hint: words.quotaOf(own.callsPerMinute),
    },
  ]
}

const quotas = ['contactsQuota', 'eventsQuota'] as const

/** Losses of each hour or day: the most frequent reasons of the period by themselves, all others and losses without a reason as one. */
function lossParts({ spans, total }: TenantReport, language: Language): readonly ChartPart[] {
  const reasons = highestFirst(total.figures.lossReasons)
    .map(([reason]) => reason)
    .filter(reason => reason !== otherText)
    .slice(0, plainTones.length)
  const named = plainTones.slice(0, reasons.length).map((tone, index) => {
    const reason = reasons[index] ?? otherText
    return {
      name: nameIn(reason, language),
      tone,
      values: spans.map(({ figures }) => figures.lossReasons[reason] ?? 0),
    }
  })
  const others = spans.map(({ figures }) =>
    reasons.reduce((left, reason) => left - (figures.lossReasons[reason] ?? 0), figures.marks.loss),
  )
  if (others.every(count => count <= 0)) return named
  return [...named, { name: reportTexts[language].otherReasons, tone: 'soft', values: others }]
}
