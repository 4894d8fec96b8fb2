import { crmDefaults, type CrmResource } from '@ponte/contracts'

/** The kinds of records that Ponte reads or writes. */
export const probedKinds = ['lead', 'opportunity', 'user', 'pipeline', 'stage', 'opportunityType'] as const
export type ProbedKind = (typeof probedKinds)[number]

/** Where TOTVS's documents, and their earlier versions, say that one logs in (docs/vendors/totvs-crm.md#login). */
export const loginPaths: readonly string[] = [crmDefaults.loginPath, '/api/login?redirectUrl=/', '/login?redirectUrl=/']

/** Where the integration API may be: TOTVS's page shows it in a picture only (docs/vendors/totvs-crm.md#integration-api). */
export const integrationPaths: readonly string[] = [
  crmDefaults.integrationPath,
  '/integration',
  '/api/integrations',
  '/api/v1/integration',
  '/api/v11/integration',
]

/** TOTVS's example was raised from `V1` to `v4`. */
const versions = ['v1', 'v2', 'v3', 'v4', 'V1']
const services: Readonly<Record<ProbedKind, readonly string[]>> = {
  lead: ['customer', 'lead', 'opportunity'],
  opportunity: ['opportunity'],
  user: ['user', 'customer'],
  pipeline: ['opportunity', 'pipeline'],
  stage: ['opportunity', 'pipeline'],
  opportunityType: ['opportunity'],
}

/** Names under which records of a kind may be found, the likeliest first (docs/vendors/totvs-crm.md#integration-api). */
export function resourcesFor(kind: ProbedKind): readonly CrmResource[] {
  const { resource } = crmDefaults.resources[kind]
  return versions.flatMap(version => services[kind].map(service => ({ service, resource, version })))
}
