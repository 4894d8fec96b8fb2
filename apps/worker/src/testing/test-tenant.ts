import { parseTenants, type Tenant } from '@ponte/runtime'

/** A tenant that no other test uses. Settings that are not given have their defaults. */
export function testTenant(settings: object = {}): Tenant {
  const name = `t-${crypto.randomUUID()}`
  const required = {
    webhookTokens: { rdStation: 'rd-webhook-token-1234', totvsCrm: 'crm-webhook-token-1234' },
    rdStation: { clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh' },
    totvsCrm: { username: 'user', password: 'password', tenant: 'acme' },
    variables: { totvs_crm_default_user: 'vendas@acme.example' },
  }
  const [tenant] = parseTenants(JSON.stringify({ tenants: { [name]: { ...required, ...settings } } }), {})
  if (tenant === undefined) throw new Error('there is no tenant')
  return tenant
}
