import { parseTenants } from '@ponte/runtime'
import { describe, expect, test } from 'vitest'
import { createAuthenticate } from './authenticate.ts'

const tenants = parseTenants(
  JSON.stringify({
    tenants: {
      acme: {
        webhookTokens: { rdStation: ['old-token', 'new+token/=='], totvsCrm: 'chave-ção' },
        rdStation: { clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh' },
        totvsCrm: { username: 'user', password: 'password', tenant: 'acme' },
        variables: { totvs_crm_default_user: 'vendas@acme.example' },
      },
    },
  }),
  {},
)
const authenticate = createAuthenticate(tenants)
const byHeader = { tenant: 'acme', source: 'rd-station', headers: {}, query: {} } as const
const nameOf = (more: object) => authenticate({ ...byHeader, ...more }).name

describe('a token is taken', () => {
  test.each([
    ['from the header apiToken', { headers: { apitoken: 'old-token' } }],
    ['from Authorization: Bearer', { headers: { authorization: 'Bearer old-token' } }],
    ['from authorization: bearer, in any case', { headers: { authorization: 'bearer  old-token' } }],
    ['from ?token=', { query: { token: 'old-token' } }],
    ['while it is being replaced: the new one', { headers: { apitoken: 'new+token/==' } }],
    ['from a URL into which it was pasted with its plus', { query: { token: 'new token/==' } }],
    [
      'from the one place that holds it, whatever stands in another',
      { headers: { authorization: 'Basic x' }, query: { token: 'old-token' } },
    ],
    [
      'as the UTF-8 that it is in a header',
      { source: 'totvs-crm', headers: { apitoken: Buffer.from('chave-ção').toString('latin1') } },
    ],
    ['as the UTF-8 that it is in a URL', { source: 'totvs-crm', query: { token: 'chave-ção' } }],
  ])('%s', (_where, credentials) => {
    expect(nameOf(credentials)).toBe('acme')
  })
})

describe('the same refusal for', () => {
  test.each([
    ['no token', {}],
    ['an empty token', { headers: { apitoken: '', authorization: 'Bearer ' }, query: { token: '' } }],
    ['a wrong token', { headers: { apitoken: 'wrong' } }],
    ['the beginning of a token', { headers: { apitoken: 'old-toke' } }],
    ['a token and more', { headers: { apitoken: 'old-token ' } }],
    ['the token of the other source', { source: 'totvs-crm', headers: { apitoken: 'old-token' } }],
    ['an unknown tenant', { tenant: 'nobody', headers: { apitoken: 'old-token' } }],
    ['a tenant named like a member of every object', { tenant: '__proto__', headers: { apitoken: 'old-token' } }],
    ['a token given twice', { query: { token: ['old-token', 'old-token'] } }],
    ['a very long token', { headers: { apitoken: 'a'.repeat(10_000) } }],
  ])('%s', (_what, credentials) => {
    expect(() => nameOf(credentials)).toThrow(
      expect.objectContaining({ code: 'UNAUTHORIZED', headers: { 'www-authenticate': 'Bearer' } }),
    )
  })
})
