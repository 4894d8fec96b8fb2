import { foldedWords } from '../masking/vocabulary.ts'

/** How a cause stands: how many events have failed for it, and what the other system answers, without what differs from event to event. */
export interface CauseShape {
  readonly count: number
  readonly shapes: readonly string[]
}

/** A masked answer without numbers, ids and what was masked: answers of the same shape say the same. */
export const answerShape = (answer: string): string =>
  foldedWords(answer.replaceAll('***', ' '))
    .filter(word => !/\d/.test(word))
    .join(' ')

/** Has a cause changed since then (`count`: the fewest since): twice as many events have failed, or the other system says something else? */
export const hasChanged = (then: CauseShape, now: CauseShape): boolean =>
  now.count >= 2 * Math.max(1, then.count) || now.shapes.some(shape => !then.shapes.includes(shape))
