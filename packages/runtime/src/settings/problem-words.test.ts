import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { cliSettings } from './process-settings.ts'
import { readEnvironment } from './read-environment.ts'
import { wordsOfSchema } from './problem-words.ts'
import { parseTenants } from '../tenants/tenants.ts'
import { problemsOf } from '../testing/problems-of.ts'

test('a reader of Portuguese is told in Portuguese what is wrong with the environment', () => {
  const schema = cliSettings.pick({ REDIS: true, PONTE_CONFIG: true, INGRESS_PORT: true })
  const env = { REDIS_URL: 'http://example.com', INGRESS_PORT: '99999' }
  expect(problemsOf(() => readEnvironment(schema, env, 'pt-BR'))).toEqual([
    'REDIS_URL: deve ser um endereço como redis://127.0.0.1:6379',
    'PONTE_CONFIG: não está definida',
    'INGRESS_PORT: Grande demais: esperava que o número fosse <= 65535',
  ])
})

test('a reader of Portuguese is told in Portuguese what is wrong with the tenants file', () => {
  const yaml = `
tenants:
  Acme Ltda:
    webhookTokens: { rdStation: rd-webhook-token-1234, totvsCrm: 5 }
    rdStation: { clientId: "\${ID}", clientSecret: "", refreshToken: token, baseUrl: here }
    totvsCrm: { username: user, password: word, tenant: acme, loginPath: login, contextUrlPattern: "(" }
    variables: { totvs_crm_default_user: vendas@acme.example }
    retry: { attempts: 0 }
`
  const problems = problemsOf(() => parseTenants(yaml, {}, 'pt-BR'))
  expect(problems.map(problem => problem.replace('tenants.Acme Ltda', '')).toSorted()).toEqual([
    '.rdStation.baseUrl: deve ser um endereço http(s)',
    '.rdStation.clientId: a variável ID não está definida',
    '.rdStation.clientSecret: não pode ficar em branco',
    '.retry.attempts: Pequeno demais: esperava que o número fosse >= 1',
    '.totvsCrm.contextUrlPattern: deve ser uma expressão regular',
    '.totvsCrm.loginPath: deve começar com "/"',
    '.webhookTokens.totvsCrm: deve ser um token, ou uma lista de um ou dois',
    ': use no nome de 1 a 63 caracteres de a-z, 0-9 e "-"',
  ])
})

test('every sentence that a schema has of its own is known in Portuguese', async () => {
  const tenants = [
    ...['tenants-file/tenants-file.ts', 'tenants-file/setting-fields.ts', 'tenants-file/crm-settings.ts'],
    'lead-rules/lead-rules.ts',
  ]
  const files = [
    './fields.ts',
    './process-settings.ts',
    './redis-target.ts',
    ...tenants.map(file => `../../../contracts/src/${file}`),
  ]
  const texts = await Promise.all(files.map(file => readFile(fileURLToPath(new URL(file, import.meta.url)), 'utf8')))
  const own = texts.flatMap(text => [...text.matchAll(/'((?:must|name) [^'`]+)'/g)].map(([, words = '']) => words))
  expect(own.length).toBeGreaterThan(10)
  expect(own.filter(words => wordsOfSchema(words, 'pt-BR') === words)).toEqual([])
})
