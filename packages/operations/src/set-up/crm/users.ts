import { filterOf, type TotvsCrmClient } from '@ponte/clients'
import type { CrmUser } from '@ponte/contracts'

/** Whether a user can own leads, and why not: TOTVS CRM refuses leads of other users (docs/vendors/totvs-crm.md#users). */
export type UserState = 'usable' | 'not-found' | 'inactive' | 'without-role'

/** Looks the user up by e-mail, as a worker does. */
export async function judgeCrmUser(email: string, crm: Pick<TotvsCrmClient, 'findUsers'>): Promise<UserState> {
  const wanted = email.trim().toLowerCase()
  const filter = filterOf({ field: 'userEmail.email', op: 'ieq', value: wanted })
  const isWanted = (user: CrmUser): boolean => emailsOf(user).includes(wanted)
  return stateOfUser(email, filter === undefined ? [] : await crm.findUsers(filter, isWanted))
}

/** The same, of users that were read. */
export function stateOfUser(email: string, users: readonly CrmUser[]): UserState {
  const matching = users.filter(user => emailsOf(user).includes(email.trim().toLowerCase()))
  const user = matching.find(isUsable) ?? matching[0]
  if (user === undefined) return 'not-found'
  if (user.active === false) return 'inactive'
  return user.roleId === undefined ? 'without-role' : 'usable'
}

/** The e-mails from which the default user is chosen: the first one of each user who can own leads. */
export const emailsOfUsableUsers = (users: readonly CrmUser[]): string[] => [
  ...new Set(users.filter(isUsable).flatMap(user => emailsOf(user).slice(0, 1))),
]

const emailsOf = ({ userEmail }: CrmUser): string[] => userEmail.map(({ email }) => email.trim().toLowerCase())

const isUsable = (user: CrmUser): boolean => user.active !== false && user.roleId !== undefined

/** Enough to recognise the address of the tenants file. */
export const maskedEmail = (email: string): string => email.trim().replace(/^(.).*@/s, '$1***@')
