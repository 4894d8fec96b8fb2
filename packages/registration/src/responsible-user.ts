import { filterOf } from '@ponte/clients'
import { type CrmUser, type Message, message, PermanentFailure } from '@ponte/contracts'
import type { ReadingContext } from './reading-context.ts'

const VARIABLE = 'totvs_crm_default_user'

export type UserDeps = Pick<ReadingContext, 'tenant' | 'users' | 'note'> & {
  readonly crm: Pick<ReadingContext['crm'], 'findUsers'>
}

/** The CRM user of the contact's owner in RD Station, if active and with a role; else the tenant's default user. See docs/behaviour.md#responsible-user. */
export async function findResponsibleUser(ownerEmail: string | undefined, context: UserDeps): Promise<CrmUser> {
  if (ownerEmail !== undefined) {
    const owner = await findUser(ownerEmail, context)
    if (owner !== undefined && isUsable(owner)) return owner
    context.note(describe(owner))
  }
  const user = await findUser(context.tenant.settings.variables.totvs_crm_default_user, context)
  const variable = { variable: VARIABLE }
  if (user === undefined) throw new PermanentFailure('CRM_DEFAULT_USER_NOT_FOUND', { context: variable })
  if (user.active === false) throw new PermanentFailure('CRM_DEFAULT_USER_INACTIVE', { context: variable })
  if (user.roleId === undefined) throw new PermanentFailure('CRM_DEFAULT_USER_WITHOUT_ROLE', { context: variable })
  return user
}

async function findUser(email: string, { crm, users }: UserDeps): Promise<CrmUser | undefined> {
  const wanted = email.trim().toLowerCase()
  const known = users.get(wanted)
  if (known !== undefined) return known
  const filter = filterOf({ field: 'userEmail.email', op: 'ieq', value: wanted })
  if (filter === undefined) return undefined
  const matching = await crm.findUsers(filter, user =>
    user.userEmail.some(entry => entry.email.trim().toLowerCase() === wanted),
  )
  const found = matching.find(isUsable) ?? matching[0]
  if (found !== undefined && isUsable(found)) users.set(wanted, found)
  return found
}

const isUsable = (user: CrmUser): boolean => user.active !== false && user.roleId !== undefined

function describe(owner: CrmUser | undefined): Message {
  if (owner === undefined) return message('owner-unknown')
  if (owner.active === false) return message('owner-inactive')
  return message('owner-without-role')
}
