import type { TotvsCrmClient } from '@ponte/clients'
import type { CrmCatalogEntry, TenantSettings } from '@ponte/contracts'
import { chooseCatalogEntries, pipelineOfStage } from '@ponte/mappers'
import { type CatalogKind, catalogVariables, nameOf } from '../../crm/catalog.ts'
import {
  choicesOf,
  type Facts,
  runCheck,
  type CheckName,
  type CheckResult,
  passed,
  skipped,
  notCheckable,
  failed,
} from './check-result.ts'

const checkOf = {
  pipeline: 'crm-pipeline',
  stage: 'crm-stage',
  opportunityType: 'crm-opportunity-type',
} as const satisfies Record<CatalogKind, CheckName>

interface Found {
  readonly results: readonly CheckResult[]
  /** The entries that the variable may mean. */
  readonly chosen: readonly CrmCatalogEntry[]
  /** The entry, if there is exactly one. */
  readonly entry: CrmCatalogEntry | undefined
  /** What else the variable could name; of stages those of the pipeline. */
  readonly choices: Facts
}

/** Do pipeline, stage and type each name exactly one entry in TOTVS CRM, and does the stage belong to the pipeline? */
export async function checkCrmCatalog(
  { variables }: TenantSettings,
  crm: TotvsCrmClient,
): Promise<readonly CheckResult[]> {
  async function find(kind: CatalogKind, isPreferred?: (entry: CrmCatalogEntry) => boolean): Promise<Found> {
    const [check, variable] = [checkOf[kind], catalogVariables[kind]]
    const value = variables[variable]
    let chosen: readonly CrmCatalogEntry[] = []
    let choices: Facts = {}
    const results = await runCheck(check, { setting: `totvsCrm.resources.${kind}` }, async () => {
      const entries = await crm.listCatalog(kind)
      const own = isPreferred === undefined ? [] : entries.filter(isPreferred)
      choices = choicesOf((own.length > 0 ? own : entries).map(nameOf))
      chosen = value === '' ? [] : chooseCatalogEntries(entries, value, isPreferred)
      if (chosen.length === 1) return [passed(check)]
      if (chosen.length > 1) {
        const facts = { variable, value, entries: chosen.length, ...choicesOf(chosen.map(({ id }) => id)) }
        return [failed(check, 'CRM_CATALOG_ENTRY_AMBIGUOUS', facts)]
      }
      const problem = value === '' ? 'VARIABLE_EMPTY' : 'CRM_CATALOG_ENTRY_NOT_FOUND'
      return [failed(check, problem, { variable, value, entries: 0, ...choices })]
    })
    return { results, chosen, entry: chosen.length === 1 ? chosen[0] : undefined, choices }
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
    ...compare(pipeline.entry, stage, variables.totvs_crm_oportunity_stage),
  ]
}

function compare(
  pipeline: CrmCatalogEntry | undefined,
  { entry: stage, choices }: Found,
  value: string,
): readonly CheckResult[] {
  const check = 'crm-stage-in-pipeline'
  if (pipeline === undefined) return skipped([check], 'crm-pipeline')
  if (stage === undefined) return skipped([check], 'crm-stage')
  const found = pipelineOfStage(stage)
  if (found === undefined) return [notCheckable(check, 'STAGE_TELLS_NO_PIPELINE')]
  if (found === pipeline.id) return [passed(check)]
  return [failed(check, 'CRM_STAGE_OUTSIDE_PIPELINE', { variable: 'totvs_crm_oportunity_stage', value, ...choices })]
}
