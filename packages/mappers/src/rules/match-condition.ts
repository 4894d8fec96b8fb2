import { type Condition, foldWord, placesOfKey } from '@ponte/contracts'
import { type RuleInput, valuesAt } from './rule-input.ts'
import { sameWords } from './same-words.ts'

/** Folding a megabyte of combining marks takes minutes; what is longer is compared by its beginning. */
const LONGEST_COMPARED = 256

/** Whether a lead meets all keys of a condition; of each key any value of any of its places. Without keys every lead does. */
export function matchesCondition(when: Condition, input: RuleInput): boolean {
  const { field = {}, ...keys } = when
  const named = namedKeys.every(key => {
    const patterns = keys[key]
    return patterns === undefined || placesOfKey(key).some(place => matchesAt(place, patterns, input))
  })
  return named && Object.entries(field).every(([place, patterns]) => matchesAt(place, patterns, input))
}

const namedKeys = ['identifier', 'tag', 'state', 'city', 'source'] as const

function matchesAt(place: string, patterns: readonly string[], input: RuleInput): boolean {
  const words = valuesAt(place, input).flatMap(value => sameWords(place, compared(value)))
  return patterns.some(pattern => {
    const pieces = piecesOf(pattern)
    return words.some(word => fits(word, pieces))
  })
}

const compared = (text: string): string => foldWord(text.slice(0, LONGEST_COMPARED)).trim()

/** A route's patterns are the same for every lead. */
const knownPieces = new Map<string, readonly string[]>()
function piecesOf(pattern: string): readonly string[] {
  const known = knownPieces.get(pattern)
  if (known !== undefined) return known
  const pieces = compared(pattern).split('*')
  if (knownPieces.size >= MOST_PATTERNS) knownPieces.clear()
  knownPieces.set(pattern, pieces)
  return pieces
}
const MOST_PATTERNS = 10_000

/** `*` stands for any characters, also none. In one pass, whatever the pattern. */
function fits(word: string, pieces: readonly string[]): boolean {
  const [first = '', ...others] = pieces
  const last = others.pop()
  if (last === undefined) return word === first
  if (!word.startsWith(first)) return false
  let from = first.length
  for (const piece of others) {
    const at = word.indexOf(piece, from)
    if (at === -1) return false
    from = at + piece.length
  }
  return word.length - last.length >= from && word.endsWith(last)
}
