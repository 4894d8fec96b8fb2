import { mapNonEmpty, message, type Route } from '@ponte/contracts'
import { findOwners, isDefaultUser } from '@ponte/registration'
import type { JobContext } from '../run/job-context.ts'
import type { KnownLead, Person } from './registration.ts'

/** The user who becomes responsible; where the users of a route take turns, the one whose turn it is. */
export async function chooseOwner(
  { data, report }: Person,
  route: Route | undefined,
  context: JobContext,
): Promise<string> {
  const owners = await findOwners({ ownerEmail: data.lead.ownerEmail, route }, context)
  if (owners.kind !== 'in-turn' || route === undefined)
    return owners.kind === 'in-turn' ? owners.users[0].id : owners.user.id
  const users = mapNonEmpty(owners.users, ({ id }) => id)
  const id = await context.ownerTurns.take(route.name, { event: data.key, users })
  report.add(message('owner-in-turn', { rule: route.name, usable: users.length, count: owners.count }))
  return id
}

/**
 * The user of a new opportunity: that of its lead. A lead that the default user has is nobody's yet, so its opportunity goes to a user
 * of the route; the lead itself keeps its user. See docs/behaviour.md#responsible-user.
 */
export async function ownerOfOpportunity(
  person: Person,
  { lead: { userId }, isNew, route }: { lead: KnownLead; isNew: boolean; route: Route | undefined },
  context: JobContext,
): Promise<string> {
  if (userId === undefined) return await chooseOwner(person, route, context)
  if (isNew || route?.then.owner === undefined) return userId
  if (await isDefaultUser(userId, context)) return await chooseOwner(person, route, context)
  context.note(message('owner-kept', { rule: route.name }))
  return userId
}
