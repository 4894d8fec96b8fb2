import { foldWord } from '@ponte/contracts'
import { closestMatch } from 'leven'

/**
 * The candidate that a misspelled name was probably meant to be: it differs in few letters, in case, in accents, or in what separates words.
 * Undefined for a name that is itself a candidate.
 *
 * @param parts Whether a name may also lack what the candidate has before or after it, or have more.
 */
export function nearName(name: string, candidates: readonly string[], { parts = false } = {}): string | undefined {
  if (candidates.includes(name) || name.length > MAX_NAME) return undefined
  const byForm = new Map(candidates.map(candidate => [formOf(candidate), candidate]))
  const forms = [...byForm.keys()]
  const wanted = formOf(name)
  const near =
    closestMatch(wanted, forms, { maxDistance: mistakesIn(wanted) }) ??
    forms.find(each => isReordered(each, wanted)) ??
    (parts ? forms.find(each => isPart(wanted, each) || isPart(each, wanted)) : undefined)
  return near === undefined ? undefined : byForm.get(near)
}

const formOf = (name: string): string => foldWord(name).replaceAll(/[^\p{L}\p{N}]+/gu, '')

/** Two letters that changed places would count as two mistakes, but are one. */
const isReordered = (name: string, wanted: string): boolean => name[0] === wanted[0] && sorted(name) === sorted(wanted)

const sorted = (name: string): string => Array.from(name).toSorted().join('')

/** Shorter parts of a name match by chance. */
const isPart = (part: string, whole: string): boolean => part.length >= 4 && whole.includes(part)

const MAX_NAME = 100

/** A longer name may have more wrong letters. In a short name each wrong letter makes another word. */
const mistakesIn = ({ length }: string): number => (length < 4 ? 0 : length < 8 ? 1 : 2)
