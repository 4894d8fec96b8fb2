import { createLiveTenants, parseTenants } from '@ponte/runtime'
import { describe, expect, test } from 'vitest'
import { createAuthenticate } from './authenticate.ts'

const tenants = parseTenants(
  JSON.stringify({
    tenants: {
      acme: {
        webhookTokens: {
          rdStation: ['old-token-of-acme-1234', 'new+token/of+acme+123=='],
          totvsCrm: 'chave-ção-da-empresa-1',
        },
        rdStation: { clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh' },
        totvsCrm: { username: 'user', password: 'password', tenant: 'acme' },
        variables: { totvs_crm_default_user: 'vendas@acme.example' },
      },
    },
  }),
  {},
)
const authenticate = createAuthenticate(createLiveTenants(tenants))
const byHeader = { tenant: 'acme', source: 'rd-station', headers: {}, query: {} } as const
const nameOf = (more: object) => authenticate({ ...byHeader, ...more })?.name

describe('a token is taken', () => {
  test.each([
    ['from the header apiToken', { headers: { apitoken: 'old-token-of-acme-1234' } }],
    ['from Authorization: Bearer', { headers: { authorization: 'Bearer old-token-of-acme-1234' } }],
    ['from authorization: bearer, in any case', { headers: { authorization: 'bearer  old-token-of-acme-1234' } }],
    ['from ?token=', { query: { token: 'old-token-of-acme-1234' } }],
    ['while it is being replaced: the new one', { headers: { apitoken: 'new+token/of+acme+123==' } }],
    ['from a URL into which it was pasted with its plus', { query: { token: 'new token/of acme 123==' } }],
    [
      'from the one place that holds it, whatever stands in another',
      { headers: { authorization: 'Basic x' }, query: { token: 'old-token-of-acme-1234' } },
    ],
    [
      'as the UTF-8 that it is in a header',
      { source: 'totvs-crm', headers: { apitoken: Buffer.from('chave-ção-da-empresa-1').toString('latin1') } },
    ],
    ['as the UTF-8 that it is in a URL', { source: 'totvs-crm', query: { token: 'chave-ção-da-empresa-1' } }],
  ])('%s', (_where, credentials) => {
    expect(nameOf(credentials)).toBe('acme')
  })
})

describe('nobody is known by', () => {
  test.each([
    ['no token', {}],
    ['an empty token', { headers: { apitoken: '', authorization: 'Bearer ' }, query: { token: '' } }],
    ['a wrong token', { headers: { apitoken: 'wrong' } }],
    ['the beginning of a token', { headers: { apitoken: 'old-token-of-acme-123' } }],
    ['a token and more', { headers: { apitoken: 'old-token-of-acme-1234 ' } }],
    ['the token of the other source', { source: 'totvs-crm', headers: { apitoken: 'old-token-of-acme-1234' } }],
    ['an unknown tenant', { tenant: 'nobody', headers: { apitoken: 'old-token-of-acme-1234' } }],
    [
      'a tenant named like a member of every object',
      { tenant: '__proto__', headers: { apitoken: 'old-token-of-acme-1234' } },
    ],
    ['a token given twice', { query: { token: ['old-token-of-acme-1234', 'old-token-of-acme-1234'] } }],
    ['a very long token', { headers: { apitoken: 'a'.repeat(10_000) } }],
  ])('%s', (_what, credentials) => {
    expect(nameOf(credentials)).toBeUndefined()
  })
})
