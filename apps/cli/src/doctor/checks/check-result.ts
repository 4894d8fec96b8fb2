import { Failure, type FailureCode } from '@ponte/contracts'
import type { CheckNote, CheckProblem, CheckWarning } from '../texts/en.ts'
import { listed } from '../../crm/listed.ts'

/** Every check of `doctor`, in its order. Names never change: scripts rely on them. */
export const checkNames = [
  'redis',
  'redis-persistence',
  'redis-eviction',
  'redis-replicas',
  'redis-alone',
  'fingerprint-key',
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
export type CheckName = (typeof checkNames)[number]

/** The problems that mean that something does not answer. */
export const notReachable: ReadonlySet<CheckProblem> = new Set([
  'REDIS_UNREACHABLE',
  'REDIS_TLS_FAILS',
  'INGRESS_UNREACHABLE',
])

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

/** The values that exist where one is wrong. No fact when there are none. */
export const choicesOf = (names: readonly string[]): Facts =>
  names.length === 0 ? {} : { choices: listed([...new Set(names)]) }

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

/** Runs a check of the rules. Passes if the check finds nothing. An error of the check itself does not end `doctor`. */
export async function runRuleCheck(
  check: CheckName,
  setting: string,
  work: () => Promise<readonly CheckResult[]>,
): Promise<readonly CheckResult[]> {
  try {
    const found = await runCheck(check, { setting }, work)
    return found.length === 0 ? [passed(check)] : found
  } catch (error) {
    // Only the name of the error, because its message may hold data.
    return [notCheckable(check, 'CHECK_BROKE', { error: error instanceof Error ? error.name : typeof error })]
  }
}
