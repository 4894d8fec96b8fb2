import { createInvestigation, type WordsOfFailures } from '../findings/investigation.ts'
import { textRows } from '../findings/text-rows.ts'
import { crmRows, rdRows, ruleRows } from './vendor-rows.ts'
import { ponteRows } from './ponte-rows.ts'

/** The checklist of a tenant, in the order in which people do it. */
export const setUpSteps = ['rd-account', 'crm-login', 'values', 'rd-webhook', 'crm-webhooks', 'alerts'] as const
export type SetUpStep = (typeof setUpSteps)[number]

interface DoctorCheck {
  readonly check: string
  /** What of the checklist is not done while the check has a problem. None: it is about the installation. */
  readonly steps: readonly SetUpStep[]
  /** What proves later, at the system of the step, that the problem is gone. Without it only the next `doctor` does: a call may succeed with a session or token from before the login was refused. */
  readonly overtakenBy?: 'lastSuccess' | 'lastDelivery'
}

/** Every check of `doctor`, in its order. Names never change: scripts rely on them. */
export const doctorChecks = [
  { check: 'redis', steps: [] },
  { check: 'redis-persistence', steps: [] },
  { check: 'redis-eviction', steps: [] },
  { check: 'redis-replicas', steps: [] },
  { check: 'redis-alone', steps: [] },
  { check: 'tenants-file', steps: [] },
  { check: 'fingerprint-key', steps: ['values'] },
  { check: 'credentials-in-use', steps: [] },
  { check: 'mode', steps: ['values'] },
  { check: 'webhook-token-rd-station', steps: ['rd-webhook'] },
  { check: 'webhook-token-totvs-crm', steps: ['crm-webhooks'] },
  { check: 'crm-login', steps: ['crm-login', 'values'] },
  { check: 'crm-default-user', steps: ['values'] },
  { check: 'crm-pipeline', steps: ['values'] },
  { check: 'crm-stage', steps: ['values'] },
  { check: 'crm-opportunity-type', steps: ['values'] },
  { check: 'crm-stage-in-pipeline', steps: ['values'] },
  { check: 'crm-leads', steps: ['values'] },
  { check: 'crm-lead-situation', steps: ['values'] },
  { check: 'crm-lead-origin', steps: ['values'] },
  { check: 'crm-email-type', steps: ['values'] },
  { check: 'crm-phone-type-main', steps: ['values'] },
  { check: 'crm-phone-type-mobile', steps: ['values'] },
  { check: 'crm-address-type', steps: ['values'] },
  { check: 'crm-status-field', steps: ['values'] },
  { check: 'crm-filters', steps: ['values'] },
  { check: 'crm-routes', steps: ['values'] },
  { check: 'crm-route-owners', steps: ['values'] },
  { check: 'crm-rule-fields', steps: ['values'] },
  { check: 'rule-order', steps: ['values'] },
  { check: 'rule-places', steps: ['values'] },
  { check: 'rule-matches', steps: ['values'] },
  { check: 'rd-token', steps: ['rd-account'] },
  { check: 'rd-api', steps: ['rd-account'], overtakenBy: 'lastSuccess' },
  { check: 'rd-quota', steps: ['rd-account'] },
  { check: 'rd-webhook', steps: ['rd-webhook'], overtakenBy: 'lastDelivery' },
  { check: 'ingress', steps: ['rd-webhook', 'crm-webhooks'], overtakenBy: 'lastDelivery' },
  { check: 'ingress-token-rd-station', steps: ['rd-webhook'], overtakenBy: 'lastDelivery' },
  { check: 'ingress-token-totvs-crm', steps: ['crm-webhooks'], overtakenBy: 'lastDelivery' },
] as const satisfies readonly DoctorCheck[]
export type CheckName = (typeof doctorChecks)[number]['check']

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

export const doctorInvestigation = createInvestigation({
  checks: doctorChecks.map(({ check }) => check),
  rows: doctorRows,
  ofFailures,
})
export type DoctorFindings = ReturnType<typeof doctorInvestigation.open>
export type DoctorFinding = ReturnType<DoctorFindings['list']>[number]
