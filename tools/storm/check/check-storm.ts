import { checkDeliveries } from './check-deliveries.ts'
import { checkLeads } from './check-leads.ts'
import { checkMarks } from './check-marks.ts'
import { checkKeptFields, checkStatusWrites } from './check-status-writes.ts'
import type { Evidence } from './evidence.ts'

/**
 * Compares what was acknowledged with what both systems hold, and gives every promise that was not kept, one sentence each.
 * Knows nothing of Ponte's own books: only what was sent, what was answered, and how it ended.
 */
export const checkStorm = (evidence: Evidence): string[] => [
  ...evidence.ended,
  ...checkDeliveries(evidence),
  ...checkLeads(evidence),
  ...checkMarks(evidence),
  ...checkStatusWrites(evidence),
  ...checkKeptFields(evidence),
  ...checkQuotas(evidence),
]

function checkQuotas({ quotas, callsPerMinute }: Evidence): string[] {
  return (['contacts', 'events'] as const).flatMap(budget => {
    const { maxPerMinute, refused } = quotas[budget]
    return [
      ...(maxPerMinute > callsPerMinute
        ? [`RD Station's quota of ${budget} was exceeded: ${maxPerMinute} calls in a minute, ${callsPerMinute} allowed`]
        : []),
      ...(refused > 0 ? [`RD Station refused ${refused} calls over its quota of ${budget}`] : []),
    ]
  })
}
