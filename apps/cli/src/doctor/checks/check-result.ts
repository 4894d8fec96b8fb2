import { Failure, type FailureCode } from '@ponte/contracts'

/** Every check of `doctor`, in its order. Names never change: scripts rely on them. */
export const checkNames = [
  'redis',
  'redis-persistence',
  'redis-eviction',
  'fingerprint-key',
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
export type CheckName = (typeof checkNames)[number]

/** The problems that only `doctor` reports; the others are failure codes (docs/failures.md). Names never change. */
export const checkProblems = [
  'REDIS_UNREACHABLE',
  'REDIS_PERSISTENCE_WEAK',
  'REDIS_EVICTS',
  'FINGERPRINT_KEY_OTHER',
  'WEBHOOK_TOKEN_SHORT',
  'WEBHOOK_TOKEN_MONOTONOUS',
  'LOGIN_ADDRESS_WRONG',
  'CRM_ID_NOT_FOUND',
  'CRM_STAGE_OUTSIDE_PIPELINE',
  'CRM_STATUS_FIELD_MISSING',
  'CRM_CUSTOM_FIELDS_FORM',
  'CRM_FILTER_IGNORED',
  'ROUTE_OWNER_NOT_FOUND',
  'ROUTE_OWNER_INACTIVE',
  'ROUTE_OWNER_WITHOUT_ROLE',
  'SECRET_KEY_OTHER',
  'RD_CALLS_PER_MINUTE_TOO_HIGH',
  'RD_WEBHOOK_TOKEN_WRONG',
  'RD_WEBHOOK_SUSPENDED',
  'RD_WEBHOOK_OTHER_ADDRESS',
  'INGRESS_UNREACHABLE',
  'INGRESS_WITHOUT_TLS',
  'INGRESS_NOT_PONTE',
  'INGRESS_TOKEN_REFUSED',
] as const
export type CheckProblem = (typeof checkProblems)[number]
/** The problems that mean that something does not answer. */
export const notReachable: ReadonlySet<CheckProblem> = new Set(['REDIS_UNREACHABLE', 'INGRESS_UNREACHABLE'])

/** What works, but probably not as it was meant. Names never change. */
export const checkWarnings = [
  'CUSTOM_FIELD_NOT_SEEN',
  'MEMBER_NOT_SEEN',
  'RULE_HIDDEN',
  'PLACES_WITHOUT_VALUE',
  'RULES_WITHOUT_MATCH',
] as const
export type CheckWarning = (typeof checkWarnings)[number]

/** Why something could not be checked, was skipped, or passed without a full check. */
export const checkNotes = [
  'REDIS_HIDES_SETTING',
  'SEEN_IN_USE',
  'NOT_SEEN_IN_USE',
  'SAMPLE_NOT_SEEN_IN_USE',
  'NO_OPPORTUNITY',
  'STATUS_FIELD_NOT_SHOWN',
  'STAGE_TELLS_NO_PIPELINE',
  'PLAN_UNKNOWN',
  'RD_WEBHOOKS_NOT_SHOWN',
  'RD_WEBHOOK_NOT_LISTED',
  'ACCOUNT_BUSY',
  'AFTER_OTHER_PROBLEM',
  'NO_RECORD_SHOWN',
  'CUSTOM_FIELDS_NOT_SHOWN',
  'NO_LEAD_WATCHED',
  'WATCHED_SHORTLY',
  'CHECK_BROKE',
] as const
export type CheckNote = (typeof checkNotes)[number]

/** Names of settings, ids and counts. Never a secret, never personal data. */
export type Facts = Readonly<Record<string, string | number>>

/** The result of one check. */
export type CheckResult =
  | {
      readonly check: CheckName
      readonly status: 'ok'
      /** Set if the check passed without a full comparison. */
      readonly note?: CheckNote
      readonly facts?: Facts
    }
  | {
      readonly check: CheckName
      readonly status: 'problem'
      readonly problem: CheckProblem | FailureCode
      readonly facts: Facts
      /** The other system's answer, without personal data. */
      readonly detail?: string
    }
  | {
      readonly check: CheckName
      readonly status: 'warning'
      readonly warning: CheckWarning
      readonly facts: Facts
    }
  | {
      readonly check: CheckName
      /** `skipped`: another problem must be fixed first. */
      readonly status: 'not-checkable' | 'skipped'
      readonly note: CheckNote
      readonly facts: Facts
    }

export const passed = (check: CheckName, because?: { note: CheckNote; facts: Facts }): CheckResult => ({
  check,
  status: 'ok',
  ...because,
})

export const failed = (check: CheckName, problem: CheckProblem | FailureCode, facts: Facts = {}): CheckResult => ({
  check,
  status: 'problem',
  problem,
  facts,
})

export const warned = (check: CheckName, warning: CheckWarning, facts: Facts): CheckResult => ({
  check,
  status: 'warning',
  warning,
  facts,
})

export const notCheckable = (check: CheckName, note: CheckNote, facts: Facts = {}): CheckResult => ({
  check,
  status: 'not-checkable',
  note,
  facts,
})

/** Results of checks that would only report the problem of the check `problemAt` again. */
export const skipped = (checks: readonly CheckName[], problemAt: CheckName): CheckResult[] =>
  checks.map(check => ({ check, status: 'skipped', note: 'AFTER_OTHER_PROBLEM', facts: { check: problemAt } }))

/** Runs a check. If the other system fails, that is the result; `facts` names the setting that the call depends on. */
export async function runCheck(
  check: CheckName,
  facts: Facts,
  work: () => Promise<readonly CheckResult[]>,
): Promise<readonly CheckResult[]> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const known = Object.entries(error.context).map(([name, value]) => [name, String(value)])
    const { detail } = error
    return [
      {
        check,
        status: 'problem',
        problem: error.code,
        facts: { ...Object.fromEntries(known), ...facts },
        ...(detail !== undefined && { detail }),
      },
    ]
  }
}
