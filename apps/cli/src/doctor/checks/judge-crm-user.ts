import { filterOf, type TotvsCrmClient } from '@ponte/clients'
import type { CrmUser } from '@ponte/contracts'

/** Whether a user can own leads, and why not: TOTVS CRM refuses leads of other users (docs/vendors/totvs-crm.md#users). */
export async function judgeCrmUser(
  email: string,
  crm: Pick<TotvsCrmClient, 'findUsers'>,
): Promise<'usable' | 'not-found' | 'inactive' | 'without-role'> {
  const wanted = email.trim().toLowerCase()
  const filter = filterOf({ field: 'userEmail.email', op: 'ieq', value: wanted })
  const isWanted = ({ userEmail }: CrmUser) => userEmail.some(entry => entry.email.trim().toLowerCase() === wanted)
  const matching = filter === undefined ? [] : await crm.findUsers(filter, isWanted)
  const user = matching.find(isUsable) ?? matching[0]
  if (user === undefined) return 'not-found'
  if (user.active === false) return 'inactive'
  return user.roleId === undefined ? 'without-role' : 'usable'
}

const isUsable = (user: CrmUser): boolean => user.active !== false && user.roleId !== undefined

/** Enough to recognise the address of the tenants file. */
export const maskedEmail = (email: string): string => email.trim().replace(/^(.).*@/s, '$1***@')
