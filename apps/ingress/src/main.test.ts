import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createLogger, openProducerRedis, openQueues, parseTenants } from '@ponte/runtime'
import { type Ponte, type RedisServer, sandboxTenant, startPonte, startProcess, startRedis } from '@ponte/testbed'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'

let redis: RedisServer
let ponte: Ponte | undefined
let folder: string

beforeAll(async () => {
  redis = await startRedis()
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-ingress-'))
})
afterEach(async () => {
  await ponte?.stop()
  ponte = undefined
})
afterAll(async () => {
  await redis.stop()
  await rm(folder, { recursive: true, force: true })
})

const start = async (env: Readonly<Record<string, string>> = {}): Promise<Ponte> => {
  ponte = await startPonte({ redisUrl: redis.url, sandboxUrl: 'http://127.0.0.1:9', workers: 0, env })
  return ponte
}

const deliver = ({ tenant }: Ponte, uuid: string) =>
  fetch(`${tenant.rdStationUrl}?token=${tenant.tokens.rdStation}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ leads: [{ uuid, email: `${uuid}@example.com` }] }),
  })

/** How many jobs wait for the CRM, as another process sees it. */
async function countLeads({ tenant }: Ponte): Promise<number> {
  const log = createLogger({ level: 'silent', process: 'test' })
  const connection = openProducerRedis(redis.url, log)
  await new Promise(resolve => connection.once('ready', resolve))
  const tenants = parseTenants(
    JSON.stringify({ tenants: { [tenant.name]: sandboxTenant('http://127.0.0.1:9', tenant.tokens) } }),
    {},
  )
  const queues = openQueues(tenants, connection, log)
  try {
    return await queues.of(tenant.name)['totvs-crm'].count()
  } finally {
    await queues.close()
    connection.disconnect()
  }
}

describe('the process', () => {
  test('keeps what it acknowledged when it is killed at that moment, and knows it again', async () => {
    const system = await start()
    const uuids = Array.from({ length: 200 }, (_unused, index) => `k${index}`)
    const acknowledged: string[] = []
    const first = Promise.withResolvers<void>()
    const sending = uuids.map(async uuid => {
      const answer = await deliver(system, uuid).catch(() => undefined)
      if (answer?.status !== 202) return
      acknowledged.push(uuid)
      first.resolve()
    })
    await first.promise
    await system.ingress.kill('SIGKILL')
    await Promise.all(sending)

    await system.startIngress()
    // Repeats the delivery like a sender, until it is taken.
    const untilAccepted = async (uuid: string): Promise<unknown> => {
      let answer = await deliver(system, uuid)
      for (let times = 0; answer.status === 503 && times < 10; times += 1) answer = await deliver(system, uuid)
      expect(answer.status).toBe(202)
      return await answer.json()
    }
    for (const uuid of acknowledged) expect(await untilAccepted(uuid)).toMatchObject({ accepted: [], duplicates: [{}] })
    for (const uuid of uuids) await untilAccepted(uuid)
    expect(await countLeads(system)).toBe(uuids.length)
  })

  test('tells of itself on its internal port, and nothing internal on the public one', async () => {
    const system = await start()
    await deliver(system, 'metered')
    const metrics = await (await fetch(`${system.ingressOpsUrl}/metrics`)).text()
    expect(metrics).toContain(
      `ponte_ingress_events_total{tenant="${system.tenant.name}",source="rd-station",event="lead.registered",outcome="accepted",process="ingress"} 1`,
    )
    expect((await fetch(`${system.ingressOpsUrl}/healthz`)).status).toBe(200)
    expect((await fetch(`${system.ingressOpsUrl}/readyz`)).status).toBe(200)
    expect((await fetch(`${system.ingressUrl}/metrics`)).status).toBe(404)
    expect(system.ingress.output()).not.toContain(system.tenant.tokens.rdStation)
  })

  test('goes on after SIGHUP, and ends in order on SIGTERM, with connections open', async () => {
    const system = await start()
    process.kill(system.ingress.pid, 'SIGHUP')
    expect((await deliver(system, 'last')).status).toBe(202)
    expect(await system.ingress.kill('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(system.ingress.output()).toContain('"msg":"closed"')
    expect(await countLeads(system)).toBe(1)
  })

  test('takes deliveries after SIGTERM while it is not ready any more, for INGRESS_DRAIN_SECONDS, and then ends', async () => {
    const system = await start({ INGRESS_DRAIN_SECONDS: '3' })
    const exit = system.ingress.kill('SIGTERM')
    await expect.poll(async () => (await fetch(`${system.ingressUrl}/readyz`)).status).toBe(503)
    expect(await (await fetch(`${system.ingressOpsUrl}/readyz`)).json()).toMatchObject({ ready: false })
    expect((await deliver(system, 'late')).status).toBe(202)
    expect(await exit).toEqual({ code: 0, signal: null })
    expect(await countLeads(system)).toBe(1)
  })

  const outages = [
    ['is away', () => redis.kill()],
    ['stands still', async () => redis.pause()],
  ] as const
  test.runIf(inject('isLongRun')).each(outages)('ends in order on SIGTERM while Redis %s', async (_what, begin) => {
    const system = await start()
    await begin()
    try {
      expect((await deliver(system, 'away')).status).toBe(503)
      // Another exit code would mean that it ended itself because it took too long.
      expect(await system.ingress.kill('SIGTERM')).toEqual({ code: 0, signal: null })
    } finally {
      await redis.restart()
    }
  })
})

describe('the process does not start, and prints every problem with its path,', () => {
  const failToStart = async (env: Record<string, string>, yaml: string): Promise<string> => {
    const file = path.join(folder, 'ponte.config.yaml')
    await writeFile(file, yaml)
    const error: unknown = await startProcess('ingress', {
      env: { PONTE_CONFIG: file, INGRESS_PORT: '0', ...env },
      ready: 'http://127.0.0.1:9/healthz',
    }).catch((reason: unknown) => reason)
    if (!(error instanceof Error)) throw new Error('it started')
    expect(error.message).toContain('it ended with code 1')
    return error.message
  }

  test('those of the environment and of the tenants file together, without a value and without what only workers use', async () => {
    const output = await failToStart(
      { REDIS_URL: 'http://user:hidden-password@redis', INGRESS_PORT: 'many' },
      `tenants:
  acme: { webhookTokens: { rdStation: "", totvsCrm: "\${MISSING}" }, totvsCrm: { password: "\${CRM_PASSWORD}" } }
  beta: { webhookTokens: { rdStation: "hidden-token" } }`,
    )
    expect(output).toContain('  - tenants.acme.webhookTokens.rdStation: ')
    expect(output).not.toContain('CRM_PASSWORD')
    expect(output).toContain('  - REDIS_URL: must be an address such as redis://127.0.0.1:6379')
    expect(output).toContain('  - INGRESS_PORT: ')
    expect(output).toContain('  - tenants.acme.webhookTokens.totvsCrm: the variable MISSING is not set')
    expect(output).toContain('  - tenants.acme.variables: ')
    expect(output).not.toContain('hidden')
  })
})
