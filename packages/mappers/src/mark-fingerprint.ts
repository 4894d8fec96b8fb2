import { createHash } from 'node:crypto'
import { type CrmLead, type CrmOpportunity, readAmount } from '@ponte/contracts'

export interface MarkFingerprint {
  /** Covers everything that a mark depends on. While it is the same, another try would fail the same way. */
  readonly fingerprint: string
  /** The same without a key, as version 0.1.0 recorded it. Only compared, never stored: without a key an e-mail can be found by guessing. */
  readonly unkeyed: string
}

/** `updatedAt` and `statusRD` are no part of it, because Ponte's own write changes them. `keyed` makes the fingerprint of a text. */
export function markFingerprint(
  { opportunity, lead }: { opportunity: CrmOpportunity; lead: CrmLead | undefined },
  keyed: (text: string) => string,
): MarkFingerprint {
  const { status, totalValue, lossReason, leadId } = opportunity
  const emails = (lead?.emails ?? []).map(({ email }) => email.trim().toLowerCase())
  const text = JSON.stringify([
    status.trim().toUpperCase(),
    valueText(totalValue),
    (lossReason?.description?.trim() || lossReason?.id) ?? null,
    leadId ?? null,
    [...new Set(emails)].toSorted(),
  ])
  return { fingerprint: keyed(text), unkeyed: createHash('sha256').update(text).digest('hex') }
}

/** The same amount in another notation is no change. Of an amount that cannot be read, any other text is a change. */
function valueText(totalValue: unknown): number | string | null {
  const amount = readAmount(totalValue)
  if (amount === undefined) return null
  if (Number.isFinite(amount)) return amount
  return typeof totalValue === 'string' ? totalValue.trim() : typeof totalValue
}
