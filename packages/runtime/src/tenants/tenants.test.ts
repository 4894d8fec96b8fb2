import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { cliSettings, workerSettings } from '../settings/process-settings.ts'
import { readEnvironment } from '../settings/read-environment.ts'
import { deriveFingerprintKey } from '../settings/fields.ts'
import { parseTenants, readTenantsFile } from './tenants.ts'
import { problemsOf } from '../testing/problems-of.ts'

const root = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url))

const [one = '', two = '', three = ''] = ['one', 'two', 'three'].map(name => name.padEnd(20, '-webhook-token'))

const minimal = (more = ''): string => `
tenants:
  acme:
    webhookTokens: { rdStation: ${one}, totvsCrm: [${two}, ${three}] }
    rdStation: { clientId: id, clientSecret: "\${SECRET}", refreshToken: token }
    totvsCrm: { username: user, password: "pre-\${SECRET}", tenant: acme }
    variables: { totvs_crm_default_user: vendas@acme.example }
${more}`

test('only what has no default must be given; everything else has the documented default', () => {
  const [acme] = parseTenants(minimal(), { SECRET: 's3cret' })
  expect(acme?.settings.webhookTokens).toEqual({ rdStation: [one], totvsCrm: [two, three] })
  expect(acme?.settings.rdStation).toMatchObject({
    baseUrl: 'https://api.rd.services',
    clientSecret: 's3cret',
    callsPerMinute: 120,
    maxSaleValue: 99_999_999,
    minContactAgeSeconds: 300,
    acceptSyntheticConversions: false,
  })
  expect(acme?.settings.totvsCrm).toMatchObject({
    password: 'pre-s3cret',
    integrationPath: '/api/integration',
    customFields: 'map',
    statusMap: { PROGRESS: 'open', WON: 'won', LOST: 'lost', DISCARDED: 'ignored', CANCELED: 'ignored' },
    resources: { lead: { service: 'customer', resource: 'leads-integration', version: 'v1' } },
  })
  expect(acme?.settings).toMatchObject({
    statusRd: { field: 'statusRD', rounds: 3, pauseSeconds: 60 },
    retry: { attempts: 12, firstDelaySeconds: 5, maxDelaySeconds: 3600 },
    circuitBreaker: { failureThreshold: 5, probeSeconds: 15, maxProbeSeconds: 300 },
    leadFields: {},
    fields: [],
    updates: {},
    filters: { send: [], skip: [] },
    routes: [],
    ownerFromRdStation: true,
  })
})

test('a time since when marks are made needs its offset', () => {
  const since = (time: string) => parseTenants(minimal(`    marksSince: ${time}\n`), { SECRET: 's3cret' })
  expect(since('2026-11-01T00:00:00-03:00')[0]?.settings.marksSince).toBe('2026-11-01T00:00:00-03:00')
  for (const time of ['2026-11-01', '2026-11-01T00:00:00', 'ontem'])
    expect(problemsOf(() => since(time))).toEqual([
      'tenants.acme.marksSince: must be a time with its offset, such as 2026-11-01T00:00:00-03:00',
    ])
})

test('a reconcile must look back as far as the pause before it', () => {
  const reconcile = (setting: string, language: 'en' | 'pt-BR' = 'en') =>
    parseTenants(minimal(`    reconcile: { ${setting} }\n`), { SECRET: 's3cret' }, language)
  for (const setting of ['everyMinutes: 61, lookbackHours: 1', 'everyMinutes: 1440, lookbackHours: 23'])
    expect(problemsOf(() => reconcile(setting))).toEqual([
      'tenants.acme.reconcile.lookbackHours: must not be shorter than everyMinutes, or nobody looks at the time between',
    ])
  expect(problemsOf(() => reconcile('everyMinutes: 61, lookbackHours: 1', 'pt-BR'))).toEqual([
    'tenants.acme.reconcile.lookbackHours: não pode ser menor que everyMinutes, senão ninguém confere o tempo que fica entre um e outro',
  ])
  for (const setting of ['everyMinutes: 60, lookbackHours: 1', 'everyMinutes: 1440', 'lookbackHours: 1'])
    expect(reconcile(setting)).toHaveLength(1)
})

test('every problem is named with its path, and no value is shown', () => {
  const yaml = minimal('    retry: { attempts: 0 }\n    surprise: hush\n').replace('clientId: id', 'clientId: ""')
  const problems = problemsOf(() => parseTenants(yaml, {}))
  expect(problems).toEqual(
    expect.arrayContaining([
      'tenants.acme.rdStation.clientSecret: the variable SECRET is not set',
      'tenants.acme.totvsCrm.password: the variable SECRET is not set',
      'tenants.acme.rdStation.clientId: must not be empty',
      expect.stringMatching(/^tenants\.acme\.retry\.attempts: /),
      expect.stringMatching(/^tenants\.acme: has no setting called s…\(8\)/),
    ]),
  )
  expect(problems.join()).not.toContain('hush')
})

test.each([
  [
    'no token for a source',
    minimal().replace(`totvsCrm: [${two}, ${three}]`, ''),
    'tenants.acme.webhookTokens.totvsCrm',
  ],
  ['three tokens at once', minimal().replace(two, `${two}, b`), 'tenants.acme.webhookTokens.totvsCrm'],
  ['a name that cannot stand in a URL', minimal().replace('acme:', 'Acme Ltda:'), 'tenants.Acme Ltda'],
  ['no tenant', 'tenants: {}', 'tenants'],
  ['an empty file', '', '(file)'],
])('%s stops the process', (_case, yaml, path) => {
  expect(problemsOf(() => parseTenants(yaml, { SECRET: 's' })).map(problem => problem.split(':')[0])).toContain(path)
})

test('a tenant with an impossible name is reported together with what is wrong inside it', () => {
  const yaml = minimal('    retry: { attempts: 0 }\n').replace('acme:', 'Acme_Ltda:')
  expect(problemsOf(() => parseTenants(yaml, { SECRET: 's' }))).toEqual([
    expect.stringMatching(/^tenants\.Acme_Ltda\.retry\.attempts: /),
    expect.stringMatching(/^tenants\.Acme_Ltda: use 1 to 63 of a-z/),
  ])
})

test('a variable that needs quotes inside braces is shown with them', () => {
  const yaml = minimal().replace('"${SECRET}"', '${SECRET}')
  expect(problemsOf(() => parseTenants(yaml, { SECRET: 's' })).at(-1)).toMatch(/has to stand in quotes/)
})

test('broken YAML and a missing file are said as such', async () => {
  expect(problemsOf(() => parseTenants('tenants: [', {}))).not.toEqual([])
  await expect(readTenantsFile('/nowhere/ponte.yaml', {})).rejects.toThrow('/nowhere/ponte.yaml')
})

test('the example is a valid file once its variables are set', async () => {
  const example = await readFile(root('ponte.config.example.yaml'), 'utf8')
  const names = [...example.matchAll(/\$\{(\w+)\}/g)].map(match => match[1] ?? '')
  const env = Object.fromEntries(names.map(name => [name, `value-of-${name}`]))
  // Everything commented out shows its default. When it is uncommented, the settings must stay the same.
  const uncommented = example.replaceAll(/^(\s*)# (?=[a-z_A-Z]+:|  [a-zA-Z]+:)/gm, '$1')
  expect(parseTenants(uncommented, env)).toEqual(parseTenants(example, env))
  // Lines with a second comment sign have no default: they name lists that only some have.
  const withLists = uncommented.replaceAll(/^(\s*)#   # (?=\w+: )/gm, '$1  ')
  const [acme] = parseTenants(withLists, env)
  const { resources } = acme?.settings.totvsCrm ?? {}
  for (const list of ['leadSituation', 'leadOrigin', 'emailType', 'phoneType', 'addressType'] as const)
    expect(resources?.[list], list).toMatchObject({ service: 'customer', version: 'v1' })
  // Examples of rules have no default either.
  const [{ settings } = {}] = parseTenants(uncommented.replaceAll(/^ {4}# # /gm, '    '), env)
  expect(settings?.fields).toHaveLength(4)
  expect(settings?.filters).toMatchObject({ send: [{ name: 'com CNPJ' }], skip: [{ name: 'fornecedores' }] })
  expect(settings?.routes[0]?.then.owner).toEqual(['ana@acme.example', 'bia@acme.example'])
  expect(Object.values(settings?.updates ?? {})).toEqual(['if-empty', 'always', 'on-create'])
  const files = ['.env.example', '.env.webhooks.example', '.env.credentials.example']
  const documented = (await Promise.all(files.map(file => readFile(root(file), 'utf8')))).join('\n')
  for (const name of names) expect(documented).toContain(`${name}=`)
})

test('the tenants file for the sandbox is valid as it is', async () => {
  const [demo] = await readTenantsFile(root('ponte.config.sandbox.yaml'), {})
  expect(demo?.settings.totvsCrm).toMatchObject({ tenant: 'demo', username: 'ponte@demo.example' })
})

test('the environment is checked as a whole, empty counts as not set', () => {
  const { REDIS, PONTE_SECRET_KEY, OPS_PORT, WORKER_CONCURRENCY } = workerSettings.shape
  const schema = z.object({ REDIS, PONTE_SECRET_KEY, OPS_PORT, WORKER_CONCURRENCY })
  expect(
    problemsOf(() => readEnvironment(schema, { REDIS_URL: '', PONTE_SECRET_KEY: 'short', OPS_PORT: '99999' })),
  ).toEqual([
    'REDIS_URL, REDIS_SENTINELS, REDIS_CLUSTER: must be set, exactly one of the three; none is',
    'PONTE_SECRET_KEY: must be 32 bytes, as base64 or 64 hex digits',
    expect.stringMatching(/^OPS_PORT: /),
  ])
})

test.each([
  ['64 hex digits', '0f'.repeat(32)],
  ['base64', Buffer.alloc(32, 15).toString('base64')],
])('the secret key is read from %s', (_form, text) => {
  expect(
    readEnvironment(cliSettings.pick({ PONTE_SECRET_KEY: true }), { PONTE_SECRET_KEY: text }).PONTE_SECRET_KEY,
  ).toEqual(Buffer.alloc(32, 15))
})

test('the fingerprint key is the one that is set, else derived from the secret key, which it does not tell', () => {
  const secret = Buffer.alloc(32, 15)
  const own = Buffer.alloc(32, 16)
  const read = (env: NodeJS.ProcessEnv) =>
    readEnvironment(cliSettings.pick({ PONTE_FINGERPRINT_KEY: true }), env).PONTE_FINGERPRINT_KEY
  const derived = read({ PONTE_SECRET_KEY: secret.toString('hex') })
  expect(derived).toEqual(deriveFingerprintKey(secret))
  expect(derived).toHaveLength(32)
  expect(derived).not.toEqual(secret)
  expect(derived).not.toEqual(read({ PONTE_SECRET_KEY: own.toString('hex') }))
  const both = { PONTE_SECRET_KEY: secret.toString('hex'), PONTE_FINGERPRINT_KEY: own.toString('base64') }
  expect(read(both)).toEqual(own)

  const missing = [expect.stringMatching(/^PONTE_FINGERPRINT_KEY: .*PONTE_SECRET_KEY/)]
  expect(problemsOf(() => read({}))).toEqual(missing)
  expect(problemsOf(() => read({ PONTE_SECRET_KEY: 'short' }))).toEqual(missing)
  expect(
    problemsOf(() => readEnvironment(cliSettings.pick({ PONTE_SECRET_KEY: true, PONTE_FINGERPRINT_KEY: true }), {})),
  ).toEqual(['PONTE_SECRET_KEY: is not set'])
})

test.each([
  ['a quote that does not end', 'tenants: { acme: { password: "s3cret-canary } }'],
  ['a value at a wrong place', 'tenants:\n  acme:\n    password: one\n  s3cret-canary\n'],
  ['an alias that nobody defined', 'tenants:\n  acme: { password: *s3cret-canary }'],
  ['a tab', 'tenants:\n\tacme: s3cret-canary'],
  ['a bare variable', 'tenants: { acme: { password: ${X}s3cret-canary } }'],
])('a mistake in the YAML is named by line and column, and no line of the file is shown: %s', (_mistake, yaml) => {
  for (const language of ['en', 'pt-BR'] as const) {
    const found = problemsOf(() => parseTenants(yaml, {}, language)).join('\n')
    expect(found).toMatch(/YAML/)
    expect(found).not.toContain('s3cret')
    expect(found).not.toContain('password')
  }
})

test.each([
  { after: 'an empty line', text: 'tenants:\n  acme: x\n\n globex: y\n', place: 'line 4, column 2' },
  { after: 'a comment', text: 'tenants:\n  acme: x\n\n  # next\n globex: y\n', place: 'line 5, column 2' },
  { after: 'a line with a value', text: 'tenants:\n  acme: x\n globex: y\n', place: 'line 3, column 1' },
])('the line of a mistake is the one that is wrong, also after $after', ({ text, place }) => {
  expect(problemsOf(() => parseTenants(text, {}))).toEqual([expect.stringContaining(place)])
})

test.each([
  ['a token as a name', minimal('    s3cret-canary-of-20-characters: x\n'), 'tenants.acme: '],
  [
    'a token as a name in a section',
    minimal().replace('clientId: id', 'clientId: id, s3cret-canary-of-20: '),
    'tenants.acme.rdStation: ',
  ],
  [
    'a token as a name whose value is a variable',
    minimal().replace('clientId: id', 'clientId: id, s3cret-canary-of-20: "${NOBODY}"'),
    'tenants.acme.rdStation.s3…(19): ',
  ],
  ['a token as a name beside the tenants', `${minimal()}s3cret-canary: x\n`, '(file): '],
  ['a token as a field of leads', minimal('    leadFields: { s3cret-canary: [a] }\n'), 'tenants.acme.leadFields: '],
])('a name that no setting has is not repeated, because it may be a secret: %s', (_mistake, yaml, place) => {
  for (const language of ['en', 'pt-BR'] as const) {
    const found = problemsOf(() => parseTenants(yaml, { SECRET: 's' }, language)).join('\n')
    expect(found).toContain(language === 'en' ? place : place.replace('(file)', '(arquivo)'))
    expect(found).toMatch(/s3?…\(\d+\)/)
    expect(found).not.toContain('canary')
  }
})

test('a setting at the wrong level is named', () => {
  const yaml = minimal('    callsPerMinute: 500\n')
  expect(problemsOf(() => parseTenants(yaml, { SECRET: 's' }))).toEqual([
    expect.stringContaining('tenants.acme: has no setting called callsPerMinute'),
  ])
})
