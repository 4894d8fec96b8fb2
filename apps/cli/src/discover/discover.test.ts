import type { TenantOverrides } from '@ponte/testbed'
import { expect, test } from 'vitest'
import {
  allVariables,
  ids,
  leaveOneUser,
  noVariables,
  person,
  wholeLead,
  withoutMain,
  withoutMobile,
} from '../testing/discover-tools.ts'
import { OTHER_ID } from '../testing/doctor-tools.ts'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()
const crm = () => cli.crm()
const [marketing, enterprise] = ['51d1b5c2-0000-4000-8000-000000000001', '51d1b5c2-0000-4000-8000-000000000003']
const pipelineName = 'MQL - Marketing Qualified Lead'

interface Crm {
  readonly crm: string
  /** What differs from a CRM of which everything is known. */
  readonly plant?: () => Promise<unknown>
  readonly lead?: object | 'none'
  readonly settings?: TenantOverrides
  readonly argv?: readonly string[]
  readonly code: number
  /** The variables that differ from `allVariables`; null: not found. */
  readonly variables?: Readonly<Record<string, string | null>>
  /** The members of a finding, or of a correction. */
  readonly finding?: object
  readonly correction?: object
  /** What a person reads. */
  readonly says?: string
}

const noIds = Object.fromEntries(Object.keys(ids).map(name => [name, null]))
const settings = (change: Parameters<ReturnType<typeof crm>['change']>[0]['settings']) => () =>
  crm().change({ settings: { ...change } })

const crms: readonly Crm[] = [
  { crm: 'lists with hasNext', code: 0, says: '10 of 10 variables found.' },
  { crm: 'lists with count', plant: settings({ listForm: 'count' }), code: 0 },
  { crm: 'bare lists', plant: settings({ listForm: 'array' }), code: 0 },
  { crm: 'pages of two records', plant: settings({ maxPageSize: 2, listForm: 'array-pages' }), code: 0 },
  {
    crm: 'lists without an end',
    plant: settings({ listForm: 'endless', pages: 'ignored' }),
    code: 1,
    // Nobody knows whether there are more users.
    variables: { totvs_crm_default_user: null },
    finding: { variable: 'totvs_crm_default_user', reason: 'SEVERAL', choices: [{ value: 'vendas@demo.example' }] },
  },
  {
    crm: 'two pipelines of one name',
    plant: () =>
      crm().change({
        pipelines: [
          { id: marketing, description: pipelineName },
          { id: enterprise, description: pipelineName },
        ],
      }),
    code: 1,
    variables: { totvs_crm_pipeline: null, totvs_crm_oportunity_stage: null },
    finding: {
      variable: 'totvs_crm_pipeline',
      reason: 'SAME_NAME',
      choices: [
        { value: marketing, name: pipelineName },
        { value: enterprise, name: pipelineName },
      ],
    },
    says: 'several have this name: choose one by its id',
  },
  {
    crm: 'one pipeline with one stage, of other names',
    plant: () =>
      crm().change({
        pipelines: [{ id: marketing, description: 'Vendas' }],
        stages: [{ id: OTHER_ID, description: 'Contato', pipelineId: marketing }],
      }),
    code: 0,
    variables: { totvs_crm_pipeline: 'Vendas', totvs_crm_oportunity_stage: 'Contato' },
  },
  {
    crm: 'another pipeline than that of the tenants file',
    settings: { variables: { ...noVariables, totvs_crm_pipeline: 'Empresas' } },
    code: 1,
    variables: { totvs_crm_pipeline: null, totvs_crm_oportunity_stage: null },
    finding: {
      variable: 'totvs_crm_pipeline',
      reason: 'NOT_FOUND',
      choices: [{ value: 'Vendas diretas' }, { value: pipelineName }, { value: 'Enterprise' }],
    },
    says: 'totvs_crm_pipeline: Empresas # ! TOTVS CRM does not have what the tenants file says: choose one',
  },
  {
    crm: 'no type of opportunities',
    plant: () => crm().change({ opportunityTypes: [] }),
    code: 1,
    variables: { totvs_crm_oportunity_type: null },
    finding: { variable: 'totvs_crm_oportunity_type', status: 'missing', reason: 'NONE' },
    says: 'create "Integração RD Station" and run this again',
  },
  {
    crm: 'one type of opportunities, which is for others',
    plant: () => crm().change({ opportunityTypes: [{ description: 'Venda nova' }] }),
    code: 1,
    variables: { totvs_crm_oportunity_type: null },
    finding: { reason: 'NO_OWN_TYPE', choices: [{ value: 'Venda nova' }] },
    says: 'create the type "Integração RD Station" in TOTVS CRM and run this again',
  },
  {
    crm: 'a default user without a role',
    plant: () => crm().changeUser('3f0c8f9e-0000-4000-8000-000000000004', { active: true }),
    settings: { variables: { ...noVariables, totvs_crm_default_user: 'sem-papel@demo.example' } },
    code: 1,
    variables: { totvs_crm_default_user: null },
    finding: {
      reason: 'USER_WITHOUT_ROLE',
      choices: [{ value: 'vendas@demo.example' }, { value: 'ana.vendedora@demo.example' }],
    },
    says: 'the user of the tenants file has no role',
  },
  {
    crm: 'no user who can own leads',
    plant: () => crm().changeUser('3f0c8f9e-0000-4000-8000-000000000001', { roleId: null }),
    code: 1,
    variables: { totvs_crm_default_user: null },
    says: 'TOTVS CRM has no active user with a role and an e-mail',
  },
  {
    crm: 'an integration API at another path than that of the tenants file',
    settings: { totvsCrm: { integrationPath: '/api/v9/integracao' } },
    code: 0,
    correction: { setting: 'totvsCrm.integrationPath', was: '/api/v9/integracao', value: '/api/integration' },
    says: 'integrationPath: /api/integration # /api/v9/integracao does not work',
  },
  {
    crm: 'an integration API at another path than usual',
    plant: settings({ integrationPath: '/integration' }),
    code: 0,
    correction: { setting: 'totvsCrm.integrationPath', was: '/api/integration', value: '/integration' },
  },
  {
    crm: 'a version of users that is newer',
    plant: async () => {
      const { resources } = (await crm().state()).settings
      const user = { service: 'user', resource: 'users-integration', version: 'v4' }
      return crm().change({ settings: { resources: { ...resources, user } } })
    },
    code: 0,
    correction: {
      setting: 'totvsCrm.resources.user',
      was: 'user/users-integration/v1',
      value: { service: 'user', resource: 'users-integration', version: 'v4' },
    },
    says: '    user: { service: user, resource: users-integration, version: v4 } # user/users-integration/v1 does not work',
  },
  {
    crm: 'stages under a name that nobody knows',
    plant: async () => {
      const { resources } = (await crm().state()).settings
      const stage = { service: 'funil', resource: 'etapas', version: 'v1' }
      return crm().change({ settings: { resources: { ...resources, stage } } })
    },
    code: 1,
    variables: { totvs_crm_oportunity_stage: null },
    finding: { variable: 'totvs_crm_oportunity_stage', reason: 'NOT_LISTED', code: 'CRM_REJECTED' },
    says: 'set totvsCrm.resources.stage',
  },
  {
    crm: 'a login at another path than usual',
    plant: settings({ loginPath: '/login' }),
    code: 0,
    correction: { setting: 'totvsCrm.loginPath', was: '/api/login', value: '/login?redirectUrl=/' },
  },
  {
    crm: 'a path that refuses everybody where the tenants file has the login',
    plant: () =>
      cli.client.addFault({
        system: 'totvs-crm',
        match: { path: '/entrar' },
        kind: 'status',
        status: 401,
        times: 'forever',
      }),
    settings: { totvsCrm: { loginPath: '/entrar' } },
    code: 0,
    correction: { setting: 'totvsCrm.loginPath', was: '/entrar', value: '/api/login' },
  },
  {
    crm: 'no lead',
    lead: 'none',
    code: 1,
    variables: noIds,
    finding: { variable: 'totvs_crm_leadoriginid', status: 'missing', reason: 'NO_LEAD' },
    says: 'TOTVS CRM has no lead: create one by hand',
  },
  {
    crm: 'a lead without a mobile phone',
    lead: withoutMobile,
    code: 1,
    variables: { totvs_crm_phonetypeid_mobile: null },
    finding: { variable: 'totvs_crm_phonetypeid_mobile', status: 'missing', reason: 'NOT_IN_LEAD' },
    says: 'no lead that was read has a mobile phone with a type of its own: add it to a lead in TOTVS CRM',
  },
  {
    crm: 'a lead with a mobile number alone, which may be its main phone',
    lead: withoutMain,
    code: 1,
    variables: { totvs_crm_phonetypeid_main: null, totvs_crm_phonetypeid_mobile: null },
    finding: { reason: 'MAIN_OR_MOBILE', choices: [{ value: ids.totvs_crm_phonetypeid_mobile }] },
  },
  {
    crm: 'no lead of the e-mail that was named',
    argv: ['--lead', 'outra@cliente.example'],
    code: 1,
    variables: noIds,
    finding: { reason: 'LEAD_NOT_FOUND' },
    says: 'TOTVS CRM has no lead with the e-mail of --lead',
  },
  {
    crm: 'leads without filters',
    plant: settings({ filters: 'ignored' }),
    argv: ['--lead', person.email.toUpperCase()],
    code: 0,
    says: 'ids from the lead',
  },
]

test.each(crms)('a CRM with $crm: right, or a sentence says what to do', async each => {
  if (each.lead === 'none') await cli.client.reset()
  else await crm().addLead({ ...wholeLead, ...each.lead })
  await leaveOneUser(cli)
  await each.plant?.()
  const tenant = await cli.newTenant({
    variables: noVariables,
    ...each.settings,
    totvsCrm: { resources: {}, ...each.settings?.totvsCrm },
  })
  const { code, data, stdout } = await tenant.run(['discover', '--json', ...(each.argv ?? [])])
  expect(data().variables).toEqual({ ...allVariables, ...each.variables })
  expect(code).toBe(each.code)
  expect(data().ok).toBe(each.code === 0)
  if (each.finding !== undefined) expect(data().findings).toContainEqual(expect.objectContaining(each.finding))
  expect(data().corrections).toEqual(each.correction === undefined ? [] : [each.correction])
  const read = await tenant.run(['discover', ...(each.argv ?? [])])
  expect(read.code).toBe(each.code)
  if (each.says !== undefined) expect(read.stdout).toContain(each.says)
  for (const value of [...Object.values(person), '99123', '3232', 'Souza', 'Uberl', 'demo-password'])
    expect(stdout + read.stdout + read.stderr).not.toContain(value)
})

test.each([
  {
    crm: 'refuses the login',
    settings: { totvsCrm: { password: 'yesterday' } },
    code: 2,
    says: 'TOTVS CRM refuses the login (status 401): correct totvsCrm.username, password or tenant',
    logins: 1,
  },
  {
    crm: 'has its integration API where nobody would look',
    plant: settings({ integrationPath: '/elsewhere' }),
    code: 2,
    says: 'the integration API is at none of the known paths: ask the administrator of TOTVS CRM and set totvsCrm.integrationPath',
    logins: 1,
  },
  {
    crm: 'is a web server of somebody else',
    plant: () => cli.client.addFault({ system: 'totvs-crm', match: {}, kind: 'html', times: 'forever' }),
    settings: { totvsCrm: { loginPath: '/entrar' } },
    code: 3,
    says: 'CRM_UNAVAILABLE',
    logins: 1,
  },
  {
    crm: 'has no login at any known path',
    plant: () =>
      cli.client.addFault({
        system: 'totvs-crm',
        match: { path: 'login' },
        kind: 'status',
        status: 404,
        body: '{}',
        times: 'forever',
      }),
    code: 2,
    says: 'answers like the login of TOTVS CRM: correct totvsCrm.baseUrl or loginPath (tried: /api/login, /api/login?redirectUrl=/, /login?redirectUrl=/)',
    logins: 3,
  },
  {
    crm: 'is down',
    plant: () =>
      cli.client.addFault({
        system: 'totvs-crm',
        match: { path: '/api/integration' },
        kind: 'status',
        status: 503,
        times: 'forever',
      }),
    code: 3,
    says: 'CRM_UNAVAILABLE',
    logins: 1,
  },
  {
    crm: 'does not answer',
    settings: { totvsCrm: { baseUrl: 'http://127.0.0.1:9' } },
    code: 3,
    says: 'CRM_UNREACHABLE',
    logins: 0,
  },
])('a CRM that $crm: nothing is written, and a sentence says why', async ({ plant, code, says, logins, ...each }) => {
  await plant?.()
  const tenant = await cli.newTenant({ variables: noVariables, ...each.settings })
  await cli.client.clearCalls()
  const found = await tenant.run(['discover', '--write'])
  expect(found.stderr).toContain(says)
  expect(found.code).toBe(code)
  expect(found.stdout).toBe('')
  const calls = await cli.client.calls({ system: 'totvs-crm' })
  // Many refused logins could lock the user.
  expect(calls.filter(({ path }) => !path.includes('integration'))).toHaveLength(logins)
})

test.each([
  { argv: ['--lead', 'ana'], says: '--lead takes the e-mail of a lead.' },
  { argv: ['--tenant', 'outra'], says: 'There is no tenant "outra"' },
])('ponte discover $argv: wrong use', async ({ argv, says }) => {
  const tenant = await cli.newTenant()
  const { code, stderr } = await tenant.run(['discover', ...argv])
  expect(stderr).toContain(says)
  expect(code).toBe(2)
})
