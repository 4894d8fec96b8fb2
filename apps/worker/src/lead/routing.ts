import { mapNonEmpty, message, PermanentFailure, type Route } from '@ponte/contracts'
import { type DefaultUserReason, findOpportunityCatalog, findOwners, isNobodys } from '@ponte/registration'
import type { JobContext } from '../run/job-context.ts'
import type { KnownLead, Person, Routing } from './registration.ts'
import { findRoute } from '@ponte/mappers'

/**
 * Finds the first route that the lead matches, and its pipeline, stage and type in TOTVS CRM. Call it before anything is written for the
 * lead: a route that cannot be followed fails the event. See docs/behaviour/leads.md#routes.
 */
export async function followRoute({ data, report }: Person, context: JobContext): Promise<Routing> {
  const route = findRoute(context.tenant.settings.routes, data)
  if (route === undefined) return { route, catalog: undefined }
  try {
    return { route, catalog: await findOpportunityCatalog(context, route) }
  } catch (error) {
    if (error instanceof PermanentFailure) report.routeNotPossible(route.name)
    throw error
  }
}

export interface ChosenOwner {
  /** The user's id. */
  readonly id: string
  /** Why the default user is responsible. Undefined for any other user, or when the tenant wants no other. */
  readonly reason: DefaultUserReason | undefined
}

/** Chooses the responsible user. Users of a route that take turns get the leads one after the other. */
export async function chooseOwner(
  { data, report }: Person,
  route: Route | undefined,
  context: JobContext,
): Promise<ChosenOwner> {
  const owners = await findOwners({ ownerEmail: data.lead.ownerEmail, route }, context)
  if (owners.kind !== 'in-turn')
    return { id: owners.user.id, reason: owners.kind === 'default' ? owners.reason : undefined }
  if (route === undefined) return { id: owners.users[0].id, reason: undefined }
  const users = mapNonEmpty(owners.users, ({ id }) => id)
  const id = await context.ownerTurns.take(route.name, { event: data.key, users })
  report.add(message('owner-in-turn', { rule: route.name, usable: users.length, count: owners.count }))
  return { id, reason: undefined }
}

/**
 * The user of a new opportunity: the lead's. A lead of the default user counts as nobody's, unless the route names that user. Then the
 * opportunity goes to a user of the route, and the lead keeps its user. See docs/behaviour/leads.md#responsible-user.
 */
export async function ownerOfOpportunity(
  person: Person,
  { lead: { userId }, isNew, route }: { lead: KnownLead; isNew: boolean; route: Route | undefined },
  context: JobContext,
): Promise<string> {
  if (userId === undefined) return (await chooseOwner(person, route, context)).id
  if (isNew || route?.then.owner === undefined) return userId
  if (await isNobodys(userId, route, context)) return (await chooseOwner(person, route, context)).id
  context.note(message('owner-kept', { rule: route.name }))
  return userId
}
