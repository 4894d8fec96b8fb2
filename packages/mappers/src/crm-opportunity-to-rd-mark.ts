import {
  type CrmOpportunity,
  type LastMark,
  type MarkName,
  type OpportunityOutcome,
  PermanentFailure,
  type RdMark,
  type Message,
  message,
  readAmount,
  type CrmLead,
  type RdFunnel,
  type SkipReason,
  type TenantSettings,
} from '@ponte/contracts'
import { clipText, MAX_TEXT_LENGTH } from './text/clip-text.ts'

type Sale = Extract<RdMark, { type: 'SALE' }>
type Loss = Extract<RdMark, { type: 'OPPORTUNITY_LOST' }>

/** The failure of a mark whose opportunity has a status that the tenant's map does not name. */
export const unknownStatus = (status: string): PermanentFailure =>
  new PermanentFailure('CRM_STATUS_UNKNOWN', { context: { status: clipText(status).text } })

/**
 * The marks, in order, that bring RD Station up to date with the state that was read. A sale or a loss needs the opportunity mark before
 * it. An opportunity that was lost and is won now has had that mark. See docs/behaviour/marks.md#what-is-marked.
 */
export function marksDue(outcome: OpportunityOutcome, lastMarked: LastMark): readonly MarkName[] {
  return outcome === 'ignored' ? [] : due[outcome][lastMarked]
}

const due: Record<Exclude<OpportunityOutcome, 'ignored'>, Record<LastMark, readonly MarkName[]>> = {
  open: { none: ['opportunity'], open: [], hidden: ['opportunity'], won: ['opportunity'], lost: ['opportunity'] },
  won: { none: ['opportunity', 'sale'], open: ['sale'], hidden: ['sale'], won: [], lost: ['sale'] },
  lost: { none: ['opportunity', 'loss'], open: ['loss'], hidden: ['loss'], won: ['loss'], lost: [] },
}

/** The opportunity mark. */
export const toOpportunity = (email: string): RdMark => ({ type: 'OPPORTUNITY', email })

/** The opportunity came without the member that holds its value. `null` is a value: none. */
export const lacksValue = (opportunity: Pick<CrmOpportunity, 'totalValue'>): boolean => !('totalValue' in opportunity)

/**
 * The sale, in reais and whole cents. See docs/vendors/rd-station.md#sale. `isValueExpected`: an opportunity without the member of its value
 * is none without a value.
 *
 * @throws PermanentFailure `RD_SALE_VALUE_INVALID`, `RD_SALE_VALUE_ABOVE_LIMIT` above `maxSaleValue` reais, or `CRM_VALUE_MISSING`.
 */
export function toSale(
  opportunity: Pick<CrmOpportunity, 'totalValue'>,
  email: string,
  { maxSaleValue, isValueExpected = false }: { maxSaleValue: number; isValueExpected?: boolean },
): { mark: Sale; notes: Message[] } {
  if (isValueExpected && lacksValue(opportunity))
    throw new PermanentFailure('CRM_VALUE_MISSING', { context: { member: 'totalValue' } })
  const { totalValue } = opportunity
  const amount = readAmount(totalValue)
  if (amount === undefined) return { mark: { type: 'SALE', email, value: 0 }, notes: [message('sale-without-value')] }
  if (!Number.isFinite(amount))
    throw new PermanentFailure('RD_SALE_VALUE_INVALID', { context: { problem: 'unreadable' } })
  if (amount < 0) throw new PermanentFailure('RD_SALE_VALUE_INVALID', { context: { problem: 'negative' } })

  const value = toCents(amount)
  if (value > maxSaleValue)
    throw new PermanentFailure('RD_SALE_VALUE_ABOVE_LIMIT', { context: { value, limit: maxSaleValue } })
  return { mark: { type: 'SALE', email, value }, notes: value === amount ? [] : [message('sale-value-rounded')] }
}

/** The loss with the CRM's reason, cut if it is too long. RD Station requires a reason: docs/vendors/rd-station.md#loss. */
export function toLoss(
  { lossReason }: Pick<CrmOpportunity, 'lossReason'>,
  email: string,
): { mark: Loss; notes: Message[] } {
  const given = lossReason?.description?.trim() ?? ''
  if (given === '')
    return {
      mark: { type: 'OPPORTUNITY_LOST', email, reason: 'Motivo não informado' },
      notes: [message('loss-without-reason')],
    }
  const { text: reason, clipped } = clipText(given)
  const cut = message('loss-reason-cut', { length: given.length, limit: MAX_TEXT_LENGTH })
  return { mark: { type: 'OPPORTUNITY_LOST', email, reason }, notes: clipped ? [cut] : [] }
}

/**
 * What the end of an opportunity is told with, as TOTVS CRM has it now: the cents of a sale, undefined when they cannot be read, or the reason
 * of a loss. Undefined for what has not ended, and where the member of the value is missing.
 */
export function worthOf(
  opportunity: Pick<CrmOpportunity, 'totalValue' | 'lossReason'>,
  outcome: OpportunityOutcome | undefined,
): { readonly cents: number | undefined } | { readonly reason: string } | undefined {
  if (outcome === 'lost') return { reason: toLoss(opportunity, '').mark.reason }
  if (outcome !== 'won' || lacksValue(opportunity)) return undefined
  const amount = readAmount(opportunity.totalValue) ?? 0
  return { cents: Number.isFinite(amount) ? Math.round(toCents(amount) * 100) : undefined }
}

/** Rounds the decimal number as it is written: 1.005 becomes 1.01, although 1.005 * 100 is 100.49999999999999. */
const toCents = (amount: number): number => Math.round(Number((amount * 100).toPrecision(15))) / 100

const ORIGIN = 'rd:'

export type ContactName = { readonly uuid: string } | { readonly email: string }

/** The names under which RD Station may have the contact of a lead, in the order in which they are asked for. */
export function contactNamesOf({ externalId, emails }: CrmLead): readonly ContactName[] {
  const uuid = (externalId?.startsWith(ORIGIN) && externalId.slice(ORIGIN.length)) || undefined
  const byStandard = emails.toSorted((a, b) => Number(b.standard === true) - Number(a.standard === true))
  return [...(uuid === undefined ? [] : [{ uuid }]), ...byStandard.map(({ email }) => ({ email }))]
}

/** Why nobody is marked for a lead of which no contact is found. Undefined when it came from RD Station: then its contact is gone. */
export function nobodyToMark(lead: CrmLead, { variables }: Pick<TenantSettings, 'variables'>): SkipReason | undefined {
  const names = contactNamesOf(lead)
  const cameFromRd = names.some(name => 'uuid' in name) || lead.leadOriginId === variables.totvs_crm_leadoriginid
  if (!cameFromRd) return message('lead-not-from-rd')
  return names.length === 0 ? message('lead-has-no-email') : undefined
}

/** Somebody has bought. */
export const isClient = ({ lifecycle_stage }: Pick<RdFunnel, 'lifecycle_stage'>): boolean =>
  /^client/i.test(lifecycle_stage)

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
