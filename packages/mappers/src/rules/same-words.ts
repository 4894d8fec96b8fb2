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

const places: Readonly<Record<string, Readonly<Record<string, string>>>> = { state: states, lifecycleStage: stages }
/** By place and word. */
const others: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  Object.entries(places).map(([place, words]) => [
    place,
    new Map(Object.entries(words).flatMap(([one, other]) => [[one, other] as const, [other, one] as const])),
  ]),
)

/** The word and what means the same at this place, e.g. `sp` and `sao paulo`. Takes and gives words without case and accents. */
export function sameWords(place: string, word: string): readonly string[] {
  const other = others.get(place)?.get(word)
  return other === undefined || other === word ? [word] : [word, other]
}
