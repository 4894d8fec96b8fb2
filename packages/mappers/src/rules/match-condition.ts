import {
  type Condition,
  foldWord,
  isUnread,
  isUntold,
  type Requirement,
  requirementsOf,
  type RuleInput,
  valuesAt,
} from '@ponte/contracts'

/** Whether a lead meets all requirements of a condition. */
export const matchesCondition = (when: Condition, input: RuleInput): boolean =>
  requirementsOf(when).every(requirement => isMet(requirement, input))

/** The unknown places that alone decide whether the condition is met. None when it is not met whatever those places hold. */
export function untoldPlaces(when: Condition, input: RuleInput): readonly string[] {
  const open = requirementsOf(when)
    .filter(requirement => !isMet(requirement, input))
    .map(({ places }) => places.filter(place => isUntold(place, input) || isUnread(place, input)))
  return open.every(places => places.length > 0) ? open.flat() : []
}

/** Any value of any of the places fits any of the patterns. */
const isMet = ({ places, patterns }: Requirement, input: RuleInput): boolean =>
  places.some(place => {
    const words = valuesAt(place, input).flatMap(value => sameWords(place, fold(value)))
    return words.length > 0 && foldPatterns(patterns).some(pieces => words.some(word => fits(word, pieces)))
  })

const fold = (text: string): string => foldWord(text).trim()

/** The key is the list in the tenant's settings, which is the same object for every lead. */
const folded = new WeakMap<readonly string[], readonly (readonly string[])[]>()

/** Each pattern without case and accents, split at its wildcards. */
function foldPatterns(patterns: readonly string[]): readonly (readonly string[])[] {
  const known = folded.get(patterns)
  if (known !== undefined) return known
  const made = patterns.map(pattern => fold(pattern).split('*'))
  folded.set(patterns, made)
  return made
}

/** Whether every value of a place that fits the pattern `narrow` fits `wide` as well. */
export function patternCovers(place: string, wide: string, narrow: string): boolean {
  const pieces = fold(wide).split('*')
  // A wildcard of `narrow` counts as a character that only a wildcard of `wide` can stand for.
  return sameWords(place, fold(narrow)).some(word => fits(word, pieces))
}

/** `*` stands for any characters, also none. The word is searched only once, whatever the pattern: there is no backtracking. */
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

/** The states of Brazil by their abbreviation, without accents. */
const states: Readonly<Record<string, string>> = {
  ac: 'acre',
  al: 'alagoas',
  am: 'amazonas',
  ap: 'amapa',
  ba: 'bahia',
  ce: 'ceara',
  df: 'distrito federal',
  es: 'espirito santo',
  go: 'goias',
  ma: 'maranhao',
  mg: 'minas gerais',
  ms: 'mato grosso do sul',
  mt: 'mato grosso',
  pa: 'para',
  pb: 'paraiba',
  pe: 'pernambuco',
  pi: 'piaui',
  pr: 'parana',
  rj: 'rio de janeiro',
  rn: 'rio grande do norte',
  ro: 'rondonia',
  rr: 'roraima',
  rs: 'rio grande do sul',
  sc: 'santa catarina',
  se: 'sergipe',
  sp: 'sao paulo',
  to: 'tocantins',
}

/** The stages of the funnel as API 2.0 and RD Station's screens call them (docs/vendors/rd-station.md#origin-of-a-lead). */
const stages: Readonly<Record<string, string>> = {
  lead: 'lead',
  'qualified lead': 'lead qualificado',
  client: 'cliente',
}

const inBothDirections = (words: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(words).flatMap(([one, other]) => [[one, other] as const, [other, one] as const]))

const synonyms = new Map([
  ['state', inBothDirections(states)],
  ['lifecycleStage', inBothDirections(stages)],
])

/** The word and its synonym at this place, e.g. `sp` and `sao paulo`. Takes and returns words without case and accents. */
function sameWords(place: string, word: string): readonly string[] {
  const other = synonyms.get(place)?.get(word)
  return other === undefined || other === word ? [word] : [word, other]
}
