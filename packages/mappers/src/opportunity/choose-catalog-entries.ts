import { type CrmCatalogEntry, normalForm } from '@ponte/contracts'

/**
 * The stages, pipelines or types that a variable may mean: by id, else by the exact description, else without case and accents. If several
 * match, only the preferred ones among them (docs/behaviour/leads.md#pipeline-stage-and-type).
 */
export function chooseCatalogEntries(
  entries: readonly CrmCatalogEntry[],
  wanted: string,
  isPreferred: (entry: CrmCatalogEntry) => boolean = () => true,
): readonly CrmCatalogEntry[] {
  const ways = [
    (entry: CrmCatalogEntry) => entry.id === wanted,
    (entry: CrmCatalogEntry) => entry.description === wanted,
    (entry: CrmCatalogEntry) =>
      entry.description !== undefined && foldDescription(entry.description) === foldDescription(wanted),
  ]
  const found = ways.map(matches => entries.filter(matches)).find(matching => matching.length > 0) ?? []
  const preferred = found.filter(isPreferred)
  return preferred.length > 0 ? preferred : found
}

/** The pipeline that a stage says it belongs to. */
export const pipelineOfStage = (stage: CrmCatalogEntry): string | undefined => stage.pipelineId ?? stage.pipeline?.id

/**
 * A text in the form in which descriptions of stages, types and pipelines are compared: without case, accents and surplus spaces
 * (docs/behaviour/leads.md#pipeline-stage-and-type).
 */
export const foldDescription = (text: string): string =>
  normalForm(text, 'NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim()
