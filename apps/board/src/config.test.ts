import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { ConfigurationError, hashPassword } from '@ponte/runtime'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from './config.ts'
import { tenantsYaml } from './testing/documents.ts'

const env = {
  REDIS_URL: 'redis://127.0.0.1:1',
  PONTE_CONFIG: '/nowhere.yaml',
  PONTE_FINGERPRINT_KEY: Buffer.alloc(32, 1).toString('base64'),
}

const problemsOf = async (given: NodeJS.ProcessEnv): Promise<readonly string[]> => {
  const error: unknown = await readConfig(given).catch((error: unknown) => error)
  return error instanceof ConfigurationError ? error.problems : []
}

test('the board does not start without a user and a password, and tells what else is wrong at once', async () => {
  const unreadable = 'PONTE_CONFIG: the file /nowhere.yaml cannot be read'
  expect(await problemsOf(env)).toEqual(['BOARD_USER: is not set', 'BOARD_PASSWORD: is not set', unreadable])
  expect(await problemsOf({ ...env, BOARD_USER: 'ops', BOARD_PASSWORD: '' })).toEqual([
    'BOARD_PASSWORD: is not set',
    unreadable,
  ])
})

test('a viewer has a user and a password of its own, or there is none', async () => {
  const operator = { ...env, BOARD_USER: 'ops', BOARD_PASSWORD: 'long enough' }
  const file = path.join(await mkdtemp(path.join(os.tmpdir(), 'ponte-board-')), 'ponte.config.yaml')
  onTestFinished(() => rm(path.dirname(file), { recursive: true }))
  await writeFile(file, tenantsYaml('acme'))
  const started = { ...operator, PONTE_CONFIG: file }
  expect(await problemsOf({ ...started, BOARD_VIEWER_USER: 'eyes' })).toEqual([
    'BOARD_VIEWER_USER and BOARD_VIEWER_PASSWORD: set both or neither',
  ])
  expect(await problemsOf({ ...started, BOARD_VIEWER_USER: 'ops', BOARD_VIEWER_PASSWORD: 'long enough too' })).toEqual([
    expect.stringMatching(/^BOARD_VIEWER_USER: must differ/),
  ])
  expect((await readConfig(started)).accounts).toEqual([
    { name: 'ops', role: 'operator', secret: { password: 'long enough' } },
  ])
  const both = await readConfig({ ...started, BOARD_VIEWER_USER: 'eyes', BOARD_VIEWER_PASSWORD: 'long enough' })
  expect(both.accounts[1]).toEqual({ name: 'eyes', role: 'viewer', secret: { password: 'long enough' } })
})

test.each([
  { given: undefined, seconds: 60 },
  { given: '', seconds: 60 },
  { given: '300', seconds: 300 },
  { given: '0', seconds: undefined },
  { given: 'soon', seconds: undefined },
])('what waits longer than BOARD_STUCK_SECONDS=$given counts as stuck: $seconds s', async ({ given, seconds }) => {
  const file = path.join(await mkdtemp(path.join(os.tmpdir(), 'ponte-board-')), 'ponte.config.yaml')
  onTestFinished(() => rm(path.dirname(file), { recursive: true }))
  await writeFile(file, tenantsYaml('acme'))
  const settings = { ...env, PONTE_CONFIG: file, BOARD_USER: 'ops', BOARD_PASSWORD: 'long enough' }
  const read = await readConfig({ ...settings, BOARD_STUCK_SECONDS: given }).catch((error: unknown) => error)
  if (seconds === undefined) expect(read).toBeInstanceOf(ConfigurationError)
  else expect(read).toMatchObject({ stuckAfterMs: seconds * 1000 })
})

test.each(['10.0.0.0/33', 'example.com', '10.0.0.1,', '*'])(
  'the proxies "%s" are read or refused as a whole',
  async given => {
    const problems = await problemsOf({
      ...env,
      BOARD_USER: 'ops',
      BOARD_PASSWORD: 'long enough',
      BOARD_TRUSTED_PROXIES: given,
    })
    const refused = problems.some(problem => problem.startsWith('BOARD_TRUSTED_PROXIES'))
    expect(refused).toBe(given !== '10.0.0.1,')
  },
)

test('named accounts and tokens have a role, a hash and perhaps tenants; a mistake is named without the hash', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-board-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const [config, file] = ['ponte.config.yaml', 'accounts.yaml'].map(name => path.join(folder, name))
  if (config === undefined || file === undefined) throw new Error('the files of the test have no names')
  await writeFile(config, tenantsYaml('acme'))
  const hash = await hashPassword('a long password')
  const read = async (text: string, more: NodeJS.ProcessEnv = {}) => {
    await writeFile(file, text)
    return { ...env, PONTE_CONFIG: config, BOARD_ACCOUNTS: file, ...more }
  }
  const good = `accounts:\n  ana: { role: operator, password: '${hash}', tenants: [acme] }\n`
  expect((await readConfig(await read(good))).accounts).toEqual([
    { name: 'ana', role: 'operator', secret: { hash }, tenants: ['acme'] },
  ])
  // While the board runs, a tenant that goes must not keep it from taking the file.
  const running = await readConfig(await read(good))
  await writeFile(config, tenantsYaml('globex'))
  const next = await running.readTenantsAgain()
  expect(next.map(({ name }) => name)).toEqual(['globex'])
  expect(running.findUnknownTenants(next)).toEqual(['BOARD_ACCOUNTS: accounts.ana.tenants: there is no acme'])
  await writeFile(config, tenantsYaml('acme'))
  for (const [text, problem] of [
    [good.replace('operator', 'boss'), /accounts\.ana\.role/],
    [
      good.replace('$scrypt', 'plain'),
      /accounts\.ana\.password: must be a hash that `ponte password` makes, in single quotes/,
    ],
    [good.replaceAll("'", ''), /accounts\.ana: .*put the hash in single quotes/],
    [`accounts: { ana: ${hash} }`, /accounts\.…: /],
    [good.replace('[acme]', '[other]'), /there is no other/],
    [`${good}  ana: {`, /not valid YAML/],
    ['accounts: {}', /must name somebody/],
  ] as const) {
    const problems = await problemsOf(await read(text))
    expect(problems.join()).toMatch(problem)
    expect(problems.join()).not.toContain(hash.slice(-20))
  }
  const token = { hash: `$sha256$${'A'.repeat(43)}` }
  const tokens = `${good}tokens:\n  bi: { role: manager, token: '${token.hash}', tenants: [acme] }\n`
  expect((await readConfig(await read(tokens))).apiTokens).toEqual([
    { name: 'bi', role: 'manager', hash: token.hash, tenants: ['acme'] },
  ])
  for (const [text, problem] of [
    [tokens.replace('manager', 'boss'), /tokens\.bi\.role/],
    [tokens.replace('$sha256', 'plain'), /tokens\.bi\.token: must be a hash that `ponte password --token` makes/],
    [tokens.replace(token.hash, hash), /tokens\.bi\.token: must be a hash/],
    [`${tokens}  other: { role: viewer, token: '${token.hash}' }\n`, /tokens: two have the same hash/],
    [tokens.replace(/\[acme\] }\n$/, '[other] }\n'), /tokens\.bi\.tenants: there is no other/],
    [tokens.slice(tokens.indexOf('tokens:')), /accounts/],
  ] as const) {
    const problems = await problemsOf(await read(text))
    expect(problems.join()).toMatch(problem)
    expect(problems.join()).not.toContain(token.hash.slice(-20))
  }
  const twice = await read(good, { BOARD_USER: 'ana', BOARD_PASSWORD: 'long enough' })
  expect(await problemsOf(twice)).toEqual(['BOARD_ACCOUNTS: ana is there twice'])
})
