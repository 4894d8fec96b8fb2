import type { CrmCatalogEntry, Route, TenantSettings } from '@ponte/contracts'
import { type OpportunityCatalog, readOpportunityCatalog } from '../opportunity-catalog.ts'
import type { ReadingContext } from '../reading-context.ts'
import type { PlaceEntry, PlacePreview } from './lead-preview.ts'
import type { Questions } from './questions.ts'

/** The pipeline, stage and type of a new opportunity. If one of them cannot be found, none has an id, and the event fails. */
export async function previewPlace(
  route: Route | undefined,
  { context, questions }: { readonly context: ReadingContext; readonly questions: Questions },
): Promise<PlacePreview> {
  const found = await questions.ask(() => readOpportunityCatalog(context, route))
  return placeOf(route, context.tenant.settings, found.isKnown ? found.value : undefined)
}

/** The pipeline, stage and type as the settings name them. `catalog`: as TOTVS CRM has them. */
export function placeOf(
  route: Route | undefined,
  { variables }: TenantSettings,
  catalog?: OpportunityCatalog,
): PlacePreview {
  const entry = (ofRoute: string | undefined, variable: string, known: CrmCatalogEntry | undefined): PlaceEntry => ({
    wanted: ofRoute ?? variable,
    from: ofRoute === undefined ? 'variable' : 'route',
    id: known?.id,
    description: known?.description,
  })
  return {
    pipeline: entry(route?.then.pipeline, variables.totvs_crm_pipeline, catalog?.pipeline),
    stage: entry(route?.then.stage, variables.totvs_crm_oportunity_stage, catalog?.stage),
    type: entry(route?.then.type, variables.totvs_crm_oportunity_type, catalog?.opportunityType),
  }
}
