import type { TotvsCrmClient } from '@ponte/clients'
import type { CrmCatalogEntry, TenantSettings } from '@ponte/contracts'
import { chooseCatalogEntries, pipelineOfStage } from '@ponte/mappers'
import { runCheck, type CheckName, type CheckResult, passed, skipped, notCheckable, failed } from './check-result.ts'

const kinds = {
  pipeline: { check: 'crm-pipeline', variable: 'totvs_crm_pipeline' },
  stage: { check: 'crm-stage', variable: 'totvs_crm_oportunity_stage' },
  opportunityType: { check: 'crm-opportunity-type', variable: 'totvs_crm_oportunity_type' },
} as const satisfies Record<string, { check: CheckName; variable: keyof TenantSettings['variables'] }>

interface Found {
  readonly results: readonly CheckResult[]
  /** The entries that the variable may mean. */
  readonly chosen: readonly CrmCatalogEntry[]
  /** The entry, if there is exactly one. */
  readonly entry: CrmCatalogEntry | undefined
}

/** Do pipeline, stage and type each name exactly one entry in TOTVS CRM, and does the stage belong to the pipeline? */
export async function checkCrmCatalog(
  { variables }: TenantSettings,
  crm: TotvsCrmClient,
): Promise<readonly CheckResult[]> {
  async function find(kind: keyof typeof kinds, isPreferred?: (entry: CrmCatalogEntry) => boolean): Promise<Found> {
    const { check, variable } = kinds[kind]
    let chosen: readonly CrmCatalogEntry[] = []
    const results = await runCheck(check, { setting: `totvsCrm.resources.${kind}` }, async () => {
      chosen = chooseCatalogEntries(await crm.listCatalog(kind), variables[variable], isPreferred)
      if (chosen.length === 1) return [passed(check)]
      const problem = chosen.length === 0 ? 'CRM_CATALOG_ENTRY_NOT_FOUND' : 'CRM_CATALOG_ENTRY_AMBIGUOUS'
      return [failed(check, problem, { variable, value: variables[variable], entries: chosen.length })]
    })
    return { results, chosen, entry: chosen.length === 1 ? chosen[0] : undefined }
  }

  const pipeline = await find('pipeline')
  const stage = await find(
    'stage',
    entry => pipeline.entry === undefined || pipelineOfStage(entry) === pipeline.entry.id,
  )
  // Pipelines often have stages with the same name: without the pipeline, the stage cannot be known.
  const dependsOnPipeline = pipeline.entry === undefined && stage.chosen.length > 1
  const type = await find('opportunityType')
  return [
    ...pipeline.results,
    ...(dependsOnPipeline ? skipped(['crm-stage'], 'crm-pipeline') : stage.results),
    ...type.results,
    ...compare(pipeline.entry, stage.entry, variables.totvs_crm_oportunity_stage),
  ]
}

function compare(
  pipeline: CrmCatalogEntry | undefined,
  stage: CrmCatalogEntry | undefined,
  value: string,
): readonly CheckResult[] {
  const check = 'crm-stage-in-pipeline'
  if (pipeline === undefined) return skipped([check], 'crm-pipeline')
  if (stage === undefined) return skipped([check], 'crm-stage')
  const found = pipelineOfStage(stage)
  if (found === undefined) return [notCheckable(check, 'STAGE_TELLS_NO_PIPELINE')]
  if (found === pipeline.id) return [passed(check)]
  return [failed(check, 'CRM_STAGE_OUTSIDE_PIPELINE', { variable: 'totvs_crm_oportunity_stage', value })]
}
