import { type TenantSettings, tenantsFile } from '@ponte/contracts'

/** The least settings of a tenant: all others have their defaults. */
export function exampleSettings(): TenantSettings {
  const { acme } = tenantsFile.parse({
    tenants: {
      acme: {
        webhookTokens: { rdStation: ['rd-webhook-token-1234'], totvsCrm: ['crm-webhook-token-1234'] },
        rdStation: { clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh' },
        totvsCrm: { username: 'user', password: 'password', tenant: 'acme' },
        variables: { totvs_crm_default_user: 'vendas@acme.example' },
      },
    },
  }).tenants
  if (acme === undefined) throw new Error('there is no tenant')
  return acme
}
