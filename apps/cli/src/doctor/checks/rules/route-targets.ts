import type { TotvsCrmClient } from '@ponte/clients'
import { type CrmCatalogEntry, Failure, type Route, type TenantSettings } from '@ponte/contracts'
import { findOpportunityCatalog } from '@ponte/registration'
import { type CheckName, type CheckResult, failed, runRuleCheck, skipped } from '../check-result.ts'

const CHECK = 'crm-routes'

/**
 * Do pipeline, stage and type of each route exist? They are looked up as a worker does. The stage, even one of the variables, is looked up
 * in the route's own pipeline.
 */
export async function checkRouteTargets(
  settings: TenantSettings,
  crm: TotvsCrmClient,
): Promise<readonly CheckResult[]> {
  return await runRuleCheck(CHECK, 'totvsCrm.resources', async () => {
    const context = { tenant: { settings }, crm: listingOnce(crm), catalogs: new Map<string, CrmCatalogEntry[]>() }
    const found: CheckResult[] = []
    const blocking = new Set<CheckName>()
    for (const route of settings.routes.filter(namesTarget)) {
      const { problems, blockedBy } = await problemsOf(route, context)
      found.push(...problems)
      if (blockedBy !== undefined) blocking.add(blockedBy)
    }
    return [...found, ...[...blocking].flatMap(check => skipped([CHECK], check))]
  })
}

/** Whether the route is about a pipeline, a stage or a type. */
export const namesTarget = ({ then: { pipeline, stage, type } }: Route): boolean =>
  pipeline !== undefined || stage !== undefined || type !== undefined

type Context = Parameters<typeof findOpportunityCatalog>[0]

/** Reads each list once, because there may be many routes. */
function listingOnce(crm: TotvsCrmClient): Context['crm'] {
  const lists = new Map<string, ReturnType<TotvsCrmClient['listCatalog']>>()
  return {
    listCatalog(kind) {
      const list = lists.get(kind) ?? crm.listCatalog(kind)
      lists.set(kind, list)
      return list
    },
  }
}

interface Found {
  readonly problems: readonly CheckResult[]
  /** The check of a variable that the route relies on and that cannot be found. Nothing more is known of the route then. */
  readonly blockedBy: CheckName | undefined
}

/** A look-up ends at its first problem. What that problem names is left out of the route, and the rest of it is looked up again. */
async function problemsOf(route: Route, context: Context): Promise<Found> {
  if (!namesTarget(route)) return { problems: [], blockedBy: undefined }
  try {
    await findOpportunityCatalog(context, route)
    return { problems: [], blockedBy: undefined }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { problem, variable } = error.context
    if (isVariable(variable)) return { problems: [], blockedBy: checkOfVariable[variable] }
    if (problem !== 'pipeline' && problem !== 'stage' && problem !== 'type') throw error
    const value = route.then[problem] ?? context.tenant.settings.variables.totvs_crm_oportunity_stage
    const { problems, blockedBy } = await problemsOf(without(problem, route), context)
    return { problems: [failed(CHECK, error.code, { route: route.name, [problem]: value }), ...problems], blockedBy }
  }
}

const checkOfVariable = {
  totvs_crm_pipeline: 'crm-pipeline',
  totvs_crm_oportunity_stage: 'crm-stage',
  totvs_crm_oportunity_type: 'crm-opportunity-type',
} as const satisfies Record<string, CheckName>

const isVariable = (variable: unknown): variable is keyof typeof checkOfVariable =>
  typeof variable === 'string' && Object.hasOwn(checkOfVariable, variable)

/** The route without what the problem names. Pipeline and stage go together: neither can be found without the other. */
function without(problem: 'pipeline' | 'stage' | 'type', { then: { pipeline, stage, type }, ...route }: Route): Route {
  const rest =
    problem === 'type'
      ? { ...(pipeline !== undefined && { pipeline }), ...(stage !== undefined && { stage }) }
      : { ...(type !== undefined && { type }) }
  // oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
  return { ...route, then: rest }
}
