import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { ConfigurationError } from '../settings/configuration-error.ts'
import { replaceFile } from '../settings/replace-file.ts'
import { changeTenantsFile } from './change-tenants-file.ts'
import { parseTenants } from './tenants.ts'

const yaml = `# companies
tenants:
  acme: # the first
    webhookTokens: { rdStation: "\${RD_TOKEN}", totvsCrm: "\${file:/run/secrets/crm}" }
    rdStation: { clientId: id, clientSecret: "\${SECRET}", refreshToken: later }
    totvsCrm: { username: user, password: "\${PASSWORD}", tenant: acme }
    variables: # from \`ponte discover\`
      totvs_crm_pipeline: '' # which?
      totvs_crm_default_user:
`
const context = { env: {}, language: 'en' } as const
const pipeline = { path: ['tenants', 'acme', 'variables', 'totvs_crm_pipeline'], value: 'MQL' }

let file = ''
beforeEach(async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-tenants-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  file = path.join(folder, 'ponte.config.yaml')
  await writeFile(file, yaml, { mode: 0o640 })
})

test('the settings are written, mode and owner stay, and a second time nothing changes', async () => {
  await chmod(file, 0o640)
  const before = await stat(file)
  expect(await changeTenantsFile(file, [pipeline], context)).toBe(true)
  expect(await readFile(file, 'utf8')).toBe(yaml.replace("''", "'MQL'"))
  const after = await stat(file)
  expect([after.mode, after.uid, after.gid]).toEqual([before.mode, before.uid, before.gid])
  expect(await changeTenantsFile(file, [pipeline], context)).toBe(false)
  expect((await stat(file)).ino).toBe(after.ino)
})

test('a reader finds the old text or the new one, never a part: the new file takes the place of the old one', async () => {
  const { ino } = await stat(file)
  await changeTenantsFile(file, [pipeline], context)
  expect((await stat(file)).ino).not.toBe(ino)
  expect(await readdir(path.dirname(file))).toEqual([path.basename(file)])
})

test('behind a link, the file that it leads to is written, and the link stays', async () => {
  const link = `${file}.link`
  await symlink(file, link)
  await changeTenantsFile(link, [pipeline], context)
  expect(await readFile(file, 'utf8')).toContain("'MQL'")
  expect(await readFile(link, 'utf8')).toContain("'MQL'")
})

test('a file that nothing can take the place of is written over', async () => {
  // No name beside it is short enough for the file system.
  const long = path.join(path.dirname(file), `${'x'.repeat(240)}.yaml`)
  await writeFile(long, `${yaml}# ${'-'.repeat(100)}\n`, { mode: 0o640 })
  const { ino } = await stat(long)
  const shorter = yaml.replace("''", "'MQL'")
  await replaceFile(long, shorter)
  expect(await readFile(long, 'utf8')).toBe(shorter)
  expect((await stat(long)).ino).toBe(ino)
  expect(await readdir(path.dirname(file))).toHaveLength(2)
})

test('a file that would then be refused is left as it is', async () => {
  const wrong = { path: ['tenants', 'acme', 'totvsCrm', 'loginPath'], value: 'no-slash' }
  await expect(changeTenantsFile(file, [pipeline, wrong], context)).rejects.toThrow(ConfigurationError)
  expect(await readFile(file, 'utf8')).toBe(yaml)
})

test('a reference to a secret is never written, not even where one may stand', async () => {
  for (const path of [pipeline.path, ['tenants', 'acme', 'totvsCrm', 'password']]) {
    const planted = { path, value: '${NOVA_CRM_PASSWORD}' }
    await expect(changeTenantsFile(file, [planted], context)).rejects.toThrow(`${path.join('.')}: is not written`)
    expect(await readFile(file, 'utf8')).toBe(yaml)
  }
})

test('a file that cannot be replaced is left as it is, and nothing else is left behind', async () => {
  // No file can take the place of a folder.
  await mkdir(`${file}.d`)
  await expect(replaceFile(`${file}.d`, yaml)).rejects.toThrow('EISDIR')
  await rm(`${file}.d`, { recursive: true })
  const shared = yaml
    .replace('variables: #', 'variables: &all #')
    .concat(
      yaml.slice(yaml.indexOf('  acme:'), yaml.indexOf('    variables:')).replace('acme:', 'nova:'),
      '    variables: *all\n',
    )
  await writeFile(file, shared)
  await expect(changeTenantsFile(file, [pipeline], context)).rejects.toThrow('by hand')
  expect(await readFile(file, 'utf8')).toBe(shared)
  expect(await readdir(path.dirname(file))).toEqual([path.basename(file)])
})

test('an empty variable is refused with the command that finds it, but not where that command reads the file', () => {
  expect(() => parseTenants(yaml, {}, 'en', { uses: [] })).toThrow(
    'tenants.acme.variables.totvs_crm_pipeline: is not known yet: `ponte discover` finds it\n' +
      '  - tenants.acme.variables.totvs_crm_default_user: is not known yet: `ponte discover` finds it',
  )
  const [acme] = parseTenants(yaml, {}, 'en', { uses: [], allowsEmptyVariables: true })
  expect(acme?.settings.variables).toMatchObject({
    totvs_crm_pipeline: '',
    totvs_crm_default_user: '',
    totvs_crm_oportunity_type: 'Integração RD Station',
  })
  const without = yaml.slice(0, yaml.indexOf('    variables:'))
  expect(() => parseTenants(without, {}, 'pt-BR', { uses: [] })).toThrow(
    'tenants.acme.variables: ainda não é conhecido: o `ponte discover` descobre',
  )
  expect(
    parseTenants(without, {}, 'en', { uses: [], allowsEmptyVariables: true })[0]?.settings.variables,
  ).toMatchObject({
    totvs_crm_default_user: '',
  })
})
