import { mkdir, mkdtemp, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { RefusedChange } from '@ponte/state'
import { Registry } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { createLogger } from '../telemetry/logger.ts'
import { COUNTS_WITHIN_MS, watchTenantsFile } from './watch-tenants-file.ts'
import { createLiveTenants } from './live-tenants.ts'
import { readTenantsApart } from './configuration.ts'
import { readTenantsFile } from './tenants.ts'

const env = process.env
const uses = { uses: ['webhookTokens'] } as const
const tenant = (name: string, rdToken = `${name}-rd-webhook-token`) => ({
  webhookTokens: { rdStation: rdToken, totvsCrm: `${name}-crm-webhook-token` },
  rdStation: { clientId: 'id', clientSecret: '${NOT_READ_HERE}', refreshToken: 'token' },
  totvsCrm: { username: 'user', password: 'word', tenant: name },
  variables: { totvs_crm_default_user: `vendas@${name}.example` },
})
const textOf = (...tenants: readonly ReturnType<typeof tenant>[]): string =>
  JSON.stringify({ tenants: Object.fromEntries(tenants.map(each => [each.totvsCrm.tenant, each])) })

async function openFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-watch-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

const nobody = { record: async () => undefined, renew: async () => true, forget: async () => undefined }

/** A process that has read the file, and does so again after a change. */
async function watch(file: string, often: { readonly everyMs?: number } = { everyMs: 50 }) {
  const live = createLiveTenants(await readTenantsFile(file, env, 'en', uses))
  const registry = new Registry()
  const recorded: (RefusedChange | undefined)[] = []
  const lines: string[] = []
  const log = createLogger({ level: 'info', process: 'test', destination: { write: line => void lines.push(line) } })
  const watched = watchTenantsFile({
    ...{ file, env, live, registry, log, ...often },
    read: () => readTenantsApart(file, env, uses),
    use: { ...nobody, record: async (_file, refused) => void recorded.push(refused) },
  })
  watched.run()
  onTestFinished(() => watched.close())
  return {
    live,
    recorded,
    lines,
    names: () => live.current().map(({ name }) => name),
    reloads: async (outcome: string): Promise<number> =>
      Number(new RegExp(`reloads_total\\{outcome="${outcome}"\\} (\\d+)`).exec(await registry.metrics())?.[1]),
  }
}

test('a file that is changed in place is read, and tenants that have not changed stay the same objects', async () => {
  const file = path.join(await openFolder(), 'tenants.yaml')
  await writeFile(file, textOf(tenant('acme'), tenant('globex')))
  const { live, names, reloads } = await watch(file)
  const [acme, globex] = live.current()
  const changes: (readonly string[])[][] = []
  live.onChange(({ added, removed }) => changes.push([added, removed].map(tenants => tenants.map(({ name }) => name))))
  await writeFile(file, textOf(tenant('acme'), tenant('globex', 'another-rd-webhook-token'), tenant('initech')))
  await expect.poll(names).toEqual(['acme', 'globex', 'initech'])
  expect(live.current()[0]).toBe(acme)
  expect(live.current()[1]).not.toBe(globex)
  expect(live.current()[1]?.settings.webhookTokens.rdStation).toEqual(['another-rd-webhook-token'])
  // What this process does not use stays unread, also after it came out of the thread.
  expect(() => live.current()[2]?.settings.rdStation.clientSecret).toThrow('this process does not read')
  expect(changes).toEqual([[['globex', 'initech'], ['globex']]])
  expect([await reloads('applied'), await reloads('refused')]).toEqual([1, 0])
})

test('a file that takes the place of another is read', async () => {
  const file = path.join(await openFolder(), 'tenants.yaml')
  await writeFile(file, textOf(tenant('acme')))
  const { names } = await watch(file)
  await writeFile(`${file}.new`, textOf(tenant('globex')))
  await rename(`${file}.new`, file)
  await expect.poll(names).toEqual(['globex'])
})

test('a file behind two links is read when the folder is exchanged, as Kubernetes does it', async () => {
  const folder = await openFolder()
  const version = async (name: string, text: string): Promise<void> => {
    await mkdir(path.join(folder, name))
    await writeFile(path.join(folder, name, 'tenants.yaml'), text)
    await symlink(name, path.join(folder, '..data_tmp'))
    await rename(path.join(folder, '..data_tmp'), path.join(folder, '..data'))
  }
  await version('..one', textOf(tenant('acme')))
  const file = path.join(folder, 'tenants.yaml')
  await symlink(path.join('..data', 'tenants.yaml'), file)
  const { names } = await watch(file)
  await version('..two', textOf(tenant('acme'), tenant('globex')))
  await expect.poll(names).toEqual(['acme', 'globex'])
})

test('a secret that is in a file is read again when that file changes', async () => {
  const folder = await openFolder()
  const [file, secret] = [path.join(folder, 'tenants.yaml'), path.join(folder, 'token')]
  await writeFile(secret, 'first-rd-webhook-token')
  await writeFile(file, textOf(tenant('acme', `\${file:${secret}}`)))
  const { live } = await watch(file)
  await writeFile(secret, 'second-rd-webhook-token')
  const tokenNow = () => live.current()[0]?.settings.webhookTokens.rdStation
  await expect.poll(tokenNow).toEqual(['second-rd-webhook-token'])
})

test('a secret file that this process may not look at keeps nothing from being read', async () => {
  const folder = await openFolder()
  const [file, secret] = [path.join(folder, 'tenants.yaml'), path.join(folder, 'of-another-process')]
  // Looking at it fails, also for a process that may do everything.
  await symlink(secret, secret)
  const acme = { ...tenant('acme'), totvsCrm: { ...tenant('acme').totvsCrm, password: `\${file:${secret}}` } }
  await writeFile(file, textOf(acme))
  const { names } = await watch(file)
  await writeFile(file, textOf(acme, tenant('globex')))
  await expect.poll(names).toEqual(['acme', 'globex'])
})

test.each([
  { what: 'that is no YAML', text: 'tenants: {', problem: '(file)' },
  { what: 'without tenants', text: 'tenants: {}', problem: 'tenants: name at least one tenant' },
  { what: 'that is empty', text: '', problem: '(file)' },
  {
    what: 'with a mistake in one of its tenants',
    text: textOf(tenant('globex'), tenant('acme', 'short')),
    problem: 'tenants.acme.webhookTokens.rdStation',
  },
])('a file $what changes nothing, and the next right one is taken', async ({ text, problem }) => {
  const file = path.join(await openFolder(), 'tenants.yaml')
  await writeFile(file, textOf(tenant('acme')))
  const { live, names, recorded, lines, reloads } = await watch(file)
  const before = live.current()
  await writeFile(file, text)
  await expect.poll(() => reloads('refused')).toBe(1)
  expect(live.current()).toBe(before)
  await expect.poll(() => recorded.at(-1)?.problems[0]).toContain(problem)
  expect(lines.at(-1)).toContain(problem)
  await writeFile(file, textOf(tenant('globex')))
  await expect.poll(names).toEqual(['globex'])
  await expect.poll(() => recorded.at(-1)).toBeUndefined()
  expect(await reloads('refused')).toBe(1)
})

test('a file that was replaced while the process started is read, also by one with the same time', async () => {
  const file = path.join(await openFolder(), 'tenants.yaml')
  await writeFile(file, textOf(tenant('acme')))
  const live = createLiveTenants(await readTenantsFile(file, env, 'en', uses))
  // Files that are written within some milliseconds have the same time.
  const { atime, mtime } = await stat(file)
  await writeFile(`${file}.new`, textOf(tenant('acme'), tenant('globex')))
  await utimes(`${file}.new`, atime, mtime)
  await rename(`${file}.new`, file)
  const watched = watchTenantsFile({
    ...{ file, env, live, registry: new Registry(), everyMs: 50 },
    log: createLogger({ level: 'silent', process: 'test' }),
    read: () => readTenantsApart(file, env, uses),
    use: nobody,
  })
  watched.run()
  onTestFinished(() => watched.close())
  await expect.poll(() => live.current().length).toBe(2)
})

test('a change that is being checked when the process stops is not taken any more', async () => {
  const file = path.join(await openFolder(), 'tenants.yaml')
  await writeFile(file, textOf(tenant('acme')))
  const live = createLiveTenants(await readTenantsFile(file, env, 'en', uses))
  const { promise: isBegun, resolve: begin } = Promise.withResolvers<void>()
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>()
  const watched = watchTenantsFile({
    ...{ file, env, live, registry: new Registry(), everyMs: 50 },
    log: createLogger({ level: 'silent', process: 'test' }),
    async read() {
      begin()
      await mayEnd
      return await readTenantsFile(file, env, 'en', uses)
    },
    use: nobody,
  })
  watched.run()
  await writeFile(file, textOf(tenant('globex')))
  await isBegun
  watched.stop()
  end()
  await watched.close()
  expect(live.current().map(({ name }) => name)).toEqual(['acme'])
})

test('SIGHUP has the file read, also when it has not changed', async () => {
  const file = path.join(await openFolder(), 'tenants.yaml')
  await writeFile(file, textOf(tenant('acme')))
  const { reloads } = await watch(file)
  process.emit('SIGHUP', 'SIGHUP')
  await expect.poll(() => reloads('unchanged')).toBe(1)
})

test('a changed file is used within the time that people are told', { tags: ['timed'] }, async () => {
  const file = path.join(await openFolder(), 'tenants.yaml')
  await writeFile(file, textOf(tenant('acme')))
  const { names, recorded } = await watch(file, {})
  await expect.poll(() => recorded).toHaveLength(1)
  const changedAt = performance.now()
  await writeFile(file, textOf(tenant('globex')))
  await expect.poll(names).toEqual(['globex'])
  expect(performance.now() - changedAt).toBeLessThan(COUNTS_WITHIN_MS)
})
