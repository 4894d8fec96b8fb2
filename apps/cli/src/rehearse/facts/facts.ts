import { crmFacts } from './crm-facts.ts'
import type { Fact } from './fact.ts'
import { rdFacts } from './rd-facts.ts'

export type FactId = keyof typeof rdFacts | keyof typeof crmFacts

const rows: Readonly<Record<FactId, Omit<Fact, 'system'>>> = { ...rdFacts, ...crmFacts }
const isFactId = (id: string): id is FactId => Object.hasOwn(rows, id)

/** Every assumption that a rehearsal can test: the only list of them. docs/vendors names each id where it is assumed. */
export const factIds: readonly FactId[] = Object.keys(rows).filter(isFactId)

export const factOf = (id: FactId): Fact => ({
  system: Object.hasOwn(rdFacts, id) ? 'rd-station' : 'totvs-crm',
  ...rows[id],
})

/** Does the fact not hold when Ponte fails with this code? */
export const isBrokenBy = (id: FactId, code: string | undefined): boolean =>
  factOf(id).failures?.some(failure => failure === code) === true

/** Why a fact could not be asked. */
export type WhyNot =
  | 'not-reached'
  | 'only-api-1'
  | 'only-api-2'
  | 'no-public-url'
  | 'no-webhook'
  | 'not-listed'
  | 'crm-refused'
  | 'rd-refused'
  | 'not-changed'
  | 'funnel-calls-used'

/** The answer to one fact: names of members, statuses, counts and times, never a value of a person. */
export type Answer = {
  readonly id: FactId
  readonly held: boolean | null
  readonly why?: WhyNot
} & Readonly<Record<string, unknown>>
