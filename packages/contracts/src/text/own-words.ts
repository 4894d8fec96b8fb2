import { failures } from '../failures/failures.ts'
import { isJobName, jobs } from '../jobs/jobs.ts'
import { ownTexts } from '../messages/message.ts'
import { foldWord } from './bounded-text.ts'

const wordsOf = (text: string): readonly string[] => (text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []).map(foldWord)

const own = new Set(
  [
    ...Object.entries(failures).flatMap(([code, { en, pt }]) => [code, en.happened, pt.happened]),
    ...ownTexts.map(text => text.replaceAll(/\{\w+\}/g, ' ')),
    ...Object.keys(jobs).filter(isJobName),
  ].flatMap(wordsOf),
)

/** Is this folded word one of Ponte's codes and sentences? Then it says nothing of a person, whatever a person is called. */
export const isPonteWord = (folded: string): boolean => own.has(folded)
