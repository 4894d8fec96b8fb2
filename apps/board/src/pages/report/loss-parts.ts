import type { Language } from '@ponte/contracts'
import { nameIn, type TenantReport } from '@ponte/report'
import { highestFirst, otherText } from '@ponte/state'
import { type ChartPart, plainTones } from '../../charts/stacked-bars.ts'
import { reportTexts } from './texts.ts'

/** Losses of each hour or day: the most frequent reasons of the period by themselves, all others and losses without a reason as one. */
export function lossParts({ spans, total }: TenantReport, language: Language): readonly ChartPart[] {
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
