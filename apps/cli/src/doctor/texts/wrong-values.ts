import type { FailureCode } from '@ponte/contracts'

type Read = (name: string) => string

interface Words {
  readonly thereAre: (choices: string) => string
  readonly inUse: (choices: string) => string
  /** `kind`: a pipeline, a stage or a type. */
  readonly none: (kind: string, value: string) => string
  readonly kinds: Readonly<Record<string, string>>
}

/** What is said of a value that is wrong, and of those that exist. */
const wrongValueTexts = ({ thereAre, inUse, none, kinds }: Words) => {
  const ofChoices = (facts: Read, words: (choices: string) => string): string =>
    facts('choices') === '?' ? '' : words(facts('choices'))
  const wrongValues: Partial<Readonly<Record<FailureCode, (facts: Read) => string>>> = {
    CRM_CATALOG_ENTRY_NOT_FOUND: facts => none(kinds[facts('variable')] ?? '?', facts('value')),
  }
  return {
    thereAre,
    existing: (facts: Read) => ofChoices(facts, thereAre),
    inUse: (facts: Read) => ofChoices(facts, inUse),
    wrongValues,
  }
}

export const inEnglish = wrongValueTexts({
  thereAre: choices => ` There are: ${choices}.`,
  inUse: choices => `; in use are: ${choices}`,
  none: (kind, value) => `TOTVS CRM has no ${kind} "${value}"`,
  kinds: {
    totvs_crm_pipeline: 'pipeline',
    totvs_crm_oportunity_stage: 'stage',
    totvs_crm_oportunity_type: 'type',
  },
})

export const inPortuguese = wrongValueTexts({
  thereAre: choices => ` Existem: ${choices}.`,
  inUse: choices => `; em uso estão: ${choices}`,
  none: (kind, value) => `O TOTVS CRM não tem ${kind} "${value}"`,
  kinds: {
    totvs_crm_pipeline: 'o pipeline',
    totvs_crm_oportunity_stage: 'a etapa',
    totvs_crm_oportunity_type: 'o tipo',
  },
})
