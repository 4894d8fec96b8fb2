import type { JsonObject } from '../json.ts'

/** Records that every tenant starts with. The ids of situation, origin and types are TOTVS's samples (docs/vendors/totvs-crm.md#variables-of-the-package). */

const role = '3f0c8f9e-0000-4000-8000-0000000000f1'

export const demoUsers = [
  {
    id: '3f0c8f9e-0000-4000-8000-000000000001',
    name: 'Equipe de Vendas',
    roleId: role,
    active: true,
    userEmail: [{ email: 'vendas@demo.example' }],
  },
  {
    id: '3f0c8f9e-0000-4000-8000-000000000002',
    name: 'Usuário sem papel',
    roleId: null,
    active: true,
    userEmail: [{ email: 'sem-papel@demo.example' }],
  },
  {
    id: '3f0c8f9e-0000-4000-8000-000000000003',
    name: 'Usuário inativo',
    roleId: role,
    active: false,
    userEmail: [{ email: 'inativo@demo.example' }],
  },
  {
    id: '3f0c8f9e-0000-4000-8000-000000000004',
    name: 'Ana Vendedora',
    roleId: role,
    active: true,
    userEmail: [{ email: 'ana.vendedora@demo.example' }, { email: 'Ana@Vendas.demo.example' }],
  },
  {
    id: '3f0c8f9e-0000-4000-8000-000000000005',
    name: 'Bia Vendedora',
    roleId: role,
    active: true,
    userEmail: [{ email: 'bia.vendedora@demo.example' }],
  },
  {
    id: '3f0c8f9e-0000-4000-8000-000000000006',
    name: 'Caio Vendedor',
    roleId: role,
    active: true,
    userEmail: [{ email: 'caio.vendedor@demo.example' }],
  },
]

const marketing = '51d1b5c2-0000-4000-8000-000000000001'
const directSales = '51d1b5c2-0000-4000-8000-000000000002'
const enterprise = '51d1b5c2-0000-4000-8000-000000000003'

export const pipelines = [
  { id: directSales, description: 'Vendas diretas' },
  { id: marketing, description: 'MQL - Marketing Qualified Lead' },
  { id: enterprise, description: 'Enterprise' },
]

export const stages = [
  { id: '6a0e3d77-0000-4000-8000-000000000001', description: 'Prospecção', pipelineId: directSales },
  { id: '6a0e3d77-0000-4000-8000-000000000002', description: 'Negociação', pipelineId: directSales },
  { id: '6a0e3d77-0000-4000-8000-000000000003', description: 'Abordagem e Investigação', pipelineId: marketing },
  { id: '6a0e3d77-0000-4000-8000-000000000004', description: 'Proposta', pipelineId: marketing },
  { id: '6a0e3d77-0000-4000-8000-000000000005', description: 'Contato', pipelineId: enterprise },
  // Another pipeline has stages of these names, too.
  { id: '6a0e3d77-0000-4000-8000-000000000006', description: 'Abordagem e Investigação', pipelineId: enterprise },
  { id: '6a0e3d77-0000-4000-8000-000000000007', description: 'Proposta', pipelineId: enterprise },
]

export const opportunityTypes = [
  { id: '7b9f4e88-0000-4000-8000-000000000001', description: 'Venda nova' },
  { id: '7b9f4e88-0000-4000-8000-000000000002', description: 'Integração RD Station' },
]

/**
 * The lists that the CRM checks ids against. The integration API serves them as well, under names of the sandbox's own, because the real
 * names are not published (docs/vendors/totvs-crm.md#lists-of-ids).
 */
const registryEntries = {
  leadSituation: {
    resource: 'lead-situations-integration',
    entries: [
      { id: '1aa8633e-5ff3-4bc4-a7d5-1b63a879c4f2', description: 'Ativo' },
      { id: '1aa8633e-0000-4000-8000-000000000002', description: 'Em análise' },
    ],
  },
  leadOrigin: {
    resource: 'lead-origins-integration',
    entries: [
      { id: 'ac80e699-8a31-4f20-9833-d1d3656ee89d', description: 'RD Station' },
      { id: 'ac80e699-0000-4000-8000-000000000002', description: 'Indicação' },
    ],
  },
  emailType: {
    resource: 'email-types-integration',
    entries: [{ id: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', description: 'Principal' }],
  },
  phoneType: {
    resource: 'phone-types-integration',
    entries: [
      { id: 'd870427c-bbad-4eb8-9af5-5183b47f648f', description: 'Principal' },
      { id: '67cd545a-cf05-441e-a0ec-635c44e60d41', description: 'Celular' },
    ],
  },
  addressType: {
    resource: 'address-types-integration',
    entries: [{ id: 'b604f287-36bf-4e6d-ae83-c75c46a2fbeb', description: 'Principal' }],
  },
} as const

const idsOf = (entries: readonly { readonly id: string }[]): ReadonlySet<string> => new Set(entries.map(({ id }) => id))

export const registries = {
  leadSituation: idsOf(registryEntries.leadSituation.entries),
  leadOrigin: idsOf(registryEntries.leadOrigin.entries),
  emailType: idsOf(registryEntries.emailType.entries),
  phoneType: idsOf(registryEntries.phoneType.entries),
  addressType: idsOf(registryEntries.addressType.entries),
} as const

/** The entries of a registry by its resource in the service `customer`, version `v1`. */
export const registryByResource: ReadonlyMap<string, readonly JsonObject[]> = new Map(
  Object.values(registryEntries).map(({ resource, entries }) => [resource, entries]),
)
