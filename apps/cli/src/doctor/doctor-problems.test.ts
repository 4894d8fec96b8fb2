import { doctorRows } from '@ponte/operations'
import { isFailureCode } from '@ponte/contracts'
import { change, createStatusField } from '@ponte/state'
import type { TenantOverrides } from '@ponte/testbed'
import { expect, test } from 'vitest'
import { OTHER_ID, problemsIn } from '../testing/doctor-tools.ts'
import { newToken, useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()

interface Mistake {
  readonly mistake: string
  readonly settings?: TenantOverrides | (() => TenantOverrides)
  readonly plant?: () => Promise<unknown>
  /** The exit code. Default: 1. */
  readonly code?: number
  /** The only problem, as `check PROBLEM`, and what its explanation names. */
  readonly problem: string
  readonly names?: string
}

const pipeline = '51d1b5c2-0000-4000-8000-000000000001'
const crm = () => cli.crm()
const rd = () => cli.rd()
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
    settings: () => ({ totvsCrm: { baseUrl: cli.url } }),
    problem: 'crm-login LOGIN_ADDRESS_WRONG',
    names: 'totvsCrm.baseUrl or totvsCrm.loginPath',
  },
  {
    mistake: 'the login of the CRM is elsewhere',
    settings: { totvsCrm: { loginPath: '/login' } },
    problem: 'crm-login LOGIN_ADDRESS_WRONG',
    names: '/crm/login',
  },
  {
    mistake: 'a web page answers in place of the CRM',
    plant: () =>
      cli.client.addFault({
        system: 'totvs-crm',
        match: { path: '/api/login' },
        kind: 'status',
        status: 200,
        body: '<html><body>Bem-vindo</body></html>',
      }),
    problem: 'crm-login LOGIN_ADDRESS_WRONG',
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
    names: 'There are: vendas@demo.example, ana.vendedora@demo.example, bia.vendedora@demo.example',
  },
  {
    mistake: 'the default user has no role',
    ...variable('totvs_crm_default_user', 'sem-papel@demo.example'),
    problem: 'crm-default-user CRM_DEFAULT_USER_WITHOUT_ROLE',
  },
  ...[
    ['crm-lead-situation', 'leadsituationid'],
    ['crm-lead-origin', 'leadoriginid'],
    ['crm-email-type', 'emailtypeid'],
    ['crm-phone-type-main', 'phonetypeid_main'],
    ['crm-phone-type-mobile', 'phonetypeid_mobile'],
    ['crm-address-type', 'addresstypeid'],
  ].map(([check, name]) => ({
    mistake: `${name} does not exist`,
    settings: { variables: { [`totvs_crm_${name}`]: OTHER_ID } },
    problem: `${check} CRM_ID_NOT_FOUND`,
    ...(name === 'leadoriginid' && { names: 'There are: ac80e699-8a31-4f20-9833-d1d3656ee89d (RD Station), ' }),
  })),
  {
    mistake: 'the pipeline is missing',
    ...variable('totvs_crm_pipeline', 'SQL'),
    problem: 'crm-pipeline CRM_CATALOG_ENTRY_NOT_FOUND',
    names: 'There are: Vendas diretas, MQL - Marketing Qualified Lead, Enterprise.',
  },
  {
    mistake: 'the pipeline is not known yet',
    ...variable('totvs_crm_pipeline', ''),
    problem: 'crm-pipeline VARIABLE_EMPTY',
    names: 'There are: Vendas diretas, MQL - Marketing Qualified Lead, Enterprise. Run `ponte discover --write`',
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
    names:
      'TOTVS CRM has no stage "Descoberta" (variable=totvs_crm_oportunity_stage, value=Descoberta, entries=0) There are: Abordagem e Investigação, Proposta.',
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
    names: 'There are: Abordagem e Investigação, Proposta.',
  },
  {
    mistake: 'the type of opportunity is missing',
    ...variable('totvs_crm_oportunity_type', 'Indicação'),
    problem: 'crm-opportunity-type CRM_CATALOG_ENTRY_NOT_FOUND',
    names: 'There are: Venda nova, Integração RD Station.',
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
    plant: () => crm().change({ settings: { listForm: 'endless', pages: 'ignored' } }),
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
    code: 3,
  },
  {
    mistake: 'the calls a minute are above every plan',
    settings: { rdStation: { callsPerMinute: 5000 } },
    problem: 'rd-quota RD_CALLS_PER_MINUTE_TOO_HIGH',
    names: 'rdStation.callsPerMinute',
  },
]

test.each(mistakes)('$mistake: named, and nothing else is', async ({ settings, plant, problem, names, code = 1 }) => {
  await plant?.()
  const tenant = await cli.newTenant(typeof settings === 'function' ? settings() : settings)
  const answer = await tenant.run(['doctor', '--json'])
  expect(problemsIn(answer.data())).toEqual([problem])
  expect(answer.code).toBe(code)
  const [found] = answer.data().findings.filter(({ status }: { status: string }) => status === 'problem')
  expect(found.remedy).toMatch(/\w{3}/)
  if (names !== undefined) expect(`${found.what} ${found.remedy}`).toContain(names)
  const secrets = [...Object.values(tenant.tokens), 'demo-secret', 'demo-password', 'yesterday', cli.secretKey]
  for (const secret of secrets) expect(answer.stdout + answer.stderr).not.toContain(secret)
})

test('a field that took a text and did not show it is a problem until one shows its text', async () => {
  const tenant = await cli.newTenant()
  const statusField = createStatusField(tenant.redis, tenant.name)
  await change(tenant.redis, [statusField.rememberingUnreadable('3f9d')])
  const { code, data } = await tenant.run(['doctor', '--json'])
  expect(problemsIn(data())).toEqual(['crm-status-field CRM_STATUS_FIELD_UNREADABLE'])
  const [found] = data().findings.filter(({ status }: { status: string }) => status === 'problem')
  expect(found.what).toContain('opportunity=3f9d')
  expect(code).toBe(1)
  await change(tenant.redis, [statusField.forgetting()])
  expect(problemsIn((await tenant.run(['doctor', '--json'])).data())).toEqual([])
})

const checkProblems = Object.entries(doctorRows).flatMap(([name, row]) =>
  'fix' in row && !('is' in row) ? [name] : [],
)

test('nothing that doctor says itself is called like a failure code', () => {
  expect(Object.keys(doctorRows).filter(isFailureCode)).toEqual([])
})

test('every problem that doctor names itself was provoked', () => {
  const elsewhere = ['FINGERPRINT_KEY_', 'PROCESS_', 'ROUTE_OWNER_', 'SECRET_KEY_', 'REDIS_', 'INGRESS_', 'RD_WEBHOOK_']
  const planted = mistakes.map(({ problem }) => problem.split(' ')[1])
  expect(
    checkProblems.filter(name => !planted.includes(name) && !elsewhere.some(prefix => name.startsWith(prefix))),
  ).toEqual([])
})
