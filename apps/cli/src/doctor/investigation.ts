import { createInvestigation, type Facts, textRows, type WordsOfFailures } from '@ponte/operations'
import { listed } from '../crm/listed.ts'
import { crmRows } from './rows/crm-rows.ts'
import { ponteRows } from './rows/ponte-rows.ts'
import { rdRows } from './rows/rd-rows.ts'
import { ruleRows } from './rows/rule-rows.ts'

/** Every check of `doctor`, in its order. Names never change: scripts rely on them. */
const checks = [
  'redis',
  'redis-persistence',
  'redis-eviction',
  'redis-replicas',
  'redis-alone',
  'tenants-file',
  'fingerprint-key',
  'credentials-in-use',
  'mode',
  'webhook-token-rd-station',
  'webhook-token-totvs-crm',
  'crm-login',
  'crm-default-user',
  'crm-pipeline',
  'crm-stage',
  'crm-opportunity-type',
  'crm-stage-in-pipeline',
  'crm-leads',
  'crm-lead-situation',
  'crm-lead-origin',
  'crm-email-type',
  'crm-phone-type-main',
  'crm-phone-type-mobile',
  'crm-address-type',
  'crm-status-field',
  'crm-filters',
  'crm-routes',
  'crm-route-owners',
  'crm-rule-fields',
  'rule-order',
  'rule-places',
  'rule-matches',
  'rd-token',
  'rd-api',
  'rd-quota',
  'rd-webhook',
  'ingress',
  'ingress-token-rd-station',
  'ingress-token-totvs-crm',
] as const
export type CheckName = (typeof checks)[number]

export const doctorRows = { ...ponteRows, ...crmRows, ...ruleRows, ...rdRows }

/** What a variable of the tenants file names in TOTVS CRM. */
const entryRows = textRows({
  totvs_crm_pipeline: { en: 'TOTVS CRM has no pipeline "{value}"', pt: 'O TOTVS CRM não tem o pipeline "{value}"' },
  totvs_crm_oportunity_stage: { en: 'TOTVS CRM has no stage "{value}"', pt: 'O TOTVS CRM não tem a etapa "{value}"' },
  totvs_crm_oportunity_type: { en: 'TOTVS CRM has no type "{value}"', pt: 'O TOTVS CRM não tem o tipo "{value}"' },
})

/** A check only reads: a setting is wrong, or the request was refused, not the data of a lead. */
const ofFailures: WordsOfFailures = {
  CRM_CATALOG_ENTRY_NOT_FOUND({ variable }) {
    const what = Object.entries(entryRows).find(([name]) => name === variable)?.[1]
    return what === undefined ? {} : { what }
  },
  CRM_REJECTED: () => ({
    fix: {
      en: 'Compare {setting} and totvsCrm.integrationPath with the addresses of your TOTVS CRM.',
      pt: 'Compare {setting} e totvsCrm.integrationPath com os endereços do seu TOTVS CRM.',
    },
  }),
  RD_REJECTED: () => ({
    fix: {
      en: 'Correct rdStation.baseUrl and rdStation.tokenUrl. Check that no proxy answers instead.',
      pt: 'Corrija rdStation.baseUrl e rdStation.tokenUrl. Confira se nenhum proxy responde no lugar deles.',
    },
  }),
}

export const investigation = createInvestigation({ checks, rows: doctorRows, ofFailures })
export type DoctorFindings = ReturnType<typeof investigation.open>
export type DoctorFinding = ReturnType<DoctorFindings['list']>[number]

/** The values that exist where one is wrong. No fact when there are none. */
export const choicesOf = (names: readonly string[]): Facts =>
  names.length === 0 ? {} : { choices: listed([...new Set(names)]) }
