import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createLogger, deriveFingerprintKey, openQueues, parseTenants } from '@ponte/runtime'
import { createFingerprint } from '@ponte/state'
import {
  openWorld,
  type RedisServer,
  sandboxTenant,
  startRedis,
  type TenantOverrides,
  type TenantSource,
  type World,
  writeTenantsFile,
} from '@ponte/testbed'
import { type Processor, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, inject, onTestFinished } from 'vitest'
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

/** A sandbox with an opportunity in it, tenants whose set-up is right, and a Redis: a shared one, unless one is given. */
async function openCliSetUp({ redisUrl = inject('redisUrl') }: { redisUrl?: string } = {}) {
  const sandbox: World = await openWorld(inject('sharedSandboxUrl'))
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-cli-'))
  const secretKey = randomBytes(32).toString('base64')

  /**
   * A tenant with the mistakes of `overrides`, and new tokens, until the test ends. Without a name it gets one that was never used before.
   */
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
    onTestFinished(async () => {
      await queues.close()
      const keys = await redis.keys(`{${name}}:*`)
      if (keys.length > 0) await redis.del(...keys)
      redis.disconnect()
    })
    if (settings === undefined) throw new Error('the tenant is missing')
    return {
      name,
      tokens,
      env,
      redis,
      queues: queues.of(name),
      tenant: settings,
      run: (argv: readonly string[], options: Omit<RunOptions, 'env'> & { readonly env?: object } = {}) =>
        runInProcess(argv, { ...options, env: { ...env, ...options.env } }),
      /** A worker of the tenant for one of its queues. Resolves when it is connected. */
      async startWorker(queue: 'totvs-crm' | 'rd-station', processor: Processor = async () => undefined) {
        const connection = redis.duplicate({ maxRetriesPerRequest: null })
        const worker = new Worker(`${name}.${queue}`, processor, { connection, prefix: `{${name}}` })
        await worker.waitUntilReady()
        const stop = async (): Promise<void> => {
          await worker.close()
          connection.disconnect()
        }
        onTestFinished(stop)
        return { stop }
      },
    }
  }

  return {
    client: sandbox.client,
    /** Of the sandbox. */
    url: sandbox.url,
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

type SetUp = Awaited<ReturnType<typeof openCliSetUp>>
export type SetUpTenant = Awaited<ReturnType<SetUp['tenant']>>

/** What a set-up gives to tests, which exists only once they run. */
const givenBy = (setUp: () => SetUp, tenantOfTest?: () => SetUpTenant) => ({
  get client() {
    return setUp().client
  },
  get url() {
    return setUp().url
  },
  get secretKey() {
    return setUp().secretKey
  },
  get fingerprint() {
    return setUp().fingerprint
  },
  crm: () => setUp().client.crm(),
  rd: () => setUp().client.rd(),
  /** With a Redis of its own, the tenant of the test that runs. */
  get tenant() {
    if (tenantOfTest === undefined) throw new Error('a test of this file makes its tenants itself')
    return tenantOfTest()
  },
  newTenant: (...given: Parameters<SetUp['tenant']>) => setUp().tenant(...given),
})

/** One sandbox for the tests of a file. Each test finds both systems in their first state. */
export function useCliSetUp() {
  let setUp: SetUp
  beforeAll(async () => {
    setUp = await openCliSetUp()
  })
  beforeEach(() => setUp.renew())
  afterAll(() => setUp.close())
  return givenBy(() => setUp)
}

/** For commands that read all of Redis: a Redis of its own for the tests of a file. Each test gets a tenant and an empty Redis. */
export function useOwnRedis() {
  let server: RedisServer
  let setUp: SetUp
  let tenant: SetUpTenant
  beforeAll(async () => {
    server = await startRedis()
    setUp = await openCliSetUp({ redisUrl: server.url })
  })
  beforeEach(async () => {
    tenant = await setUp.tenant()
  })
  afterEach(async () => void (await tenant.redis.flushall()))
  afterAll(async () => {
    await setUp.close()
    await server.stop()
  })
  return givenBy(
    () => setUp,
    () => tenant,
  )
}

/** A folder for the files of a test file. `write` resolves to the path of a new file. */
export function useFolder() {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-cli-files-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const pathOf = (name: string = randomUUID()): string => path.join(folder, name)
  return {
    pathOf,
    async write(content: string | Buffer, name?: string): Promise<string> {
      const file = pathOf(name)
      await writeFile(file, content)
      return file
    },
  }
}
