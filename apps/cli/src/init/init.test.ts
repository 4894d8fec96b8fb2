import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { sampleVariables } from '@ponte/contracts'
import {
  boardSettings,
  ConfigurationError,
  ingressSettings,
  parseEnvFile,
  parseTenants,
  readEnvironment,
  workerSettings,
} from '@ponte/runtime'
import { onTestFinished, expect, test } from 'vitest'
import { type RunOptions, runInProcess } from '../testing/run-in-process.ts'
import { fileNames, type FileName } from './plan-files.ts'

const given = ['--tenant', 'acme-br', '--url', 'https://ponte.acme.example']

async function openFolder() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-init-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const read = (file: FileName) => readFile(path.join(folder, file), 'utf8')
  return {
    folder,
    read,
    write: (file: FileName, text: string) => writeFile(path.join(folder, file), text),
    readAll: () => Promise.all(fileNames.map(read)),
    init: (argv: readonly string[] = given, options: Partial<RunOptions> = {}) =>
      runInProcess(['init', '--folder', folder, ...argv], { env: {}, ...options }),
    /** What a process reads of the three files. */
    values(): Record<string, string> {
      const env: Record<string, string> = {}
      for (const file of fileNames.slice(0, 3))
        for (const { name, value } of parseEnvFile(readFileSync(path.join(folder, file), 'utf8')))
          if (value !== undefined) env[name] = value
      return env
    },
  }
}

test('every file is readable by its owner alone, and its secrets are new each time and not shown', async () => {
  const [one, other] = [await openFolder(), await openFolder()]
  const { code, stdout, stderr } = await one.init()
  await other.init()
  expect([code, stdout]).toEqual([1, expect.stringContaining('.env: BOARD_USER, BOARD_PASSWORD')])
  for (const file of fileNames) expect((await stat(path.join(one.folder, file))).mode & 0o777).toBe(0o600)
  const [mine, theirs] = [one.values(), other.values()]
  const secrets = [
    'REDIS_PASSWORD',
    'PONTE_SECRET_KEY',
    'PONTE_FINGERPRINT_KEY',
    'BOARD_PASSWORD',
    'ACME_BR_RD_WEBHOOK_TOKEN',
    'ACME_BR_CRM_WEBHOOK_TOKEN',
  ]
  const values = [mine, theirs].flatMap(env => secrets.map(name => env[name]))
  expect(new Set(values).size).toBe(2 * secrets.length)
  expect(values.every(value => (value ?? '').length >= 20)).toBe(true)
  for (const [name, value] of Object.entries(mine))
    if (/KEY|TOKEN|PASSWORD/.test(name) && value !== '') expect(stdout + stderr).not.toContain(value)
})

test('files that others could read are for their owner alone afterwards, also where nothing else is changed', async () => {
  const { init, write, folder, readAll } = await openFolder()
  const modes = () => Promise.all(fileNames.map(async file => (await stat(path.join(folder, file))).mode & 0o777))
  await write('.env', 'LOG_LEVEL=info\n')
  await chmod(path.join(folder, '.env'), 0o644)
  expect((await init()).stdout).toContain('.env: others could read it; now only its owner can (mode 600)')
  expect(await modes()).toEqual([0o600, 0o600, 0o600, 0o600])

  for (const file of fileNames) await chmod(path.join(folder, file), 0o640)
  const before = await readAll()
  const again = await init([...given, '--json'])
  expect(again.data()).toMatchObject({
    files: fileNames.map(file => ({ file, outcome: 'kept', access: 'narrowed' })),
  })
  expect(await modes()).toEqual([0o600, 0o600, 0o600, 0o600])
  expect(await readAll()).toEqual(before)
})

test('what it writes is accepted by the settings of each process and by the tenants file, and proxies are known', async () => {
  const { init, values, read } = await openFolder()
  await init()
  const env = { ...values(), REDIS_URL: 'redis://127.0.0.1:6379', PONTE_CONFIG: 'ponte.config.yaml' }
  const board = readEnvironment(boardSettings, env)
  expect(board).toMatchObject({
    BOARD_PUBLIC_URL: 'https://ponte.acme.example',
    BOARD_TRUSTED_PROXIES: ['loopback', 'uniquelocal'],
  })
  expect(readEnvironment(ingressSettings, env).INGRESS_TRUSTED_PROXIES).toEqual(board.BOARD_TRUSTED_PROXIES)
  expect(readEnvironment(workerSettings, env).ALERT_BOARD_URL).toBe('https://ponte.acme.example')
  const logins = {
    ACME_BR_RD_CLIENT_ID: 'x',
    ACME_BR_RD_CLIENT_SECRET: 'x',
    ACME_BR_CRM_USERNAME: 'x',
    ACME_BR_CRM_PASSWORD: 'x',
  }
  const text = (await read('ponte.config.yaml')).replaceAll(': ""', ': given')
  expect(parseTenants(text, { ...env, ...logins }).map(({ name }) => name)).toEqual(['acme-br'])
})

test('run again, it changes nothing and says so', async () => {
  const { init, readAll } = await openFolder()
  await init()
  const before = await readAll()
  const again = await init([...given, '--json'])
  expect(await readAll()).toEqual(before)
  expect(again.code).toBe(1)
  expect(again.data()).toMatchObject({
    ok: false,
    tenants: ['acme-br'],
    files: fileNames.map(file => ({ file, outcome: 'kept' })),
    missing: expect.arrayContaining([{ file: '.env.credentials', name: 'ACME_BR_CRM_PASSWORD' }]),
  })
  const elsewhere = await init(['--url', 'https://other.acme.example'])
  expect(await readAll()).toEqual(before)
  expect(elsewhere.stdout).toContain('BOARD_PUBLIC_URL in .env has another address')
})

test('a second tenant is added below the first, with secrets of its own, and comments and values stay to the letter', async () => {
  const { init, read, readAll, values, write } = await openFolder()
  await init()
  await write(
    'ponte.config.yaml',
    (await read('ponte.config.yaml')).replace('    rdStation:\n', '    # ours\n    rdStation:\n'),
  )
  const before = await readAll()
  const { code } = await init(['--tenant', '3m'])
  expect(code).toBe(1)
  const after = await readAll()
  for (const [index, text] of before.entries()) expect(after[index]?.startsWith(text.trimEnd())).toBe(true)
  const env = values()
  expect(env['T_3M_RD_WEBHOOK_TOKEN']).not.toBe(env['ACME_BR_RD_WEBHOOK_TOKEN'])
  const logins = ['ACME_BR', 'T_3M'].flatMap(prefix =>
    ['RD_CLIENT_ID', 'RD_CLIENT_SECRET', 'CRM_USERNAME', 'CRM_PASSWORD'].map(name => [`${prefix}_${name}`, 'x']),
  )
  const text = (await read('ponte.config.yaml')).replaceAll(': ""', ': given')
  const tenants = parseTenants(text, { ...env, ...Object.fromEntries(logins) })
  expect(tenants.map(({ name }) => name)).toEqual(['acme-br', '3m'])
})

test.each([
  { name: 'four columns', text: '# mine\ntenants:\n    nova: { a: 1 } # theirs\n' },
  { name: 'braces', text: '{"tenants": {"nova": {"a": 1}}}' },
  { name: 'something behind them', text: 'tenants:\n  nova: { a: 1 }\n# the end\nx-more: 1\n' },
])('a tenant is added to a file whose tenants have $name', async ({ text }) => {
  const { init, read, write } = await openFolder()
  await write('ponte.config.yaml', text)
  const { tenants } = (await init(['--tenant', 'acme', '--json'])).data()
  expect(tenants).toEqual(['nova', 'acme'])
  for (const comment of text.match(/# \w+/g) ?? []) expect(await read('ponte.config.yaml')).toContain(comment)
})

const nasty = [
  `it's "50%" $HOME \${X} #1 \\n ü é`,
  'with ` a tick and $(date)',
  ' #leading and trailing ',
  `''`,
  String.raw`a\b\\c\'`,
]

test.each(nasty)('a password %j is the same for a process and for docker compose', async password => {
  const { init, folder, values } = await openFolder()
  const answers = [
    { to: 'Client ID', typed: 'id\r' },
    { to: 'Client Secret', typed: 'ssh\r' },
    { to: 'user name', typed: 'ponte@acme.example\r' },
    { to: 'its password', typed: `${password}\r` },
    { to: 'company code', typed: '0042\r' },
    { to: 'default user', typed: 'vendas@acme.example\r' },
  ]
  const { code, stdout, stderr } = await init(given, { answers })
  expect(stdout + stderr).not.toContain(password)
  expect(code).toBe(0)
  expect(values()['ACME_BR_CRM_PASSWORD']).toBe(password)
  if (isComposeThere()) expect(readByCompose(folder)['ACME_BR_CRM_PASSWORD']).toBe(password)
})

function isComposeThere(): boolean {
  try {
    execFileSync('docker', ['compose', 'version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function readByCompose(folder: string): Record<string, string> {
  const file = JSON.stringify({ services: { x: { image: 'x', env_file: ['.env.credentials'] } } })
  const args = ['compose', '--project-directory', folder, '--file', '-', 'config', '--format', 'json']
  const read = JSON.parse(execFileSync('docker', args, { input: file, encoding: 'utf8' }))
  // What it prints may be read as a compose file again, where a dollar is written twice.
  return Object.fromEntries(
    Object.entries(read.services.x.environment).map(([name, value]) => [name, String(value).replaceAll('$$', '$')]),
  )
}

test('in a terminal it asks for all that it was not given, in Portuguese; run again, only for what is missing', async () => {
  const { init, read, values } = await openFolder()
  const env = { LC_ALL: 'pt_BR.UTF-8' }
  const first = await init([], {
    env,
    answers: [
      { to: 'Nome curto', typed: 'nova\r' },
      { to: 'Endereço na Internet', typed: 'https://ponte.nova.example\r' },
      { to: 'Client ID', typed: 'id\r' },
      { to: 'Client Secret', typed: '\r' },
      { to: 'nome do usuário', typed: 'ponte\r' },
      { to: 'a senha dele', typed: 'uma senha\r' },
      { to: 'código da empresa', typed: '${X}\r' },
      { to: 'não pode conter ${…}', typed: `${'\u007f'.repeat(4)}nova\r` },
      { to: 'usuário padrão', typed: '\r' },
    ],
  })
  expect(first.code).toBe(1)
  expect(first.stdout).toContain(
    'Ainda falta:\n  .env.credentials: NOVA_RD_CLIENT_SECRET\n  ponte.config.yaml: tenants.nova.variables.totvs_crm_default_user\n',
  )
  const second = await init([], {
    env,
    answers: [
      { to: 'Client Secret', typed: 'segredo\r' },
      { to: 'usuário padrão', typed: 'vendas@nova.example\r' },
    ],
  })
  expect(second.code).toBe(0)
  expect(values()).toMatchObject({ NOVA_RD_CLIENT_SECRET: 'segredo', NOVA_CRM_PASSWORD: 'uma senha' })
  expect(await read('ponte.config.yaml')).toContain(
    'totvs_crm_default_user: "vendas@nova.example" # an active user with a role',
  )
})

test('a value that nobody gave is refused by name, and no id of another CRM goes live: until discover has found them, no process starts', async () => {
  const { init, read, values } = await openFolder()
  const first = await init([...given, '--json'])
  expect(first.code).toBe(1)
  expect(first.data()).toMatchObject({ toDiscover: ['acme-br'] })
  const text = await read('ponte.config.yaml')
  const unset = problemsOf(() => parseTenants(text, values())).join('\n')
  for (const name of ['.totvsCrm.tenant: ', '.variables.totvs_crm_default_user: ', 'ACME_BR_CRM_PASSWORD'])
    expect(unset).toContain(name)
  const filled = text
    .replace('totvs_crm_default_user: ""', 'totvs_crm_default_user: vendas@acme.example')
    .replace('      tenant: ""', '      tenant: acme')
  const problems = problemsOf(() => parseTenants(filled, { ...values(), ACME_BR_CRM_PASSWORD: 'p' })).join('\n')
  for (const name of Object.keys(sampleVariables).filter(each => each !== 'totvs_crm_default_user'))
    expect(problems).toMatch(new RegExp(`variables\\.${name}: .*discover`))
  expect((await init()).stdout).toContain('ponte discover --tenant acme-br --write')
})

test('a file that was changed while questions were answered is not written over', async () => {
  const { init, read, folder } = await openFolder()
  await init()
  const asked = ['Client ID', 'Client Secret', 'nome do usuário', 'a senha dele', 'código da empresa', 'usuário padrão']
  const { code, stderr } = await init([], {
    env: { LC_ALL: 'pt_BR.UTF-8' },
    answers: asked.map(to => ({ to, typed: '\r' })),
    onStderr: shown => {
      if (shown.includes('Client Secret')) writeFileSync(path.join(folder, '.env'), 'CHANGED=1\n')
    },
  })
  expect(code).toBe(2)
  expect(stderr).toContain('Nada foi gravado')
  expect(await read('.env')).toBe('CHANGED=1\n')
})

test.each([
  { argv: ['--url', 'https://ponte.acme.example'], says: '--tenant' },
  { argv: ['--tenant', 'Acme', '--url', 'https://ponte.acme.example'], says: 'a-z' },
  { argv: ['--tenant', 'acme', '--url', 'http://ponte.acme.example'], says: 'is not an address' },
  { argv: ['--tenant', 'acme', '--url', 'https://acme.example/ponte'], says: 'is not an address' },
  { argv: ['--tenant', 'acme', '--url', 'https://acme.example?token=1'], says: 'is not an address' },
  { argv: ['--tenant', 'acme', '--sandbox', 'ftp://sandbox'], says: 'is not an address' },
])('$argv is refused where nobody can be asked, and nothing is written', async ({ argv, says }) => {
  const { init, folder } = await openFolder()
  const { code, stderr } = await init(argv)
  expect(code).toBe(2)
  expect(stderr).toContain(says)
  await expect(stat(path.join(folder, '.env'))).rejects.toThrow('ENOENT')
})

test('a tenant of the sandbox lacks nothing', async () => {
  const { init, read, values } = await openFolder()
  const { code } = await init(['--tenant', 'demo', '--sandbox', 'http://sandbox:3010'])
  expect(code).toBe(0)
  const [tenant] = parseTenants(await read('ponte.config.yaml'), values())
  expect(tenant?.settings).toMatchObject({
    rdStation: {
      baseUrl: 'http://sandbox:3010/rd',
      tokenUrl: 'http://sandbox:3010/rd/auth/token',
      clientId: 'demo-client',
      minContactAgeSeconds: 1,
    },
    totvsCrm: { baseUrl: 'http://sandbox:3010/crm', tenant: 'demo', password: 'demo-password' },
    variables: { totvs_crm_default_user: 'vendas@demo.example' },
  })
})

test('an installation with a derived fingerprint key and accounts of its own keeps both as they are', async () => {
  const { init, read, write } = await openFolder()
  const settings =
    "PONTE_SECRET_KEY='kept'\nPONTE_FINGERPRINT_KEY=\nBOARD_ACCOUNTS=./accounts.yaml\nBOARD_USER=\nBOARD_PASSWORD=\n"
  await write('.env', settings)
  const { stdout } = await init(['--tenant', 'acme'])
  expect(await read('.env')).toBe(settings)
  expect(stdout).toContain('.env: kept as it is')
})

function problemsOf(act: () => unknown): readonly string[] {
  try {
    act()
    return []
  } catch (error) {
    return error instanceof ConfigurationError ? error.problems : [String(error)]
  }
}

test('an address that was not there is entered later, also where the lines were taken out', async () => {
  const { init, values, write } = await openFolder()
  await write('.env', "REDIS_PASSWORD='kept'\n")
  const { stdout } = await init()
  expect(values()).toMatchObject({ REDIS_PASSWORD: 'kept', BOARD_PUBLIC_URL: 'https://ponte.acme.example' })
  expect(stdout).not.toContain('another address')
})
