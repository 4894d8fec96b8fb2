import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import path from 'node:path'
import { parseTenants } from '@ponte/runtime'
import { claimFingerprintKey, createStatusField } from '@ponte/state'
import { freePort, startRedis, type TenantOverrides } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { checkProblems } from './checks/check-result.ts'
import { newToken, openCliSetUp, type SetUp } from '../testing/open-set-up.ts'

let setUp: SetUp
beforeAll(async () => {
  setUp = await openCliSetUp()
})
beforeEach(() => setUp.renew())
afterAll(() => setUp.close())

interface Mistake {
  readonly mistake: string
  readonly settings?: TenantOverrides | (() => TenantOverrides)
  readonly plant?: () => Promise<unknown>
  /** Default 1. */
  readonly code?: number
  /** The only problem, as `check PROBLEM`, and what its explanation names. */
  readonly problem: string
  readonly names?: string
}

const OTHER_ID = '00000000-0000-4000-8000-00000000dead'
const pipeline = '51d1b5c2-0000-4000-8000-000000000001'
const crm = () => setUp.sandbox.client.crm()
const rd = () => setUp.sandbox.client.rd()
const stages = [
  { id: '6a0e3d77-0000-4000-8000-000000000003', description: 'Abordagem e Investigação', pipelineId: pipeline },
  { id: '6a0e3d77-0000-4000-8000-000000000005', description: 'Abordagem e investigacao', pipelineId: pipeline },
  { id: '6a0e3d77-0000-4000-8000-000000000006', description: 'Abordagem e Investigação', pipelineId: pipeline },
]
const variable = (name: string, value: string): Pick<Mistake, 'settings' | 'names'> => ({
  settings: { variables: { [name]: value } },
  names: name,
})

const mistakes: readonly Mistake[] = [
  {
    mistake: 'a webhook token is short',
    settings: { webhookTokens: { rdStation: 'aB3dE6gH9jK2mN4pQ7rS' } },
    problem: 'webhook-token-rd-station WEBHOOK_TOKEN_SHORT',
    names: 'webhookTokens.rdStation',
  },
  {
    mistake: 'the old one of two webhook tokens is short',
    settings: () => ({ webhookTokens: { totvsCrm: [newToken(), 'segredo-do-ano-passado'] } }),
    problem: 'webhook-token-totvs-crm WEBHOOK_TOKEN_SHORT',
    names: 'webhookTokens.totvsCrm',
  },
  {
    mistake: 'a webhook token repeats a word',
    settings: { webhookTokens: { totvsCrm: 'change-me-now-change-me-now-change-me-now' } },
    problem: 'webhook-token-totvs-crm WEBHOOK_TOKEN_MONOTONOUS',
    names: 'webhookTokens.totvsCrm',
  },
  {
    mistake: 'the password of the CRM is wrong',
    settings: { totvsCrm: { password: 'yesterday' } },
    problem: 'crm-login CRM_LOGIN_REJECTED',
    names: 'totvsCrm.username/password/tenant',
  },
  {
    mistake: 'the tenant of the CRM is wrong',
    settings: { totvsCrm: { tenant: 'other' } },
    problem: 'crm-login CRM_LOGIN_REJECTED',
  },
  {
    mistake: 'the CRM does not answer',
    settings: { totvsCrm: { baseUrl: 'http://127.0.0.1:9' } },
    code: 3,
    problem: 'crm-login CRM_UNREACHABLE',
  },
  {
    mistake: 'the address of the CRM leads to something else',
    settings: () => ({ totvsCrm: { baseUrl: setUp.sandbox.url } }),
    problem: 'crm-login CRM_LOGIN_ADDRESS_WRONG',
    names: 'totvsCrm.baseUrl or totvsCrm.loginPath',
  },
  {
    mistake: 'the login of the CRM is elsewhere',
    settings: { totvsCrm: { loginPath: '/login' } },
    problem: 'crm-login CRM_LOGIN_ADDRESS_WRONG',
    names: '/crm/login',
  },
  {
    mistake: 'a web page answers in place of the CRM',
    plant: () =>
      setUp.sandbox.client.addFault({
        system: 'totvs-crm',
        match: { path: '/api/login' },
        kind: 'status',
        status: 200,
        body: '<html><body>Bem-vindo</body></html>',
      }),
    problem: 'crm-login CRM_LOGIN_ADDRESS_WRONG',
  },
  {
    mistake: 'the default user is missing',
    ...variable('totvs_crm_default_user', 'ninguem@demo.example'),
    problem: 'crm-default-user CRM_DEFAULT_USER_NOT_FOUND',
    names: 'totvs_crm_default_user, value=n***@demo.example',
  },
  {
    mistake: 'the default user is inactive',
    ...variable('totvs_crm_default_user', 'inativo@demo.example'),
    problem: 'crm-default-user CRM_DEFAULT_USER_INACTIVE',
  },
  {
    mistake: 'the default user has no role',
    ...variable('totvs_crm_default_user', 'sem-papel@demo.example'),
    problem: 'crm-default-user CRM_DEFAULT_USER_WITHOUT_ROLE',
  },
  {
    mistake: 'the situation does not exist',
    ...variable('totvs_crm_leadsituationid', OTHER_ID),
    problem: 'crm-lead-situation CRM_ID_NOT_FOUND',
  },
  {
    mistake: 'the origin does not exist',
    ...variable('totvs_crm_leadoriginid', OTHER_ID),
    problem: 'crm-lead-origin CRM_ID_NOT_FOUND',
  },
  {
    mistake: 'the e-mail type does not exist',
    ...variable('totvs_crm_emailtypeid', OTHER_ID),
    problem: 'crm-email-type CRM_ID_NOT_FOUND',
  },
  {
    mistake: 'the main phone type does not exist',
    ...variable('totvs_crm_phonetypeid_main', OTHER_ID),
    problem: 'crm-phone-type-main CRM_ID_NOT_FOUND',
  },
  {
    mistake: 'the mobile phone type does not exist',
    ...variable('totvs_crm_phonetypeid_mobile', OTHER_ID),
    problem: 'crm-phone-type-mobile CRM_ID_NOT_FOUND',
  },
  {
    mistake: 'the address type does not exist',
    ...variable('totvs_crm_addresstypeid', OTHER_ID),
    problem: 'crm-address-type CRM_ID_NOT_FOUND',
  },
  {
    mistake: 'the pipeline is missing',
    ...variable('totvs_crm_pipeline', 'SQL'),
    problem: 'crm-pipeline CRM_CATALOG_ENTRY_NOT_FOUND',
  },
  {
    mistake: 'the pipeline is missing, and every pipeline has a stage of that description',
    ...variable('totvs_crm_pipeline', 'SQL'),
    plant: () =>
      crm().change({
        stages: stages.map(({ id }) => ({ id, description: 'Abordagem e Investigação', pipelineId: id })),
      }),
    problem: 'crm-pipeline CRM_CATALOG_ENTRY_NOT_FOUND',
  },
  {
    mistake: 'two pipelines have the same description',
    plant: () =>
      crm().change({
        pipelines: [
          { id: pipeline, description: 'MQL - Marketing Qualified Lead' },
          { id: OTHER_ID, description: 'MQL - Marketing Qualified Lead' },
        ],
      }),
    problem: 'crm-pipeline CRM_CATALOG_ENTRY_AMBIGUOUS',
    names: 'totvs_crm_pipeline',
  },
  {
    mistake: 'the stage is missing',
    ...variable('totvs_crm_oportunity_stage', 'Descoberta'),
    problem: 'crm-stage CRM_CATALOG_ENTRY_NOT_FOUND',
  },
  {
    mistake: 'two stages of the pipeline have the same description',
    plant: () => crm().change({ stages }),
    problem: 'crm-stage CRM_CATALOG_ENTRY_AMBIGUOUS',
    names: 'totvs_crm_oportunity_stage',
  },
  {
    mistake: 'the stage belongs to another pipeline',
    ...variable('totvs_crm_oportunity_stage', 'Prospecção'),
    problem: 'crm-stage-in-pipeline CRM_STAGE_OUTSIDE_PIPELINE',
  },
  {
    mistake: 'the type of opportunity is missing',
    ...variable('totvs_crm_oportunity_type', 'Indicação'),
    problem: 'crm-opportunity-type CRM_CATALOG_ENTRY_NOT_FOUND',
  },
  {
    mistake: 'a resource of the CRM has another name',
    settings: { totvsCrm: { resources: { user: { service: 'user', resource: 'people', version: 'v1' } } } },
    problem: 'crm-default-user CRM_REJECTED',
    names: 'totvsCrm.resources.user',
  },
  {
    mistake: 'the leads of the CRM have another resource',
    settings: { totvsCrm: { resources: { lead: { service: 'customer', resource: 'prospects', version: 'v1' } } } },
    problem: 'crm-leads CRM_REJECTED',
    names: 'totvsCrm.resources.lead',
  },
  {
    mistake: 'the field statusRD is missing',
    plant: () => crm().change({ settings: { opportunityFields: ['outro'] } }),
    problem: 'crm-status-field CRM_STATUS_FIELD_MISSING',
    names: 'statusRD',
  },
  {
    mistake: 'the custom fields have another form',
    plant: () => crm().change({ settings: { customFieldForm: 'list' } }),
    problem: 'crm-status-field CRM_CUSTOM_FIELDS_FORM',
    names: 'totvsCrm.customFields',
  },
  {
    mistake: 'the CRM does not apply filters',
    plant: async () => {
      await crm().addLead({ name: 'Outro' })
      await crm().change({ settings: { filters: 'ignored' } })
    },
    problem: 'crm-filters CRM_FILTER_IGNORED',
    names: 'externalId',
  },
  {
    mistake: 'the lists of the CRM never end',
    plant: () => crm().change({ settings: { listForm: 'endless' } }),
    problem: 'crm-filters CRM_LIST_INCOMPLETE',
    names: 'ponte doctor',
  },
  {
    mistake: 'the client secret of the RD app is wrong',
    settings: { rdStation: { clientSecret: 'yesterday' } },
    problem: 'rd-token RD_CLIENT_REJECTED',
  },
  {
    mistake: 'RD Station revoked the connection',
    plant: () => rd().revokeTokens(),
    problem: 'rd-token RD_TOKEN_REVOKED',
  },
  {
    mistake: 'RD Station does not answer',
    settings: { rdStation: { baseUrl: 'http://127.0.0.1:9' } },
    code: 3,
    problem: 'rd-api RD_UNREACHABLE',
    names: 'rdStation.baseUrl',
  },
  {
    mistake: 'the quota of the RD account is used up',
    plant: () => rd().change({ settings: { contactsPerMinute: 0 } }),
    problem: 'rd-api RD_QUOTA_EXCEEDED',
  },
  {
    mistake: 'the calls a minute are above every plan',
    settings: { rdStation: { callsPerMinute: 5000 } },
    problem: 'rd-quota RD_CALLS_PER_MINUTE_TOO_HIGH',
    names: 'rdStation.callsPerMinute',
  },
]

test('a set-up without a mistake has no problem, and everything was checked', async () => {
  const tenant = await setUp.tenant()
  const { code, data } = await tenant.run(['doctor', '--json'])
  expect(data().findings.filter(({ status }: { status: string }) => status !== 'ok')).toEqual([])
  expect(code).toBe(0)
  await tenant.close()
})

test("the sandbox's tenants file has no problem, and the first mark of a new contact does not wait for minutes", async () => {
  const source = await readFile(path.join(import.meta.dirname, '../../../../ponte.config.sandbox.yaml'), 'utf8')
  const tenant = await setUp.tenant()
  const yaml = source.replaceAll('http://sandbox:3010', setUp.sandbox.url).replace(/^  demo:/m, `  ${tenant.name}:`)
  const file = path.join(path.dirname(tenant.env.PONTE_CONFIG), 'sandbox.yaml')
  await writeFile(file, yaml)
  const { code, data } = await tenant.run(['doctor', '--json'], { env: { PONTE_CONFIG: file } })
  expect(data().findings.filter(({ status }: { status: string }) => status !== 'ok')).toEqual([])
  expect(code).toBe(0)
  const [demo] = parseTenants(yaml, {})
  expect(demo?.settings.rdStation.minContactAgeSeconds).toBeLessThan(10)
  await tenant.close()
})

test.each(mistakes)('$mistake: named, and nothing else is', async ({ settings, plant, problem, names, code = 1 }) => {
  await plant?.()
  const tenant = await setUp.tenant(typeof settings === 'function' ? settings() : settings)
  const answer = await tenant.run(['doctor', '--json'])
  expect(problemsIn(answer.data())).toEqual([problem])
  expect(answer.code).toBe(code)
  const [found] = answer.data().findings.filter(({ status }: { status: string }) => status === 'problem')
  expect(found.remedy).toMatch(/\w{3}/)
  if (names !== undefined) expect(`${found.what} ${found.remedy}`).toContain(names)
  const secrets = [...Object.values(tenant.tokens), 'demo-secret', 'demo-password', 'yesterday', setUp.secretKey]
  for (const secret of secrets) expect(answer.stdout + answer.stderr).not.toContain(secret)
  await tenant.close()
})

test('a field that took a text and did not show it is a problem until one shows its text', async () => {
  await setUp.renew()
  const tenant = await setUp.tenant()
  const statusField = createStatusField(tenant.redis, tenant.name)
  await statusField.rememberUnreadable('3f9d')
  const { code, data } = await tenant.run(['doctor', '--json'])
  expect(problemsIn(data())).toEqual(['crm-status-field CRM_STATUS_FIELD_UNREADABLE'])
  const [found] = data().findings.filter(({ status }: { status: string }) => status === 'problem')
  expect(found.what).toContain('opportunity=3f9d')
  expect(code).toBe(1)
  await statusField.forget()
  expect(problemsIn((await tenant.run(['doctor', '--json'])).data())).toEqual([])
  await tenant.close()
})

test('what cannot be checked is said to be so and is no problem; an id that was left at the sample value is said to be one', async () => {
  await setUp.sandbox.client.reset()
  const tenant = await setUp.tenant({
    totvsCrm: { resources: {} },
    rdStation: { callsPerMinute: 500 },
    variables: { totvs_crm_emailtypeid: OTHER_ID },
  })
  const { code, data } = await tenant.run(['doctor', '--json'])
  expect(code).toBe(0)
  const notes = data().findings.filter(({ status }: { status: string }) => status === 'not-checkable')
  expect(notes.map(({ check, note }: { check: string; note: string }) => `${check} ${note}`)).toEqual([
    'crm-lead-situation SAMPLE_NOT_SEEN_IN_USE',
    'crm-lead-origin SAMPLE_NOT_SEEN_IN_USE',
    'crm-email-type NOT_SEEN_IN_USE',
    'crm-phone-type-main SAMPLE_NOT_SEEN_IN_USE',
    'crm-phone-type-mobile SAMPLE_NOT_SEEN_IN_USE',
    'crm-address-type SAMPLE_NOT_SEEN_IN_USE',
    'crm-status-field NO_OPPORTUNITY',
    'rd-quota PLAN_UNKNOWN',
  ])
  await tenant.close()
})

test('without the lists, an id that a lead of the CRM has is seen in use, and one that none has is not checkable', async () => {
  const used = {
    emails: [{ email: 'cliente@example.com', emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }],
    phones: [{ number: '34990000000', phoneTypeId: '67cd545a-cf05-441e-a0ec-635c44e60d41', standard: true }],
    addresses: [{ addressType: { id: 'b604f287-36bf-4e6d-ae83-c75c46a2fbeb' }, cityName: 'Uberlândia' }],
  }
  await crm().addLead({ name: 'Cliente', ...used })
  const tenant = await setUp.tenant({
    totvsCrm: { resources: {} },
    variables: { totvs_crm_leadoriginid: OTHER_ID },
  })
  const { data, stdout } = await tenant.run(['doctor', '--json'])
  const notes = data().findings.filter(({ note }: { note?: string }) => note?.includes('SEEN_IN_USE'))
  expect(notes.map(({ check, status }: { check: string; status: string }) => `${check} ${status}`)).toEqual([
    'crm-lead-situation ok',
    'crm-lead-origin not-checkable',
    'crm-email-type ok',
    'crm-phone-type-main not-checkable',
    'crm-phone-type-mobile ok',
    'crm-address-type ok',
  ])
  expect(notes[0].what).toContain('seen in use')
  expect(stdout).not.toContain('cliente@example.com')
  await tenant.close()
})

test.each([
  { shows: 'none', customFields: {} },
  { shows: 'none, as a list', customFields: [] },
  { shows: 'only what is filled', customFields: { segmento: 'Varejo' } },
])(
  'a CRM that shows of its custom fields $shows may hold the field all the same: no problem',
  async ({ customFields }) => {
    const opportunity = { id: OTHER_ID, status: 'PROGRESS', customFields }
    await setUp.sandbox.client.addFault({
      system: 'totvs-crm',
      match: { resource: 'opportunities-integration' },
      kind: 'status',
      status: 200,
      body: { items: [opportunity], hasNext: false },
    })
    const tenant = await setUp.tenant()
    const { code, data } = await tenant.run(['doctor', '--json'])
    expect(code).toBe(0)
    expect(data().findings).toContainEqual(
      expect.objectContaining({ check: 'crm-status-field', status: 'not-checkable', note: 'STATUS_FIELD_NOT_SHOWN' }),
    )
    await tenant.close()
  },
)

test('the tokens that the check renewed are those that the workers find: a refresh token that rolled is not lost', async () => {
  await rd().change({ settings: { rollingRefreshTokens: true } })
  const tenant = await setUp.tenant()
  for (const time of ['first', 'second', 'third']) expect((await tenant.run(['doctor'])).code, time).toBe(0)
  await tenant.close()
})

const otherKey = (): string => randomBytes(32).toString('base64')

test.each([{ rolling: true }, { rolling: false }])(
  'with another secret key than the one that sealed the tokens, these stay byte for byte, RD Station hears nothing, and the key is named (rolling: $rolling)',
  async ({ rolling }) => {
    await rd().change({ settings: { rollingRefreshTokens: rolling } })
    const tenant = await setUp.tenant()
    expect((await tenant.run(['doctor'])).code).toBe(0)
    const record = `{${tenant.name}}:ponte:rd-tokens`
    const sealed = await tenant.redis.get(record)
    expect(sealed).toMatch(/^v1\./)
    await setUp.sandbox.client.clearCalls()

    const env = { PONTE_SECRET_KEY: otherKey() }
    const { code, data } = await tenant.run(['doctor', '--json'], { env })
    expect(problemsIn(data())).toEqual(['rd-token SECRET_KEY_OTHER'])
    expect(code).toBe(1)
    expect(await tenant.redis.get(record)).toBe(sealed)
    expect(await setUp.sandbox.client.calls({ system: 'rd-station' })).toEqual([])
    const portuguese = await tenant.run(['doctor'], { env: { ...env, LC_ALL: 'pt_BR.UTF-8' } })
    expect(portuguese.stdout).toContain('✗ rd-token: SECRET_KEY_OTHER: A PONTE_SECRET_KEY não abre')
    expect((await tenant.run(['doctor'])).code).toBe(0)
    await tenant.close()
  },
)

test('another fingerprint key than that of the workers is named, and no tokens are made with it', async () => {
  const tenant = await setUp.tenant()
  expect(await claimFingerprintKey(tenant.redis, [{ name: tenant.name }], setUp.fingerprint)).toEqual([])
  await setUp.sandbox.client.clearCalls()
  const { code, data } = await tenant.run(['doctor', '--json'], { env: { PONTE_SECRET_KEY: otherKey() } })
  expect(problemsIn(data())).toEqual(['fingerprint-key FINGERPRINT_KEY_OTHER'])
  expect(data().findings).toContainEqual(expect.objectContaining({ check: 'rd-token', status: 'skipped' }))
  expect(code).toBe(1)
  expect(await tenant.redis.exists(`{${tenant.name}}:ponte:rd-tokens`)).toBe(0)
  expect(await setUp.sandbox.client.calls({ system: 'rd-station' })).toEqual([])
  await tenant.close()
})

test('a person reads in Portuguese what is wrong and what to do', async () => {
  const tenant = await setUp.tenant({ variables: { totvs_crm_default_user: 'inativo@demo.example' } })
  const { stdout } = await tenant.run(['doctor'], { env: { LC_ALL: 'pt_BR.UTF-8' } })
  expect(stdout).toContain('✗ crm-default-user: CRM_DEFAULT_USER_INACTIVE: O usuário padrão está inativo no TOTVS CRM.')
  expect(stdout).toContain(
    '→ Ative o usuário ou indique outro; reenvie. Mais: docs/failures.pt-BR.md#CRM_DEFAULT_USER_INACTIVE',
  )
  expect(stdout).not.toContain('inativo@demo.example')
  expect(stdout).toMatch(/\d+ verificações: 1 problema\n/)
  await tenant.close()
})

test.each([
  { setting: 'appendfsync', value: 'everysec', problem: 'redis-persistence REDIS_PERSISTENCE_WEAK' },
  { setting: 'maxmemory-policy', value: 'allkeys-lru', problem: 'redis-eviction REDIS_EVICTS' },
])('a Redis with $setting $value is named, and nothing else is', async ({ setting, value, problem }) => {
  const server = await startRedis()
  const redis = new Redis(server.url)
  await redis.config('SET', setting, value)
  const tenant = await setUp.tenant()
  const { code, data } = await tenant.run(['doctor', '--json'], { env: { REDIS_URL: server.url } })
  expect(problemsIn(data())).toEqual([problem])
  expect(code).toBe(1)
  redis.disconnect()
  await server.stop()
  await tenant.close()
})

test('a Redis that is not there is named, and the tokens of RD Station are left alone: nobody could keep them', async () => {
  const tenant = await setUp.tenant()
  await setUp.sandbox.client.clearCalls()
  const { code, data } = await tenant.run(['doctor', '--json'], { env: { REDIS_URL: 'redis://127.0.0.1:9' } })
  expect(problemsIn(data())).toEqual(['redis REDIS_UNREACHABLE'])
  expect(code).toBe(3)
  expect(await setUp.sandbox.client.calls({ system: 'rd-station' })).toEqual([])
  await tenant.close()
})

test('a configuration that cannot be used ends with 2 and names each problem', async () => {
  const tenant = await setUp.tenant()
  const env = { PONTE_SECRET_KEY: randomBytes(8).toString('hex'), REDIS_URL: 'http://example.com' }
  const { code, stderr } = await tenant.run(['doctor'], { env })
  expect(code).toBe(2)
  expect(stderr).toContain('PONTE_SECRET_KEY')
  expect(stderr).toContain('REDIS_URL')
  await tenant.close()
})

test.each([
  { where: 'nobody listens', answer: undefined, problem: ['ingress INGRESS_UNREACHABLE'], code: 3 },
  { where: 'something else answers', answer: 404, problem: ['ingress INGRESS_NOT_PONTE'], code: 1 },
  { where: 'something else wants a login', answer: 401, problem: ['ingress INGRESS_NOT_PONTE'], code: 1 },
  {
    where: 'the ingress has other tokens',
    answer: 401,
    body: '{"code":"UNAUTHORIZED"}',
    problem: ['ingress-token-rd-station INGRESS_TOKEN_REFUSED', 'ingress-token-totvs-crm INGRESS_TOKEN_REFUSED'],
    code: 1,
  },
])('an address for webhooks where $where is named', async ({ answer, body, problem, code }) => {
  const tenant = await setUp.tenant()
  const server = await listen(answer ?? 500, body)
  const url = answer === undefined ? `http://127.0.0.1:${await freePort()}` : server.url
  const run = await tenant.run(['doctor', '--json', '--url', url])
  expect(problemsIn(run.data())).toEqual(problem)
  expect(run.code).toBe(code)
  await server.close()
  await tenant.close()
})

test.each(['nonsense', 'localhost:3000', 'ftp://ponte.acme.example'])(
  'the address for webhooks "%s" is none: nothing is checked, and the exit code is 2',
  async url => {
    const tenant = await setUp.tenant()
    await setUp.sandbox.client.clearCalls()
    const { code, stderr } = await tenant.run(['doctor', '--url', url])
    expect(code).toBe(2)
    expect(stderr).toContain(url)
    expect(await setUp.sandbox.client.calls()).toEqual([])
    await tenant.close()
  },
)

test('an address for webhooks without TLS is named: RD Station does not take it', async () => {
  const tenant = await setUp.tenant()
  const { data } = await tenant.run(['doctor', '--json', '--url', 'http://ponte.acme.example'])
  expect(problemsIn(data())).toEqual(['ingress INGRESS_WITHOUT_TLS'])
  await tenant.close()
})

interface Registered {
  readonly where: string
  /** What RD Station lists; `{url}` is the address of the tenant's webhooks. */
  readonly webhooks: readonly { readonly url: string; readonly event_type?: string; readonly status?: string }[]
  readonly finding: string
}

test.each<Registered>([
  { where: 'there', webhooks: [{ url: '{url}?token={token}' }], finding: 'ok' },
  { where: 'there, with the old token of two', webhooks: [{ url: '{url}/?token={old}' }], finding: 'ok' },
  {
    where: 'there, beside one that is not',
    webhooks: [{ url: 'https://old.example/webhooks/acme/rd-station?token={token}' }, { url: '{url}?token={token}' }],
    finding: 'ok',
  },
  {
    where: 'there without a token',
    webhooks: [{ url: '{url}' }],
    finding: 'problem RD_WEBHOOK_TOKEN_WRONG',
  },
  {
    where: 'there with another token',
    webhooks: [{ url: '{url}?token=of-yesterday' }],
    finding: 'problem RD_WEBHOOK_TOKEN_WRONG',
  },
  {
    where: 'suspended',
    webhooks: [{ url: '{url}?token={token}', status: 'suspended' }],
    finding: 'problem RD_WEBHOOK_SUSPENDED',
  },
  {
    where: 'at an address of yesterday',
    webhooks: [{ url: 'https://old.example/webhooks/acme/rd-station?token={token}' }],
    finding: 'problem RD_WEBHOOK_OTHER_ADDRESS',
  },
  {
    where: 'for something else',
    webhooks: [
      { url: 'https://hooks.example/hooks/secret-path' },
      { url: '{url}?token={token}', event_type: 'webhook.marked_opportunity' },
    ],
    finding: 'not-checkable RD_WEBHOOK_NOT_LISTED',
  },
  { where: 'nowhere: a flow may send the leads', webhooks: [], finding: 'not-checkable RD_WEBHOOK_NOT_LISTED' },
])(
  "of RD Station's own webhooks, one that is $where is $finding, and no token is shown",
  async ({ webhooks, finding }) => {
    const old = newToken()
    const tenant = await setUp.tenant({ webhookTokens: { rdStation: [newToken(), old] } })
    const [token = ''] = tenant.tenant.settings.webhookTokens.rdStation
    const ingress = await listen(202)
    const address = `${ingress.url}/webhooks/${tenant.name}/rd-station`
    const fill = (text: string): string =>
      text.replace('{url}', address).replace('{token}', token).replace('{old}', old)
    await setUp.sandbox.client.addFault({
      system: 'rd-station',
      match: { path: '/integrations/webhooks' },
      kind: 'status',
      status: 200,
      body: {
        webhooks: webhooks.map(({ url, event_type = 'webhook.converted', status = 'active' }, index) => ({
          uuid: `w-${index}`,
          event_type,
          entity_type: 'CONTACT',
          url: fill(url),
          status,
        })),
      },
    })
    const run = await tenant.run(['doctor', '--json', '--url', `${ingress.url}/`])
    const found = run.data().findings.find(({ check }: { check: string }) => check === 'rd-webhook')
    expect([found.status, found.problem ?? found.note].filter(Boolean).join(' ')).toBe(finding)
    expect(run.code).toBe(finding.startsWith('problem') ? 1 : 0)
    if (finding !== 'ok') expect(`${found.what} ${found.remedy ?? ''}`).toContain(address)
    for (const secret of [token, old, 'of-yesterday', 'secret-path'])
      expect(run.stdout + run.stderr).not.toContain(secret)
    await ingress.close()
    await tenant.close()
  },
)

test('a webhook that was registered by RD Station’s API is found by its own list', async () => {
  const tenant = await setUp.tenant()
  const ingress = await listen(202)
  const { access_token } = await post(`${setUp.sandbox.url}/rd/auth/token`, {
    client_id: 'demo-client',
    client_secret: 'demo-secret',
    refresh_token: 'demo-refresh',
  })
  await post(
    `${setUp.sandbox.url}/rd/integrations/webhooks`,
    {
      event_type: 'WEBHOOK.CONVERTED',
      entity_type: 'CONTACT',
      url: `${ingress.url}/webhooks/${tenant.name}/rd-station?token=${tenant.tokens.rdStation}`,
      http_method: 'POST',
    },
    { authorization: `Bearer ${access_token}` },
  )
  const { code, data } = await tenant.run(['doctor', '--json', '--url', ingress.url])
  expect(data().findings).toContainEqual({ check: 'rd-webhook', status: 'ok', tenant: tenant.name, what: 'ok' })
  expect(code).toBe(0)
  await ingress.close()
  await tenant.close()
})

test.each([403, 404])('an account that RD Station answers %i shows no webhooks: that is no problem', async status => {
  const tenant = await setUp.tenant()
  const ingress = await listen(202)
  await setUp.sandbox.client.addFault({
    system: 'rd-station',
    match: { path: '/integrations/webhooks' },
    kind: 'status',
    status,
    body: { errors: [{ error_type: 'RESOURCE_NOT_FOUND', error_message: 'no' }] },
  })
  const { code, data } = await tenant.run(['doctor', '--json', '--url', ingress.url])
  expect(data().findings).toContainEqual(
    expect.objectContaining({ check: 'rd-webhook', status: 'not-checkable', note: 'RD_WEBHOOKS_NOT_SHOWN' }),
  )
  expect(code).toBe(0)
  await ingress.close()
  await tenant.close()
})

test('every problem that doctor has a name of its own for was planted', () => {
  const elsewhere = ['FINGERPRINT_KEY_', 'SECRET_KEY_', 'REDIS_', 'INGRESS_', 'RD_WEBHOOK_']
  const planted = mistakes.map(({ problem }) => problem.split(' ')[1])
  expect(
    checkProblems.filter(name => !planted.includes(name) && !elsewhere.some(prefix => name.startsWith(prefix))),
  ).toEqual([])
})

/** Something that answers every request so. */
async function listen(status: number, body = '{}') {
  const server = createServer((_request, response) => response.writeHead(status).end(body))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const { port } = address !== null && typeof address === 'object' ? address : { port: 0 }
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise<void>(resolve => server.close(() => resolve())),
  }
}

async function post(url: string, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return JSON.parse(await response.text())
}

function problemsIn({ findings }: { findings: { check: string; status: string; problem?: string }[] }): string[] {
  return findings.filter(({ status }) => status === 'problem').map(({ check, problem }) => `${check} ${problem}`)
}
