import type { TotvsCrmClient } from '@ponte/clients'
import type { CrmCatalogEntry, TenantSettings } from '@ponte/contracts'
import { chooseCatalogEntries, pipelineOfStage } from '@ponte/mappers'
import { type CheckName, type DoctorFindings } from '../doctor-investigation.ts'
import { type Facts } from '../../findings/text-rows.ts'
import { choicesOf } from '../crm/listed.ts'
import { type CatalogKind, catalogVariables, nameOf } from '../crm/variables.ts'

const checkOf = {
  pipeline: 'crm-pipeline',
  stage: 'crm-stage',
  opportunityType: 'crm-opportunity-type',
} as const satisfies Record<CatalogKind, CheckName>

/** Do pipeline, stage and type each name exactly one entry in TOTVS CRM, and does the stage belong to the pipeline? */
export async function checkCrmCatalog(
  findings: DoctorFindings,
  { variables }: TenantSettings,
  crm: TotvsCrmClient,
): Promise<void> {
  /** The one entry that the variable names, and what else it could name. Stages are looked for in the `pipeline` first. */
  async function find(kind: CatalogKind, within?: { readonly pipeline: CrmCatalogEntry | undefined }) {
    const variable = catalogVariables[kind]
    const value = variables[variable]
    let choices: Facts = {}
    const isOwn =
      within && ((entry: CrmCatalogEntry) => !within.pipeline || pipelineOfStage(entry) === within.pipeline.id)
    const options = { needs: ['crm-login'], facts: { setting: `totvsCrm.resources.${kind}` } } as const
    const entry = await findings.check(checkOf[kind], options, async (found, lacks) => {
      const entries = await crm.listCatalog(kind)
      const own = isOwn === undefined ? [] : entries.filter(isOwn)
      choices = choicesOf((own.length > 0 ? own : entries).map(nameOf))
      const chosen = value === '' ? [] : chooseCatalogEntries(entries, value, isOwn)
      if (chosen.length === 1) return chosen[0]
      const facts = { variable, value, entries: chosen.length }
      // Pipelines often have stages with the same name: without the pipeline, the stage cannot be known.
      if (chosen.length > 1 && within !== undefined && within.pipeline === undefined) lacks('crm-pipeline')
      else if (chosen.length > 1)
        found('CRM_CATALOG_ENTRY_AMBIGUOUS', { ...facts, ...choicesOf(chosen.map(({ id }) => id)) })
      else found(value === '' ? 'VARIABLE_EMPTY' : 'CRM_CATALOG_ENTRY_NOT_FOUND', { ...facts, ...choices })
      return undefined
    })
    return { entry, choices }
  }

  const { entry: pipeline } = await find('pipeline')
  const { entry: stage, choices } = await find('stage', { pipeline })
  await find('opportunityType')
  await findings.check('crm-stage-in-pipeline', { needs: ['crm-pipeline', 'crm-stage'] }, found => {
    const home = stage && pipelineOfStage(stage)
    const [variable, value] = [catalogVariables.stage, variables[catalogVariables.stage]]
    if (home === undefined) found('STAGE_TELLS_NO_PIPELINE', {})
    else if (home !== pipeline?.id) found('CRM_STAGE_OUTSIDE_PIPELINE', { variable, value, ...choices })
  })
}
