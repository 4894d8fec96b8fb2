import type { TenantOverrides } from '@ponte/testbed'

/** Each form that a field can take. */
export const fieldRules: TenantOverrides = {
  fields: [
    { from: ['cf_cnpj', 'CNPJ'], to: 'lead.customFields.cnpj', as: 'digits' },
    { from: 'Interesses', to: 'lead.customFields.interesses', as: 'list' },
    { from: 'Orçamento', to: 'lead.customFields.orcamento', as: 'number' },
    { from: 'Aceita contato', to: 'lead.customFields.aceita', as: 'boolean' },
    { from: 'Data da visita', to: 'lead.customFields.visita', as: 'date', name: 'visita' },
    { from: 'Site', to: 'lead.customFields.site', as: 'lower' },
    { from: 'Sigla', to: 'lead.customFields.sigla', as: 'upper' },
    { from: 'tags', to: 'lead.customFields.tags', join: '; ' },
    {
      ...{ from: 'Porte', to: 'lead.customFields.porte', name: 'porte' },
      as: { map: { '1-10': 'pequeno', '11-50': 'medio' }, otherwise: 'leave-out' },
    },
    { from: 'jobTitle', to: 'lead.customFields.cargo' },
    { from: 'conversion.identifier', to: 'opportunity.customFields.origem' },
  ],
  updates: { jobTitle: 'if-empty', 'lead.tradingName': 'on-create', 'lead.customFields.cargo': 'if-empty' },
  filters: {
    skip: [{ name: 'fornecedores', when: { tag: 'fornecedor*' } }],
    send: [{ name: 'formulários', when: { identifier: ['lp-*', 'webinar-crm'] } }],
  },
}

/** In turn; one has no role and one is inactive. */
const owner = ['ana.vendedora', 'sem-papel', 'bia.vendedora', 'inativo', 'caio.vendedor'].map(
  name => `${name}@demo.example`,
)

type RouteSource = NonNullable<TenantOverrides['routes']>[number]
const route = (name: string, when: RouteSource['when'], then: RouteSource['then']): RouteSource => ({
  name,
  when,
  // oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
  then,
})

export const routeRules: TenantOverrides = {
  routes: [
    route(
      'enterprise',
      { identifier: ['webinar-*', 'lp-enterprise'], state: ['SP', 'RJ'] },
      { pipeline: 'Enterprise', stage: 'Proposta', type: 'Venda nova' },
    ),
    route('rodizio', { identifier: 'lp-rodizio' }, { owner }),
    route('sem-dono', { identifier: 'lp-sem-dono' }, { owner: ['inativo@demo.example'] }),
    route('so-rodizio', { identifier: 'lp-so-rodizio' }, { owner, ownerFromRdStation: false }),
    route('repetido', { identifier: 'lp-repetido' }, { owner }),
    route('filial', { identifier: 'lp-filial' }, { pipeline: 'Filial' }),
  ],
}

export const usedRules: TenantOverrides = {
  fields: [
    { name: 'city', from: ['cf_cidade', 'city'], to: 'opportunity.description' },
    { name: 'year', from: 'city', to: 'lead.website', as: 'number' },
  ],
  filters: { skip: [{ name: 'suppliers', when: { city: 'Feira*' } }] },
  routes: [
    route('south', { state: ['PR', 'SC', 'RS'] }, { stage: 'Proposta' }),
    route('north', { state: ['AM', 'PA'] }, { stage: 'Proposta' }),
  ],
}

/** Rules that need what a thin delivery lacks. */
export const thinRules: TenantOverrides = {
  filters: { skip: [{ name: 'fora do sul', when: { state: ['SP', 'RJ'] } }] },
  routes: [route('sul', { state: ['SC'] }, { owner: ['ana.vendedora@demo.example'] })],
}

/** Rules of which the preview tells. */
export const previewRules: TenantOverrides = {
  fields: [
    { name: 'cnpj', from: ['cf_cnpj', 'CNPJ'], to: 'lead.customFields.cnpj', as: 'digits' },
    { from: 'conversion.identifier', to: 'opportunity.customFields.origem' },
    { name: 'porte', from: 'cf_porte', to: 'lead.customFields.porte' },
  ],
  updates: { name: 'if-empty' },
  routes: [
    route(
      'enterprise',
      { identifier: ['webinar-*', 'lp-enterprise'], state: ['SP', 'RJ'] },
      { owner: ['vendas@demo.example'] },
    ),
  ],
}
