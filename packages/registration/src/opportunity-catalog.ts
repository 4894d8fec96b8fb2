import { type CrmCatalogEntry, PermanentFailure, type Route } from '@ponte/contracts'
import { chooseCatalogEntries, pipelineOfStage } from '@ponte/mappers'
import type { ReadingContext } from './reading-context.ts'

type CatalogName = 'pipeline' | 'stage' | 'opportunityType'

const variableOf = {
  pipeline: 'totvs_crm_pipeline',
  stage: 'totvs_crm_oportunity_stage',
  opportunityType: 'totvs_crm_oportunity_type',
} as const satisfies Record<CatalogName, string>

/** What a route calls it. */
const keyOf = { pipeline: 'pipeline', stage: 'stage', opportunityType: 'type' } as const satisfies Record<
  CatalogName,
  keyof Route['then']
>

export type CatalogDeps = Pick<ReadingContext, 'tenant' | 'catalogs'> & {
  readonly crm: Pick<ReadingContext['crm'], 'listCatalog'>
}

/** Pipeline, stage and type as TOTVS CRM has them. */
export type OpportunityCatalog = Readonly<Record<CatalogName, CrmCatalogEntry>>

/**
 * The pipeline, stage and type that the route names, and where it names none, the tenant's variables; each by its description or id.
 * A stage that stands in more than one pipeline is the one of that pipeline; where the route names the stage or the pipeline, it has
 * to be there. See docs/behaviour.md#pipeline-stage-and-type.
 *
 * @throws PermanentFailure `ROUTE_NOT_POSSIBLE` where what a route names is not there or is several, `CRM_CATALOG_ENTRY_…` of a variable.
 */
export async function readOpportunityCatalog(context: CatalogDeps, route?: Route): Promise<OpportunityCatalog> {
  const pipeline = await findEntry('pipeline', { context, route })
  const stage = await findEntry('stage', { context, route, pipeline })
  const opportunityType = await findEntry('opportunityType', { context, route })
  return { pipeline, stage, opportunityType }
}

/** The ids of the same. */
export async function findOpportunityCatalog(context: CatalogDeps, route?: Route) {
  const { pipeline, stage, opportunityType } = await readOpportunityCatalog(context, route)
  return { pipelineId: pipeline.id, stageId: stage.id, opportunityTypeId: opportunityType.id }
}

/** The types that Ponte gives its opportunities, as the tenants file names them: that of the variable and those of routes. */
export const ownTypes = ({ tenant: { settings } }: Pick<CatalogDeps, 'tenant'>): readonly string[] => [
  settings.variables.totvs_crm_oportunity_type,
  ...settings.routes.flatMap(({ then: { type } }) => type ?? []),
]

/** The ids of those that exist. One that is gone keeps no lead back here: whoever opens an opportunity of it finds that out. */
export async function findOwnTypeIds(context: CatalogDeps): Promise<readonly string[]> {
  const { catalogs, crm } = context
  const entries = catalogs.get('opportunityType') ?? (await crm.listCatalog('opportunityType'))
  const found = ownTypes(context).flatMap(type => chooseCatalogEntries(entries, type))
  if (found.length > 0) catalogs.set('opportunityType', [...entries])
  return found.map(({ id }) => id)
}

interface Wanted {
  readonly context: CatalogDeps
  readonly route?: Route | undefined
  /** Of a stage. */
  readonly pipeline?: CrmCatalogEntry
}

async function findEntry(name: CatalogName, { context, route, pipeline }: Wanted): Promise<CrmCatalogEntry> {
  const variable = variableOf[name]
  const ofRoute = route?.then[keyOf[name]]
  const isThere = (entry: CrmCatalogEntry): boolean => pipeline === undefined || pipelineOfStage(entry) === pipeline.id
  const isByRoute = ofRoute !== undefined || (name === 'stage' && route?.then.pipeline !== undefined)
  const choose = (entries: readonly CrmCatalogEntry[]): readonly CrmCatalogEntry[] => {
    const chosen = chooseCatalogEntries(entries, ofRoute ?? context.tenant.settings.variables[variable], isThere)
    // A CRM that does not say which pipeline a stage belongs to cannot be asked whether it is there.
    return isByRoute ? chosen.filter(entry => isThere(entry) || pipelineOfStage(entry) === undefined) : chosen
  }
  const kept = context.catalogs.get(name)
  const ofKept = kept === undefined ? [] : choose(kept)
  // What a list that was read for another lead does not have may be there by now: a retry has to find it.
  const entries = ofKept.length === 1 && kept !== undefined ? kept : await context.crm.listCatalog(name)
  const found = entries === kept ? ofKept : choose(entries)
  const [first] = found
  if (isByRoute && (first === undefined || found.length > 1))
    throw new PermanentFailure('ROUTE_NOT_POSSIBLE', { context: { route: route?.name ?? '', problem: keyOf[name] } })
  if (first === undefined) throw new PermanentFailure('CRM_CATALOG_ENTRY_NOT_FOUND', { context: { variable } })
  if (found.length > 1) throw new PermanentFailure('CRM_CATALOG_ENTRY_AMBIGUOUS', { context: { variable } })
  context.catalogs.set(name, [...entries])
  return first
}
