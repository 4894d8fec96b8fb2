import type { FailureCode } from '@ponte/contracts'
import { textRows } from '@ponte/operations'
import { crmFacts } from './crm-facts.ts'
import { rdFacts } from './rd-facts.ts'

export type FactId = keyof typeof rdFacts | keyof typeof crmFacts

/** An assumption of docs/vendors that a rehearsal can test: what holds, and what to change where it does not. */
type Fact = (typeof factRows)[FactId] & {
  /** The section of docs/vendors/rd-station.md or docs/vendors/totvs-crm.md that has it. */
  readonly section: string
  /** The failures by which it shows that it does not hold. */
  readonly failures?: readonly FailureCode[]
}

export const factRows = { ...rdFacts, ...crmFacts }
const facts: Readonly<Record<FactId, Fact>> = factRows
const isFactId = (id: string): id is FactId => Object.hasOwn(facts, id)

/** Every assumption that a rehearsal can test: the only list of them. docs/vendors names each id where it is assumed. */
export const factIds: readonly FactId[] = Object.keys(facts).filter(isFactId)

export const sectionOf = (id: FactId): string => facts[id].section

/** Does the fact not hold when Ponte fails with this code? */
export const isBrokenBy = (id: FactId, code: string | undefined): boolean =>
  facts[id].failures?.some(failure => failure === code) === true

/** Why a fact could not be asked. */
export const whyNotRows = textRows({
  'not-reached': { en: 'not asked', pt: 'não foi perguntado' },
  'only-api-1': { en: 'only a webhook of API 1 shows it', pt: 'só um webhook da API 1 mostra' },
  'only-api-2': { en: 'only a webhook of API 2 shows it', pt: 'só um webhook da API 2 mostra' },
  'no-public-url': { en: 'the delivery names no page', pt: 'a entrega não informa página' },
  'no-webhook': { en: 'no webhook told of the mark', pt: 'nenhum webhook avisou da marcação' },
  'not-listed': {
    en: 'segmentation 1 does not list the test person',
    pt: 'a segmentação 1 não lista a pessoa de teste',
  },
  'crm-refused': {
    en: 'TOTVS CRM refused what is needed to ask',
    pt: 'o TOTVS CRM recusou o que é preciso para perguntar',
  },
  'rd-refused': { en: 'RD Station did not remove the contact', pt: 'o RD Station não removeu o contato' },
  'not-changed': { en: 'nothing was changed', pt: 'nada foi alterado' },
  'funnel-calls-used': { en: 'the funnel was read often enough', pt: 'o funil já foi lido vezes demais' },
})
export type WhyNot = keyof typeof whyNotRows

/** The answer to one fact: names of members, statuses, counts and times, never a value of a person. */
export type Answer = {
  readonly id: FactId
  readonly held: boolean | null
  readonly why?: WhyNot
} & Readonly<Record<string, unknown>>
