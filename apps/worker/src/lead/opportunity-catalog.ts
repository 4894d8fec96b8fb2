import { type CrmCatalogEntry, PermanentFailure } from '@ponte/contracts'
import { foldText } from '@ponte/mappers'
import type { JobContext } from '../job-context.ts'

type CatalogName = 'pipeline' | 'stage' | 'opportunityType'

const variableOf = {
  pipeline: 'totvs_crm_pipeline',
  stage: 'totvs_crm_oportunity_stage',
  opportunityType: 'totvs_crm_oportunity_type',
} as const satisfies Record<CatalogName, string>

/** Ids of the pipeline, stage and type that the tenant's variables describe; ids are taken as they are. SPEC §8. */
export async function findOpportunityCatalog(context: JobContext) {
  const pipeline = await findEntry('pipeline', context)
  const stage = await findEntry('stage', context, entry => belongsTo(entry, pipeline))
  const opportunityType = await findEntry('opportunityType', context)
  return { pipelineId: pipeline.id, stageId: stage.id, opportunityTypeId: opportunityType.id }
}

async function findEntry(
  name: CatalogName,
  context: JobContext,
  preferred: (entry: CrmCatalogEntry) => boolean = () => true,
): Promise<CrmCatalogEntry> {
  const variable = variableOf[name]
  const wanted = context.tenant.settings.variables[variable]
  const entries = context.catalogs.get(name) ?? (await context.crm.listCatalog(name))
  const candidates = chooseCandidates(entries, wanted, preferred)
  const [found] = candidates
  if (found === undefined) throw new PermanentFailure('CRM_CATALOG_ENTRY_NOT_FOUND', { context: { variable } })
  if (candidates.length > 1) throw new PermanentFailure('CRM_CATALOG_ENTRY_AMBIGUOUS', { context: { variable } })
  context.catalogs.set(name, [...entries])
  return found
}

/** By id, else by the exact description, else without case and accents; among several, those of the right pipeline. */
function chooseCandidates(
  entries: readonly CrmCatalogEntry[],
  wanted: string,
  preferred: (entry: CrmCatalogEntry) => boolean,
): readonly CrmCatalogEntry[] {
  const matchers = [
    (entry: CrmCatalogEntry) => entry.id === wanted,
    (entry: CrmCatalogEntry) => entry.description === wanted,
    (entry: CrmCatalogEntry) => entry.description !== undefined && foldText(entry.description) === foldText(wanted),
  ]
  for (const matches of matchers) {
    const found = entries.filter(matches)
    if (found.length === 0) continue
    const best = found.filter(preferred)
    return best.length > 0 ? best : found
  }
  return []
}

const belongsTo = (stage: CrmCatalogEntry, pipeline: CrmCatalogEntry): boolean =>
  stage.pipelineId === pipeline.id || stage.pipeline?.id === pipeline.id
