import { createHash } from 'node:crypto'
import type { CrmLead, CrmOpportunity } from '@ponte/contracts'
import { readAmount } from './text/read-amount.ts'

export interface MarkFingerprint {
  /** A fingerprint of what a mark depends on: while it stays the same, trying again cannot go better. */
  readonly basis: string
  /** The same without a key, as version 0.1.0 kept it: to compare with, and not to be kept, because e-mails can be guessed by it. */
  readonly former: string
}

/** Neither `updatedAt` nor `statusRD` is part of a basis, because Ponte's own write moves them. `keyed`: of the text as it is. */
export function markFingerprint(
  { opportunity, lead }: { opportunity: CrmOpportunity; lead: CrmLead | undefined },
  keyed: (text: string) => string,
): MarkFingerprint {
  const { status, totalValue, lossReason, leadId } = opportunity
  const emails = (lead?.emails ?? []).map(({ email }) => email.trim().toLowerCase())
  const text = JSON.stringify([
    status.trim().toUpperCase(),
    valueBasis(totalValue),
    (lossReason?.description?.trim() || lossReason?.id) ?? null,
    leadId ?? null,
    [...new Set(emails)].toSorted(),
  ])
  return { basis: keyed(text), former: createHash('sha256').update(text).digest('hex') }
}

/** The same amount in another notation is no change; an amount that cannot be read is one, when it becomes another. */
function valueBasis(totalValue: unknown): number | string | null {
  const amount = readAmount(totalValue)
  if (amount === undefined) return null
  if (Number.isFinite(amount)) return amount
  return typeof totalValue === 'string' ? totalValue.trim() : typeof totalValue
}
