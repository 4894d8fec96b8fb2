import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createLogger, deriveFingerprintKey, openQueues, parseTenants } from '@ponte/runtime'
import { createFingerprint } from '@ponte/state'
import {
  openWorld,
  sandboxTenant,
  type TenantOverrides,
  type TenantSource,
  type World,
  writeTenantsFile,
} from '@ponte/testbed'
import { type Processor, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { inject } from 'vitest'
import { type RunOptions, runInProcess } from './run-in-process.ts'

export const newToken = (): string => randomBytes(24).toString('base64url')

/** Where the sandbox serves the lists that only `doctor` reads. */
const registryOf = (resource: string) => ({ service: 'customer', resource, version: 'v1' })
const registries = {
  leadSituation: registryOf('lead-situations-integration'),
  leadOrigin: registryOf('lead-origins-integration'),
  emailType: registryOf('email-types-integration'),
  phoneType: registryOf('phone-types-integration'),
  addressType: registryOf('address-types-integration'),
}

/** A sandbox with an opportunity in it, a tenant whose set-up is right, and a Redis: a shared one, unless one is given. */
export async function openCliSetUp({ redisUrl = inject('redisUrl') }: { redisUrl?: string } = {}) {
  const sandbox: World = await openWorld(inject('sharedSandboxUrl'))
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-cli-'))
  const secretKey = randomBytes(32).toString('base64')

  /** A tenant with the mistakes of `overrides`, and new tokens. Without a name it gets one that was never used before. */
  async function tenant(overrides: TenantOverrides = {}, name = `cli-${randomUUID().slice(0, 8)}`) {
    const tokens = { rdStation: newToken(), totvsCrm: newToken() }
    const source: TenantSource = sandboxTenant(sandbox.url, tokens, {
      ...overrides,
      totvsCrm: { resources: registries, ...overrides.totvsCrm },
    })
    const place = await mkdtemp(path.join(folder, 'tenant-'))
    const file = await writeTenantsFile(place, { [name]: source })
    const env = { REDIS_URL: redisUrl, PONTE_CONFIG: file, PONTE_SECRET_KEY: secretKey }
    const redis = new Redis(redisUrl)
    const tenants = parseTenants(JSON.stringify({ tenants: { [name]: source } }), {}, 'en', {
      uses: ['webhookTokens', 'rdCredentials', 'crmCredentials'],
      allowsEmptyVariables: true,
    })
    const [settings] = tenants
    const queues = openQueues(tenants, redis, createLogger({ level: 'silent', process: 'test' }))
    const own = queues.of(name)
    if (settings === undefined) throw new Error('the tenant is missing')
    return {
      name,
      tokens,
      env,
      redis,
      queues: own,
      tenant: settings,
      run: (argv: readonly string[], options: Omit<RunOptions, 'env'> & { readonly env?: object } = {}) =>
        runInProcess(argv, { ...options, env: { ...env, ...options.env } }),
      /** A worker of the tenant for one of its queues. Resolves when it is connected. */
      async startWorker(queue: 'totvs-crm' | 'rd-station', processor: Processor) {
        const connection = redis.duplicate({ maxRetriesPerRequest: null })
        const worker = new Worker(`${name}.${queue}`, processor, { connection, prefix: `{${name}}` })
        await worker.waitUntilReady()
        return {
          async stop(): Promise<void> {
            await worker.close()
            connection.disconnect()
          },
        }
      },
      async close(): Promise<void> {
        await queues.close()
        const keys = await redis.keys(`{${name}}:*`)
        if (keys.length > 0) await redis.del(...keys)
        redis.disconnect()
      },
    }
  }

  return {
    sandbox,
    secretKey,
    fingerprint: createFingerprint(deriveFingerprintKey(Buffer.from(secretKey, 'base64'))),
    tenant,
    /** Both systems as they are on the first day, and one opportunity to look at. */
    async renew(): Promise<void> {
      await sandbox.client.reset()
      const lead = await sandbox.client.crm().addLead({ name: 'Cliente' })
      await sandbox.client.crm().addOpportunity({ leadId: lead.id })
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

export type SetUp = Awaited<ReturnType<typeof openCliSetUp>>
export type SetUpTenant = Awaited<ReturnType<SetUp['tenant']>>
