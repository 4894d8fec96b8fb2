import { type CheckName, type CheckResult, notCheckable, passed, runCheck } from '../check-result.ts'

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
