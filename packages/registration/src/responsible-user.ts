import { filterOf } from '@ponte/clients'
import { type CrmUser, message, type NonEmpty, PermanentFailure, type Route } from '@ponte/contracts'
import type { ReadingContext } from './reading-context.ts'

const VARIABLE = 'totvs_crm_default_user'

export type UserDeps = Pick<ReadingContext, 'tenant' | 'users' | 'note'> & {
  readonly crm: Pick<ReadingContext['crm'], 'findUsers'>
}

/** Which users can be responsible for a new lead. `in-turn`: the one of them whose turn it is. */
export type Owners =
  | { readonly kind: 'owner-in-rd-station'; readonly user: CrmUser }
  /** `reason`: why no other user is responsible. Undefined when the tenant wants no other. */
  | { readonly kind: 'default'; readonly user: CrmUser; readonly reason: DefaultUserReason | undefined }
  | { readonly kind: 'in-turn'; readonly users: NonEmpty<CrmUser>; readonly count: number }

/** The messages of the job's log, by the reason why the default user is responsible. */
const notes = {
  'no-owner': 'default-user-for-want-of-owner',
  'owner-unknown': 'owner-unknown',
  'owner-inactive': 'owner-inactive',
  'owner-without-role': 'owner-without-role',
} as const

export type DefaultUserReason = keyof typeof notes | 'route-without-owner'

export interface OwnerQuestion {
  /** E-mail of the contact's owner in RD Station. */
  readonly ownerEmail: string | undefined
  readonly route: Route | undefined
}

/**
 * The CRM user of the contact's owner in RD Station, if the route or the tenant wants that; else the users of the route; else the tenant's
 * default user. Only users that are active and have a role count. See docs/behaviour/leads.md#responsible-user.
 */
export async function findOwners({ ownerEmail, route }: OwnerQuestion, context: UserDeps): Promise<Owners> {
  const isRdFirst = route?.then.ownerFromRdStation ?? context.tenant.settings.ownerFromRdStation
  const owner = isRdFirst && ownerEmail !== undefined ? await findUser(ownerEmail, context) : undefined
  if (owner !== undefined && isUsable(owner)) return { kind: 'owner-in-rd-station', user: owner }
  let reason: DefaultUserReason | undefined
  if (route?.then.owner !== undefined) {
    const [first, ...others] = await findUsable(route.then.owner, context)
    if (first !== undefined) return { kind: 'in-turn', users: [first, ...others], count: route.then.owner.length }
    context.note(message('route-without-owner', { rule: route.name }))
    reason = 'route-without-owner'
  } else if (isRdFirst) {
    const why = ownerEmail === undefined ? 'no-owner' : whyUnusable(owner)
    context.note(message(notes[why]))
    reason = why
  }
  return { kind: 'default', user: await findDefaultUser(context), reason }
}

/** Each user once, in the order of the e-mails. */
async function findUsable(emails: readonly string[], context: UserDeps): Promise<readonly CrmUser[]> {
  const users = new Map<string, CrmUser>()
  for (const email of emails) {
    const user = await findUser(email, context)
    if (user !== undefined && isUsable(user)) users.set(user.id, user)
  }
  return [...users.values()]
}

/**
 * Whether nobody has taken over a lead of this user yet: the user is the tenant's default user, usable or not. It must not be one of the
 * route's users, because such a user may have got the lead by turn.
 */
export async function isNobodys(userId: string, route: Route, context: UserDeps): Promise<boolean> {
  const { totvs_crm_default_user: email } = context.tenant.settings.variables
  if (route.then.owner?.includes(email.trim().toLowerCase()) === true) return false
  return (await findUser(email, context))?.id === userId
}

async function findDefaultUser(context: UserDeps): Promise<CrmUser> {
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

function whyUnusable(owner: CrmUser | undefined): Exclude<keyof typeof notes, 'no-owner'> {
  if (owner === undefined) return 'owner-unknown'
  return owner.active === false ? 'owner-inactive' : 'owner-without-role'
}
