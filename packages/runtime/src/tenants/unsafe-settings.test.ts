import { describe, expect, test } from 'vitest'
import { parseTenants } from './tenants.ts'
import { problemsOf } from '../testing/problems-of.ts'
import { isSandbox } from './unsafe-settings.ts'

const token = (name: string): string => `${name}-${'x'.repeat(20)}`

interface Given {
  readonly webhookTokens?: object
  readonly rdStation?: object
  readonly totvsCrm?: object
  readonly retry?: object
}

const tenant = (name: string, { webhookTokens, rdStation, totvsCrm, ...more }: Given = {}) => ({
  webhookTokens: webhookTokens ?? { rdStation: token(`${name}-rd`), totvsCrm: token(`${name}-crm`) },
  rdStation: { clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh', ...rdStation },
  totvsCrm: { username: 'user', password: 'password', tenant: 'acme', ...totvsCrm },
  variables: { totvs_crm_default_user: 'vendas@acme.example' },
  ...more,
})
const read = (acme: Given, beta: Given = {}, language: 'en' | 'pt-BR' = 'en') =>
  parseTenants(JSON.stringify({ tenants: { acme: tenant('acme', acme), beta: tenant('beta', beta) } }), {}, language)

describe('webhook tokens that stop the process at start, and are not shown:', () => {
  const own = token('own')
  test.each([
    ['of one character', { webhookTokens: { rdStation: 'a', totvsCrm: own } }, {}, 'acme.webhookTokens.rdStation'],
    ['of 19', { webhookTokens: { rdStation: 'x'.repeat(19), totvsCrm: own } }, {}, 'acme.webhookTokens.rdStation'],
    [
      'the old one of two is short',
      { webhookTokens: { rdStation: [own, 'x'.repeat(19)], totvsCrm: token('b') } },
      {},
      'acme.webhookTokens.rdStation',
    ],
    ['one for both sources', { webhookTokens: { rdStation: own, totvsCrm: own } }, {}, 'acme.webhookTokens.totvsCrm'],
    [
      'the old one of a source is the new one of the other',
      { webhookTokens: { rdStation: [token('n'), own], totvsCrm: [own, token('o')] } },
      {},
      'acme.webhookTokens.totvsCrm',
    ],
    [
      'one for two tenants',
      { webhookTokens: { rdStation: own, totvsCrm: token('a') } },
      { webhookTokens: { rdStation: own, totvsCrm: token('b') } },
      'beta.webhookTokens.rdStation',
    ],
  ])('%s', (_what, acme, beta, path) => {
    const problems = problemsOf(() => read(acme, beta))
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^tenants\\.${path.replaceAll('.', '\\.')}: has `))])
    expect(problems.join()).not.toContain('x'.repeat(5))
  })
})

test('a token of 20 characters is long enough, and one may be listed twice for its own source', () => {
  const shortest = 'x'.repeat(20)
  expect(() => read({ webhookTokens: { rdStation: [shortest, shortest], totvsCrm: token('c') } })).not.toThrow()
})

describe('credentials do not cross a network in clear unless the tenants file says that they may:', () => {
  const places = [
    ['rdStation', 'baseUrl'],
    ['rdStation', 'tokenUrl'],
    ['totvsCrm', 'baseUrl'],
  ] as const
  const remote = [
    'http://crm.example',
    'http://10.0.0.7:8080/x',
    'http://localhost.example',
    'http://[::2]',
    'HTTP://0.0.0.0',
  ]
  test.each(places)('%s.%s with http: to another host stops the process', (system, setting) => {
    for (const url of remote) {
      const path = `tenants.acme.${system}.${setting}`
      expect(
        problemsOf(() => read({ [system]: { [setting]: url } })),
        url,
      ).toEqual([
        `${path}: must be an https address; if credentials may cross the network in clear, set insecure: true in ${system}`,
      ])
      const other = system === 'rdStation' ? 'totvsCrm' : 'rdStation'
      expect(() => read({ [system]: { [setting]: url }, [other]: { insecure: true } })).toThrow(path)
      expect(() => read({ [system]: { [setting]: url, insecure: true } })).not.toThrow()
    }
  })

  test.each([
    'http://127.0.0.1:3010/x',
    'http://localhost',
    'http://[::1]:80',
    'http://127.9.9.9',
    'https://crm.example',
  ])('%s needs no leave', url => {
    for (const [system, setting] of places) expect(() => read({ [system]: { [setting]: url } })).not.toThrow()
  })
})

test('unsafe settings are reported together with other mistakes, in Portuguese too', () => {
  const problems = problemsOf(() =>
    read(
      { webhookTokens: { rdStation: 'a', totvsCrm: token('c') }, retry: { attempts: 0 } },
      { totvsCrm: { baseUrl: 'http://crm.example' } },
      'pt-BR',
    ),
  )
  expect(problems).toEqual([
    expect.stringMatching(/^tenants\.acme\.retry\.attempts: /),
    'tenants.acme.webhookTokens.rdStation: tem menos de 20 caracteres e pode ser adivinhado; crie um com openssl rand -hex 32',
    expect.stringMatching(
      /^tenants\.beta\.totvsCrm\.baseUrl: deve ser um endereço https; .*insecure: true em totvsCrm$/,
    ),
  ])
})

const is = (rd: string, crm: string) => isSandbox({ rdStation: { baseUrl: rd }, totvsCrm: { baseUrl: crm } })

test.each(['http://127.0.0.1:3010/rd', 'http://localhost:3010/rd', 'http://[::1]:3010', 'http://sandbox:3010/rd'])(
  'a tenant with both systems at %s is a sandbox, and with one of them elsewhere it is not',
  address => {
    expect(is(address, address)).toBe(true)
    expect(is(address, 'https://totvscrm.app')).toBe(false)
    expect(is('https://api.rd.services', address)).toBe(false)
  },
)

test.each([
  'https://sandbox.totvscrm.app',
  'https://localhost.acme.example',
  'https://127.0.0.1.acme.example',
  'http://10.0.0.5',
])('%s may be a real system', address => expect(is(address, address)).toBe(false))
