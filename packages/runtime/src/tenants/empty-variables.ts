import { type CrmVariables, isRecord, sampleVariables } from '@ponte/contracts'

/** The variables of each tenant that nobody knows yet, each with an empty text. */
type EmptyVariables = ReadonlyMap<string, Partial<CrmVariables>>

/**
 * A tenants file in which no variable is empty, so that the schema takes it, and the variables that were. A default user that is missing
 * counts as empty too, because it has no sample value.
 */
export function fillEmptyVariables(file: unknown): { readonly filled: unknown; readonly empty: EmptyVariables } {
  const empty = new Map<string, Partial<CrmVariables>>()
  if (!isRecord(file) || !isRecord(file['tenants'])) return { filled: file, empty }
  const tenants = Object.entries(file['tenants']).map(([name, tenant]) => {
    const given = isRecord(tenant) ? (tenant['variables'] ?? {}) : undefined
    if (!isRecord(tenant) || !isRecord(given)) return [name, tenant]
    const isEmpty = (variable: string): boolean =>
      given[variable] === '' || (given[variable] ?? null) === null
        ? Object.hasOwn(given, variable) || variable === 'totvs_crm_default_user'
        : false
    const names = Object.keys(sampleVariables).filter(isEmpty)
    empty.set(name, Object.fromEntries(names.map(variable => [variable, ''])))
    const samples = Object.fromEntries(Object.entries(sampleVariables).filter(([variable]) => names.includes(variable)))
    return [name, { ...tenant, variables: { ...given, ...samples } }]
  })
  return { filled: { ...file, tenants: Object.fromEntries(tenants) }, empty }
}
