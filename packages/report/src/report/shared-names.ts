import { type Figures, otherText, sumFigures } from '@ponte/state'

/** What is counted by texts that others wrote. */
const freeTexts = ['sources', 'identifiers', 'lossReasons'] as const
type FreeText = (typeof freeTexts)[number]

/** So many events share a text that is no single person's. */
const LEAST_SHARED = 5

/**
 * The figures without texts that may name a person: the identifier of a conversion, its source and the reason of a loss are written by
 * anybody. Only those that at least five events share, over all of these parts of time, stay; the others are counted together.
 */
export function onlySharedNames<Span extends { readonly figures: Figures }>(spans: readonly Span[]): readonly Span[] {
  const total = sumFigures(spans.map(({ figures }) => figures))
  const folded = (figures: Figures, kind: FreeText): Figures[FreeText] => {
    const entries = Object.entries(figures[kind])
    const shared = entries.filter(([name]) => name !== otherText && (total[kind][name] ?? 0) >= LEAST_SHARED)
    const others = sumOf(entries) - sumOf(shared)
    return Object.fromEntries(others > 0 ? [...shared, [otherText, others]] : shared)
  }
  return spans.map(span => ({
    ...span,
    figures: {
      ...span.figures,
      ...Object.fromEntries(freeTexts.map(kind => [kind, folded(span.figures, kind)])),
    },
  }))
}

const sumOf = (entries: readonly (readonly [string, number])[]): number =>
  entries.reduce((sum, [, count]) => sum + count, 0)
