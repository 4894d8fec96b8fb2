import { PermanentFailure } from '@ponte/contracts'
import { findRoute } from '@ponte/mappers'
import { findOpportunityCatalog } from '@ponte/registration'
import type { LeadContext } from '../run/job-context.ts'
import type { Person, Routing } from './registration.ts'

/**
 * Finds the first route that the lead matches, and its pipeline, stage and type in TOTVS CRM. Call it before anything is written for the
 * lead: a route that cannot be followed fails the event. See docs/behaviour.md#routes.
 */
export async function followRoute({ data, report }: Person, context: LeadContext): Promise<Routing> {
  const route = findRoute(context.tenant.settings.routes, data)
  if (route === undefined) return { route, catalog: undefined }
  try {
    return { route, catalog: await findOpportunityCatalog(context, route) }
  } catch (error) {
    if (error instanceof PermanentFailure) report.routeNotPossible(route.name)
    throw error
  }
}
