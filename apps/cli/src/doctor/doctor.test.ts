import { randomBytes, randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fingerprintCredentials, parseTenants } from '@ponte/runtime'
import { doctorChecks } from '@ponte/operations'
import { createDoctorResults, createProcessRecord, type ProcessUse, readLastTimes } from '@ponte/state'
import { startRedis } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { noVariables } from '../testing/discover-tools.ts'
import { OTHER_ID, problemsIn } from '../testing/doctor-tools.ts'
import { type SetUpTenant, useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()
const crm = () => cli.crm()

/** Processes that use the credentials of the tenant's settings. Of a file that just changed they are compared with each other. */
async function recordProcesses({ name, redis, tenant }: SetUpTenant, refusal: Pick<ProcessUse, 'refused'> = {}) {
  const { fingerprint } = cli
  const tenants = new Map([[name, fingerprintCredentials(tenant, fingerprint)]])
  for (const kind of ['ingress', 'worker', 'board'] as const) {
    const file = { fingerprint: 'file', readAt: 0 }
    await createProcessRecord(redis, randomUUID()).write({ kind, key: fingerprint.keyCheck, file, tenants, ...refusal })
  }
}

test('a set-up without a mistake has no problem, and everything was checked', async () => {
  const tenant = await cli.newTenant()
  await recordProcesses(tenant)
  const { code, data } = await tenant.run(['doctor', '--json'])
  expect(data().findings.filter(({ status }: { status: string }) => status !== 'ok')).toEqual([])
  expect(code).toBe(0)
  const withoutStep = doctorChecks.filter(({ steps }) => steps.length === 0).map(({ check }) => check)
  const shown: { tenant: string | null; check: string }[] = data().findings
  const ofInstallation = shown.filter(each => each.tenant === null).map(({ check }) => check)
  // What processes use is said live on the overview.
  expect(withoutStep).toEqual([...ofInstallation, 'credentials-in-use'])
  // For the checklist on the board.
  const { redis, name } = tenant
  const variables = cli.fingerprint.exact(JSON.stringify(tenant.tenant.settings.variables))
  const kept = { at: expect.any(Number), problems: [], samples: [], variables }
  expect(await createDoctorResults(redis).read(name)).toEqual(kept)
  const success = { success: expect.any(Number) }
  expect(await readLastTimes(redis, name)).toEqual({ 'rd-station': success, 'totvs-crm': success })
})

test('what was found with the address stays until a run with it; what is checked again does not', async () => {
  const tenant = await cli.newTenant()
  const results = createDoctorResults(tenant.redis)
  const problems = [
    { check: 'ingress', problem: 'INGRESS_UNREACHABLE' },
    { check: 'rd-token', problem: 'RD_TOKEN_REVOKED' },
  ]
  await results.write(tenant.name, { at: 5, problems, variables: '', samples: [] })
  const kept = [{ check: 'ingress', problem: 'INGRESS_UNREACHABLE', at: 5 }]
  for (const run of ['the first', 'the second']) {
    await tenant.run(['doctor'])
    expect([run, (await results.read(tenant.name))?.problems]).toEqual([run, kept])
  }
})

test('credentials are not said to be in use where no process of the tenant is running', async () => {
  const [tenant, other] = [await cli.newTenant(), await cli.newTenant()]
  await recordProcesses(other)
  const { code, stdout } = await tenant.run(['doctor'])
  expect(stdout).toContain('- credentials-in-use: not checked: no running process of this tenant')
  expect(code).toBe(0)
  await recordProcesses(tenant, { refused: { problems: ['a mistake'], since: 0 } })
  expect((await tenant.run(['doctor'])).stdout).toContain('- credentials-in-use: not checked: fix tenants-file first')
  await recordProcesses(tenant)
  expect((await tenant.run(['doctor'])).stdout).toContain('✓ credentials-in-use: ok')
})

test('where no variable is known yet, doctor says so of each, with the values that exist, and checks the rest', async () => {
  const tenant = await cli.newTenant({ variables: noVariables })
  const { code, data } = await tenant.run(['doctor', '--json'])
  expect(code).toBe(1)
  const problems = problemsIn(data())
  expect(problems).toHaveLength(10)
  const kept = await createDoctorResults(tenant.redis).read(tenant.name)
  expect(kept?.problems.map(({ check, problem }) => `${check} ${problem}`)).toEqual(problems)
  expect(problems.filter(problem => !problem.endsWith(' VARIABLE_EMPTY'))).toEqual([])
  for (const { problem, what, remedy } of data().findings) {
    if (problem === undefined) continue
    expect(what).toMatch(/^variables\.totvs_crm_\w+ is not known yet\. There are: \S/)
    expect(remedy).toContain('ponte discover --write')
  }
})

test("the sandbox's tenants file has no problem, and the first mark of a new contact does not wait for minutes", async () => {
  const source = await readFile(path.join(import.meta.dirname, '../../../../ponte.config.sandbox.yaml'), 'utf8')
  const tenant = await cli.newTenant()
  const yaml = source.replaceAll('http://sandbox:3010', cli.url).replace(/^  demo:/m, `  ${tenant.name}:`)
  const file = path.join(path.dirname(tenant.env.PONTE_CONFIG), 'sandbox.yaml')
  await writeFile(file, yaml)
  const { code, data } = await tenant.run(['doctor', '--json'], { env: { PONTE_CONFIG: file } })
  const unseen = { check: 'credentials-in-use', note: 'NOTHING_TO_COMPARE' }
  expect(data().findings.filter(({ status }: { status: string }) => status !== 'ok')).toMatchObject([unseen])
  expect(code).toBe(0)
  const [demo] = parseTenants(yaml, {})
  expect(demo?.settings.rdStation.minContactAgeSeconds).toBeLessThan(10)
})

test('what cannot be checked is reported as such and is no problem; an id that still has its sample value is reported as that', async () => {
  await cli.client.reset()
  const tenant = await cli.newTenant({
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
  const kept = await createDoctorResults(tenant.redis).read(tenant.name)
  expect(kept?.samples.map(name => name.replace(/^totvs_crm_/, ''))).toEqual([
    ...['leadsituationid', 'leadoriginid', 'phonetypeid_main', 'phonetypeid_mobile', 'addresstypeid'],
  ])
})

test('without the lists, an id that a lead of the CRM has is in use, and one that none has is not checkable', async () => {
  const used = {
    emails: [{ email: 'cliente@example.com', emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }],
    phones: [{ number: '34990000000', phoneTypeId: '67cd545a-cf05-441e-a0ec-635c44e60d41', standard: true }],
    addresses: [{ addressType: { id: 'b604f287-36bf-4e6d-ae83-c75c46a2fbeb' }, cityName: 'Uberlândia' }],
  }
  await crm().addLead({ name: 'Cliente', ...used })
  const tenant = await cli.newTenant({ totvsCrm: { resources: {} }, variables: { totvs_crm_leadoriginid: OTHER_ID } })
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
  expect(notes[0].what).toContain('in use')
  expect(stdout).not.toContain('cliente@example.com')
})

test.each([
  { shows: 'none', customFields: {} },
  { shows: 'none, as a list', customFields: [] },
  { shows: 'only what is filled', customFields: { segmento: 'Varejo' } },
])(
  'a CRM that shows of its custom fields $shows may hold the field all the same: no problem',
  async ({ customFields }) => {
    const opportunity = { id: OTHER_ID, status: 'PROGRESS', customFields }
    await cli.client.addFault({
      system: 'totvs-crm',
      match: { resource: 'opportunities-integration' },
      kind: 'status',
      status: 200,
      body: { items: [opportunity], hasNext: false },
    })
    const tenant = await cli.newTenant()
    const { code, data } = await tenant.run(['doctor', '--json'])
    expect(code).toBe(0)
    expect(data().findings).toContainEqual(
      expect.objectContaining({ check: 'crm-status-field', status: 'not-checkable', note: 'STATUS_FIELD_NOT_SHOWN' }),
    )
  },
)

test('a person reads in Portuguese what is wrong and what to do', async () => {
  const tenant = await cli.newTenant({ variables: { totvs_crm_default_user: 'inativo@demo.example' } })
  const { stdout } = await tenant.run(['doctor'], { env: { LC_ALL: 'pt_BR.UTF-8' } })
  expect(stdout).toContain('✗ crm-default-user: CRM_DEFAULT_USER_INACTIVE: O usuário padrão está inativo no TOTVS CRM.')
  expect(stdout).toContain(
    '→ Ative o usuário ou indique outro; reenvie. Mais: docs/failures.pt-BR.md#crm_default_user_inactive',
  )
  expect(stdout).not.toContain('inativo@demo.example')
  expect(stdout).toMatch(/\d+ verificações: 1 problema, 1 não verificada\n/)
})

test.each([
  { setting: 'appendfsync', value: 'everysec', problem: 'redis-persistence REDIS_PERSISTENCE_WEAK' },
  { setting: 'maxmemory-policy', value: 'allkeys-lru', problem: 'redis-eviction REDIS_EVICTS' },
])('a Redis with $setting $value is named, and nothing else is', async ({ setting, value, problem }) => {
  const server = await startRedis()
  const redis = new Redis(server.url)
  await redis.config('SET', setting, value)
  const tenant = await cli.newTenant()
  const { code, data } = await tenant.run(['doctor', '--json'], { env: { REDIS_URL: server.url } })
  expect(problemsIn(data())).toEqual([problem])
  expect(code).toBe(1)
  redis.disconnect()
  await server.stop()
})

test('a Redis that begins to refuse is a problem of the checks that it refused, and the others are made', async () => {
  const server = await startRedis()
  const redis = new Redis(server.url)
  await redis.config('SET', 'maxmemory', '1')
  const tenant = await cli.newTenant()
  const { code, data } = await tenant.run(['doctor', '--json'], { env: { REDIS_URL: server.url } })
  expect(problemsIn(data())).toEqual(['rd-token STATE_UNAVAILABLE'])
  const statusOf = (check: string) => data().findings.find((each: { check: string }) => each.check === check).status
  expect(['crm-login', 'crm-filters', 'rd-api', 'rd-quota'].map(statusOf)).toEqual(['ok', 'ok', 'skipped', 'ok'])
  expect(code).toBe(3)
  redis.disconnect()
  await server.stop()
})

test('a Redis without a replica to spare is a warning', async () => {
  const tenant = await cli.newTenant()
  const { code, data } = await tenant.run(['doctor', '--json'], { env: { REDIS_WAIT_REPLICAS: '1' } })
  expect(data()).toMatchObject({
    findings: expect.arrayContaining([
      expect.objectContaining({
        check: 'redis-replicas',
        warning: 'REPLICA_TO_SPARE_MISSING',
        facts: { found: 0, wanted: 2, waitReplicas: 1 },
      }),
    ]),
  })
  expect(code).toBe(0)
})

const nowhere = '127.0.0.1:9'
test.each([
  { setting: 'REDIS_URL', env: { REDIS_URL: `redis://${nowhere}` } },
  { setting: 'REDIS_SENTINELS', env: { REDIS_URL: '', REDIS_SENTINELS: nowhere, REDIS_SENTINEL_NAME: 'main' } },
  { setting: 'REDIS_CLUSTER', env: { REDIS_URL: '', REDIS_CLUSTER: nowhere } },
])(
  'a Redis that is not where $setting says is named so, and the tokens of RD Station are left alone: nobody could keep them',
  async ({ setting, env }) => {
    const tenant = await cli.newTenant()
    await cli.client.clearCalls()
    const { code, data } = await tenant.run(['doctor', '--json'], { env })
    expect(problemsIn(data())).toEqual(['redis REDIS_UNREACHABLE'])
    expect(data()).toMatchObject({
      findings: expect.arrayContaining([
        expect.objectContaining({ facts: { setting }, what: expect.stringContaining(setting) }),
      ]),
    })
    expect(code).toBe(3)
    expect(await cli.client.calls({ system: 'rd-station' })).toEqual([])
  },
)

test('a configuration that cannot be used ends with 2 and names each problem', async () => {
  const tenant = await cli.newTenant()
  const env = { PONTE_SECRET_KEY: randomBytes(8).toString('hex'), REDIS_URL: 'http://example.com' }
  const { code, stderr } = await tenant.run(['doctor'], { env })
  expect(code).toBe(2)
  expect(stderr).toContain('PONTE_SECRET_KEY')
  expect(stderr).toContain('REDIS_URL')
})
