import { type TenantSettings, tenantsFile } from '@ponte/contracts'

/** For tests: the settings of a tenant. Those that are not given have their defaults. */
export function testSettings(settings: object = {}): TenantSettings {
  const required = {
    webhookTokens: { rdStation: ['rd-webhook-token-1234'], totvsCrm: ['crm-webhook-token-1234'] },
    rdStation: { clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh' },
    totvsCrm: { username: 'user', password: 'password', tenant: 'acme' },
    variables: { totvs_crm_default_user: 'vendas@acme.example' },
  }
  const { acme } = tenantsFile.parse({ tenants: { acme: { ...required, ...settings } } }).tenants
  if (acme === undefined) throw new Error('there is no tenant')
  return acme
}
