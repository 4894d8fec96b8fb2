import { createServer } from 'node:http'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import { hashPassword } from '@ponte/runtime'
import { openWorld, recordNeedle, startPonte, type TenantAccess, type TenantOverrides } from '@ponte/testbed'
import type { TestProject } from 'vitest/node'
import { sharedTenants, sharedTimeZone, swift } from './shared-tenants.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where `shareCompany` finds the Ponte that many files share. It is started for the first that asks. */
    readonly sharedPonteUrl: string
  }
}

/** A tenant of the shared Ponte, with a world of its own in the sandbox. */
export interface SharedTenant {
  readonly ingressUrl: string
  readonly settings: Readonly<Record<'REDIS_URL' | 'PONTE_CONFIG' | 'PONTE_SECRET_KEY', string>>
  readonly tenant: TenantAccess
  /** Logins of the board that see this tenant alone. */
  readonly board: { readonly url: string; readonly user: string; readonly viewer: string; readonly password: string }
  readonly sandboxUrl: string
}

/** One Ponte for the whole run, for all files that differ in their tenant only: tenants are cheap, processes are not. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { redisUrl, sharedSandboxUrl } = project.getProvidedContext()
  let started: ReturnType<typeof start> | undefined
  const server = createServer((request, response) => {
    started ??= openWorld(sharedSandboxUrl).then(({ url }) => start(redisUrl, new URL(url).origin))
    started
      .then(({ tenants }) => response.end(JSON.stringify(tenants[request.url?.slice(1) ?? ''])))
      .catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  project.provide('sharedPonteUrl', `http://127.0.0.1:${address.port}`)
  return async () => {
    server.close()
    server.closeAllConnections()
    await (await started?.catch(() => undefined))?.stop()
  }
}

async function start(redisUrl: string, sandboxUrl: string) {
  const run = randomBytes(3).toString('hex')
  const worldOf = (name: string): string => `${sandboxUrl}/worlds/${name}`
  const overridesOf = ([name, tenant]: [string, TenantOverrides]): [string, TenantOverrides] => [
    `${name}-${run}`,
    {
      ...swift,
      ...tenant,
      rdStation: { ...swift.rdStation, ...tenant.rdStation, ...rdAddresses(worldOf(name)) },
      totvsCrm: { ...tenant.totvsCrm, baseUrl: `${worldOf(name)}/crm` },
    },
  ]
  const overrides = Object.entries(sharedTenants).map(overridesOf)
  const password = randomBytes(12).toString('base64url')
  recordNeedle('the password of the shared board', password)
  const accounts = await writeAccounts(
    overrides.map(([name]) => name),
    password,
  )
  const ponte = await startPonte({
    redisUrl,
    sandboxUrl,
    tenants: Object.fromEntries(overrides),
    workers: 2,
    board: true,
    env: { BOARD_ACCOUNTS: accounts.file, BOARD_TIME_ZONE: sharedTimeZone },
  })
  const tenants = Object.fromEntries(
    Object.keys(sharedTenants).map(name => {
      const tenant = ponte.tenants.find(each => each.name === `${name}-${run}`)
      if (tenant === undefined || ponte.board === undefined) throw new Error(`${name} was not started`)
      const board = { url: ponte.board.url, user: tenant.name, viewer: viewerOf(tenant.name), password }
      const { ingressUrl, settings } = ponte
      return [name, { ingressUrl, settings, tenant, board, sandboxUrl: worldOf(name) } satisfies SharedTenant]
    }),
  )
  return {
    tenants,
    async stop(): Promise<void> {
      await ponte.stop()
      await accounts.remove()
    },
  }
}

const rdAddresses = (world: string) => ({ baseUrl: `${world}/rd`, tokenUrl: `${world}/rd/auth/token` })

const viewerOf = (tenant: string): string => `${tenant}-viewer`

/** For each tenant an operator and a viewer, all with one password: to hash one takes long. */
async function writeAccounts(tenants: readonly string[], plain: string) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-accounts-'))
  const file = path.join(folder, 'board.accounts.yaml')
  const password = await hashPassword(plain)
  const accounts = tenants.flatMap(tenant => [
    [tenant, { role: 'operator', password, tenants: [tenant] }],
    [viewerOf(tenant), { role: 'viewer', password, tenants: [tenant] }],
  ])
  await writeFile(file, JSON.stringify({ accounts: Object.fromEntries(accounts) }), { mode: 0o600 })
  return { file, remove: () => rm(folder, { recursive: true }) }
}
