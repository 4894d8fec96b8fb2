import { normalForm, type OpportunityOutcome, type TenantSettings } from '@ponte/contracts'

type StatusMap = TenantSettings['totvsCrm']['statusMap']

/** What an opportunity's status means for RD Station, compared without case. Nothing when the tenant's map does not name it. */
export function outcomeOfStatus(status: string, statusMap: StatusMap): OpportunityOutcome | undefined {
  // In Unicode, an accent may be a character of its own.
  const fold = (text: string): string => normalForm(text.trim(), 'NFC').toUpperCase()
  return Object.entries(statusMap).find(([name]) => fold(name) === fold(status))?.[1]
}

/** The statuses with this meaning, as the tenant's map spells them. TOTVS CRM may spell them with another case. */
export const statusesOf = (outcome: OpportunityOutcome, statusMap: StatusMap): readonly string[] =>
  Object.keys(statusMap).flatMap(name => (statusMap[name] === outcome ? name.trim() : []))

/** As docs/vendors/totvs-crm.md#status-of-an-opportunity has them. */
const usual = { open: 'PROGRESS', won: 'WON', lost: 'LOST' } as const

/** The status that TOTVS CRM is told: the usual one where it has this meaning for the tenant, else the first of the tenant's map. */
export const statusFor = (outcome: keyof typeof usual, statusMap: StatusMap): string =>
  outcomeOfStatus(usual[outcome], statusMap) === outcome
    ? usual[outcome]
    : (statusesOf(outcome, statusMap)[0] ?? usual[outcome])
