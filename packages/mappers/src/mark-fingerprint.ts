import { createHash } from 'node:crypto'
import type { CrmLead, CrmOpportunity } from '@ponte/contracts'
import { readAmount } from './text/read-amount.ts'

export interface MarkFingerprint {
  /** Of everything that a mark depends on: while it stays the same, another try cannot go better. */
  readonly fingerprint: string
  /** The same without a key, as version 0.1.0 recorded it. To compare with only: with it, an e-mail could be guessed. */
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
