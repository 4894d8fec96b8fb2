import { foldWord } from '@ponte/contracts'
import { closestMatch } from 'leven'

/** The candidate that a misspelled name was probably meant to be. Undefined for a name that is itself a candidate. */
export function nearName(name: string, candidates: readonly string[]): string | undefined {
  if (candidates.includes(name) || name.length > LONGEST_NAME) return undefined
  const folded = new Map(candidates.map(candidate => [foldWord(candidate), candidate]))
  const names = [...folded.keys()]
  const wanted = foldWord(name)
  const near =
    closestMatch(wanted, names, { maxDistance: mistakesIn(wanted) }) ?? names.find(each => isReordered(each, wanted))
  return near === undefined ? undefined : folded.get(near)
}

/** Two letters that changed places would count as two mistakes, but are one. */
const isReordered = (name: string, wanted: string): boolean => name[0] === wanted[0] && sorted(name) === sorted(wanted)

const sorted = (name: string): string => Array.from(name).toSorted().join('')

const LONGEST_NAME = 100

/** A longer name may have more wrong letters. In a short name each wrong letter makes another word. */
const mistakesIn = ({ length }: string): number => (length < 4 ? 0 : length < 8 ? 1 : 2)
