import { type CrmLead, type CrmOpportunity, readAmount } from '@ponte/contracts'

export interface MarkFingerprint {
  /** Covers everything that a mark depends on. While it is the same, another try would fail the same way. */
  readonly fingerprint: string
  /** Covers everything that names the contact. While it is the same, so are the contact and its e-mail. */
  readonly person: string
}

/** Leaves out `updatedAt` and `statusRD`, because Ponte's own write changes them. `keyed` returns the fingerprint of a text. */
export function markFingerprint(
  { opportunity, lead }: { opportunity: CrmOpportunity; lead: CrmLead | undefined },
  keyed: (text: string) => string,
): MarkFingerprint {
  const { status, totalValue, lossReason, leadId } = opportunity
  const emails = (lead?.emails ?? []).map(({ email }) => email.trim().toLowerCase())
  const person = [leadId ?? null, [...new Set(emails)].toSorted()]
  return {
    fingerprint: keyed(
      JSON.stringify([
        status.trim().toUpperCase(),
        valueText(totalValue),
        (lossReason?.description?.trim() || lossReason?.id) ?? null,
        ...person,
      ]),
    ),
    person: keyed(JSON.stringify([...person, lead?.externalId ?? null])),
  }
}

/** The same amount in another notation is not a change. For an amount that cannot be read, any other text is a change. */
function valueText(totalValue: unknown): number | string | null {
  const amount = readAmount(totalValue)
  if (amount === undefined) return null
  if (Number.isFinite(amount)) return amount
  return typeof totalValue === 'string' ? totalValue.trim() : typeof totalValue
}
