import { type Decision, type FieldUse, type FilterResult, findRoute, usesOf } from '@ponte/mappers'
import { message, type Message, type RuleInput } from '@ponte/contracts'
import type { JobContext } from '../run/job-context.ts'

/** A rule of the tenants file and what it did, as the metrics count it. */
interface RuleUse {
  readonly kind: 'filter' | 'route' | 'field'
  /** Its name. Empty for a lead that matches no filter under `send`. */
  readonly rule: string
  readonly outcome: 'sent' | 'skipped' | 'routed' | 'not-possible' | FieldUse['outcome']
}

export type RuleReport = ReturnType<typeof createRuleReport>

/** What the tenant's rules do in one run. Counted when the run is over, so that a run that fails and is tried again counts once. */
export function createRuleReport({ metrics, tenant }: Pick<JobContext, 'metrics' | 'tenant'>) {
  const uses: RuleUse[] = []
  const messages: Message[] = []
  const count = (use: RuleUse): void => metrics.leadRules.inc({ tenant: tenant.name, ...use })
  return {
    filtered({ isSent, rule, untold }: FilterResult): void {
      if (rule === undefined && isSent && untold.length === 0) return
      uses.push({ kind: 'filter', rule: rule ?? '', outcome: isSent ? 'sent' : 'skipped' })
      if (untold.length > 0) messages.push(message('lead-sent-untold', { places: untold }))
      else if (isSent && rule !== undefined) messages.push(message('lead-sent-by-rule', { rule }))
    },
    routed(rule: string): void {
      uses.push({ kind: 'route', rule, outcome: 'routed' })
      messages.push(message('routed-by-rule', { rule }))
    },
    /** Counted at once, because the run ends here. */
    routeNotPossible: (rule: string): void => count({ kind: 'route', rule, outcome: 'not-possible' }),
    fieldsDecided(decisions: readonly Decision[]): void {
      uses.push(...usesOf(decisions).map(({ rule, outcome }): RuleUse => ({ kind: 'field', rule, outcome })))
    },
    /** Adds something that the timeline says besides the rules. */
    add: (text: Message): void => void messages.push(text),
    /** Counts everything, and returns what the timeline says of it. Call it once, when the run is over. */
    end(): readonly Message[] {
      for (const use of uses) count(use)
      const written = new Set(uses.filter(({ outcome }) => outcome === 'written').map(({ rule }) => rule))
      return written.size === 0
        ? messages
        : [...messages, message('fields-written', { rules: [...written].join(', ') })]
    },
  }
}

/**
 * Records, for `ponte doctor`, which places of the lead have a value and which of the tenant's rules apply to it, each at most once a day.
 * Never throws.
 */
export async function recordRuleUse(
  input: RuleInput,
  filter: FilterResult,
  { ruleUse, tenant }: Pick<JobContext, 'ruleUse' | 'tenant'>,
): Promise<void> {
  const due = ruleUse.due()
  const isRouteDue = filter.isSent && due.some(({ kind }) => kind === 'routes')
  const route = isRouteDue ? findRoute(tenant.settings.routes, input) : undefined
  await ruleUse.record(due.filter(rule => rule.isUsedBy({ input, filter, route })))
}
