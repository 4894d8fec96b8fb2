import type { TenantSettings } from '@ponte/contracts'

const usual = { open: 'PROGRESS', won: 'WON', lost: 'LOST' } as const

/** The status that TOTVS CRM is told: the usual one where the tenant's `statusMap` has it, else the first with this meaning. */
export function statusFor(
  meaning: keyof typeof usual,
  { statusMap }: Pick<TenantSettings['totvsCrm'], 'statusMap'>,
): string {
  const statuses = Object.keys(statusMap).filter(status => statusMap[status] === meaning)
  return statuses.find(status => status === usual[meaning]) ?? statuses[0] ?? usual[meaning]
}
