import { type CrmCatalogEntry, PermanentFailure, type Route } from '@ponte/contracts'
import { chooseCatalogEntries, pipelineOfStage } from '@ponte/mappers'
import type { ReadingContext } from './reading-context.ts'

type CatalogName = 'pipeline' | 'stage' | 'opportunityType'

const variableOf = {
  pipeline: 'totvs_crm_pipeline',
  stage: 'totvs_crm_oportunity_stage',
  opportunityType: 'totvs_crm_oportunity_type',
} as const satisfies Record<CatalogName, string>

/** The key of a route. */
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
 * The pipeline, stage and type that the route names, or else the tenant's variables, each by its description or id. If several pipelines
 * have the stage, the one of that pipeline is meant. If the route names the stage or the pipeline, the stage has to belong to it. See
 * docs/behaviour/leads.md#pipeline-stage-and-type.
 *
 * @throws PermanentFailure `ROUTE_NOT_POSSIBLE` when an entry that a route names does not exist or is ambiguous, `CRM_CATALOG_ENTRY_…` for
 * a variable.
 */
export async function readOpportunityCatalog(context: CatalogDeps, route?: Route): Promise<OpportunityCatalog> {
  const pipeline = await findEntry('pipeline', { context, route })
  const stage = await findEntry('stage', { context, route, pipeline })
  const opportunityType = await findEntry('opportunityType', { context, route })
  return { pipeline, stage, opportunityType }
}

/** The ids of these entries. */
export async function findOpportunityCatalog(context: CatalogDeps, route?: Route) {
  const { pipeline, stage, opportunityType } = await readOpportunityCatalog(context, route)
  return { pipelineId: pipeline.id, stageId: stage.id, opportunityTypeId: opportunityType.id }
}

/** The types that Ponte gives its opportunities, as the tenants file names them: the one of the variable and those of routes. */
export const ownTypes = ({ tenant: { settings } }: Pick<CatalogDeps, 'tenant'>): readonly string[] => [
  settings.variables.totvs_crm_oportunity_type,
  ...settings.routes.flatMap(({ then: { type } }) => type ?? []),
]

/** The ids of Ponte's types that exist. A missing type is no error here: it fails the event that would open an opportunity of it. */
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
  /** The pipeline that a stage has to belong to. */
  readonly pipeline?: CrmCatalogEntry
}

async function findEntry(name: CatalogName, { context, route, pipeline }: Wanted): Promise<CrmCatalogEntry> {
  const variable = variableOf[name]
  const ofRoute = route?.then[keyOf[name]]
  const isThere = (entry: CrmCatalogEntry): boolean => pipeline === undefined || pipelineOfStage(entry) === pipeline.id
  const isByRoute = ofRoute !== undefined || (name === 'stage' && route?.then.pipeline !== undefined)
  const choose = (entries: readonly CrmCatalogEntry[]): readonly CrmCatalogEntry[] => {
    const chosen = chooseCatalogEntries(entries, ofRoute ?? context.tenant.settings.variables[variable], isThere)
    // Keep stages without a pipeline: the CRM may not say which pipeline a stage belongs to.
    return isByRoute ? chosen.filter(entry => isThere(entry) || pipelineOfStage(entry) === undefined) : chosen
  }
  const kept = context.catalogs.get(name)
  const ofKept = kept === undefined ? [] : choose(kept)
  // A list that was read for another lead may be out of date. If it lacks the entry, read it again, so that a retry finds a new one.
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
