import { createHash } from 'node:crypto'
import type { CrmLead, CrmOpportunity } from '@ponte/contracts'
import { readAmount } from './read-amount.ts'

/**
 * A fingerprint (SHA-256, 64 hex digits) of what a mark depends on: while it stays the same, trying again cannot go
 * better. Neither `updatedAt` nor `statusRD` is part of it, because Ponte's own write moves them. SPEC §2.3.
 */
export function markBasis({ opportunity, lead }: { opportunity: CrmOpportunity; lead: CrmLead | undefined }): string {
  const { status, totalValue, lossReason, leadId } = opportunity
  const emails = (lead?.emails ?? []).map(({ email }) => email.trim().toLowerCase())
  const basis = [
    status.trim().toUpperCase(),
    valueBasis(totalValue),
    (lossReason?.description?.trim() || lossReason?.id) ?? null,
    leadId ?? null,
    [...new Set(emails)].toSorted(),
  ]
  return createHash('sha256').update(JSON.stringify(basis)).digest('hex')
}

/** The same amount in another notation is no change; an amount that cannot be read is one, when it becomes another. */
function valueBasis(totalValue: unknown): number | string | null {
  const amount = readAmount(totalValue)
  if (amount === undefined) return null
  if (Number.isFinite(amount)) return amount
  return typeof totalValue === 'string' ? totalValue.trim() : typeof totalValue
}
