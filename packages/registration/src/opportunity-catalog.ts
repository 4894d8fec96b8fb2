import { type CrmCatalogEntry, PermanentFailure } from '@ponte/contracts'
import { chooseCatalogEntries, pipelineOfStage } from '@ponte/mappers'
import type { ReadingContext } from './reading-context.ts'

type CatalogName = 'pipeline' | 'stage' | 'opportunityType'

const variableOf = {
  pipeline: 'totvs_crm_pipeline',
  stage: 'totvs_crm_oportunity_stage',
  opportunityType: 'totvs_crm_oportunity_type',
} as const satisfies Record<CatalogName, string>

export type CatalogDeps = Pick<ReadingContext, 'tenant' | 'catalogs'> & {
  readonly crm: Pick<ReadingContext['crm'], 'listCatalog'>
}

/** Ids of the pipeline, stage and type that the tenant's variables describe. A variable may hold an id as well. See docs/behaviour.md#pipeline-stage-and-type. */
export async function findOpportunityCatalog(context: CatalogDeps) {
  const pipeline = await findEntry('pipeline', context)
  const stage = await findEntry('stage', context, stage => pipelineOfStage(stage) === pipeline.id)
  const opportunityType = await findEntry('opportunityType', context)
  return { pipelineId: pipeline.id, stageId: stage.id, opportunityTypeId: opportunityType.id }
}

async function findEntry(
  name: CatalogName,
  context: CatalogDeps,
  preferred: (entry: CrmCatalogEntry) => boolean = () => true,
): Promise<CrmCatalogEntry> {
  const variable = variableOf[name]
  const wanted = context.tenant.settings.variables[variable]
  const entries = context.catalogs.get(name) ?? (await context.crm.listCatalog(name))
  const candidates = chooseCatalogEntries(entries, wanted, preferred)
  const [found] = candidates
  if (found === undefined) throw new PermanentFailure('CRM_CATALOG_ENTRY_NOT_FOUND', { context: { variable } })
  if (candidates.length > 1) throw new PermanentFailure('CRM_CATALOG_ENTRY_AMBIGUOUS', { context: { variable } })
  context.catalogs.set(name, [...entries])
  return found
}
