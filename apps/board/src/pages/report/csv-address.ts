import type { FigureName } from '@ponte/report'
import type { Period } from '@ponte/state'
import { filteredAddress } from '../../ui/filters.ts'

/** The file with what was counted of a tenant, or of all that the user may see; of these figures or of all. */
export function csvAddress(
  { tenant, period }: { readonly tenant?: string | undefined; readonly period: Period },
  figures: readonly FigureName[] = [],
): string {
  const address = filteredAddress('/report.csv', { tenant, period })
  const named = new URLSearchParams(figures.map((figure): [string, string] => ['figure', figure])).toString()
  return named === '' ? address : `${address}${address.includes('?') ? '&' : '?'}${named}`
}
