import { type FailureCode, isFailureCode, type Language, textIn, type Texts } from '@ponte/contracts'
import { formatMoment } from '@ponte/runtime'
import { describeFailure } from '../failures/failure-words.ts'
import { type Facts, fillIn, textRows, type TextRows } from './text-rows.ts'

/** What every investigation says in the same words. */
const words = textRows({
  fine: { en: 'ok', pt: 'em ordem' },
  withPage: { en: '{solution} More: {page}', pt: '{solution} Mais: {page}' },
  choices: { en: '[ There are: {choices}.]', pt: '[ Existem: {choices}.]' },
})

/** What a failure means where it ends a check, in place of its code's own words. */
export interface FailureWords {
  readonly what?: Texts
  readonly fix?: Texts
}

export type WordsOfFailures = Readonly<Partial<Record<FailureCode, (facts: Facts) => FailureWords>>>

export interface Explained {
  readonly what: string
  readonly remedy?: string
}

/** A solution, with the page that says more. */
export const withPage = (solution: string, page: string, language: Language): string =>
  fillIn(textIn(words.withPage, language), name => (name === 'page' ? page : solution))

/** How facts are shown. Without a time zone, moments are shown as they are: in UTC. */
export interface Reader {
  readonly language: Language
  readonly timeZone?: string | undefined
}

/** The row `name`, or the failure of that code, with its facts. Without a name all is well. */
export function explain(
  { name, facts = {} }: { readonly name: string | undefined; readonly facts?: Facts | undefined },
  { language, timeZone }: Reader,
  { rows, ofFailures }: { rows: TextRows; ofFailures?: WordsOfFailures | undefined },
): Explained {
  const fill = (texts: Texts): string =>
    fillIn(textIn(texts, language), each => {
      const fact = facts[each]
      return fact === undefined ? undefined : shown(String(fact))
    })
  function shown(fact: string): string {
    const isMoment = /^\d{4}-\d\d-\d\dT[\d:.]{8,12}Z$/.test(fact)
    return isMoment && timeZone !== undefined ? formatMoment(Date.parse(fact), language, timeZone) : fact
  }

  if (name === undefined) return { what: fill(words.fine) }
  const row = Object.hasOwn(rows, name) ? rows[name] : undefined
  if (row !== undefined) return { what: fill(row), ...(row.fix && { remedy: fill(row.fix) }) }
  if (!isFailureCode(name)) return { what: name }
  const { what, fix } = ofFailures?.[name]?.(facts) ?? {}
  const { sentence, solution, page } = describeFailure(name, language)
  const others = Object.entries(facts).filter(([each]) => each !== 'choices')
  const at = others.map(([each, value]) => `${each}=${value}`)
  return {
    what: `${what === undefined ? sentence : fill(what)}${at.length === 0 ? '' : ` (${at.join(', ')})`}${fill(words.choices)}`,
    remedy: withPage(fix === undefined ? solution : fill(fix), page, language),
  }
}
