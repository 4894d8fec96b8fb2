/** Which of the two systems a call went to. */
export type System = 'totvs-crm' | 'rd-station'
export const systemNames = {
  'totvs-crm': 'TOTVS CRM',
  'rd-station': 'RD Station',
} as const satisfies Record<System, string>
