import { createLiveTenants, createLogger, openQueues, parseTenants } from '@ponte/runtime'
import { createCircuitBreaker } from '@ponte/state'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildBoard } from '../../app.ts'
import { basicOf, type OpenBoard, openBoard, tenantsYaml } from '../../testing/open-board.ts'
import { textOf } from '../../testing/operate.ts'

const ana = { user: 'ana', password: 'correct horse: battery' }
let single: OpenBoard
beforeAll(async () => {
  single = await openBoard()
})
afterAll(() => single.close())

/** A board of several tenants in the Redis of the other one. */
async function openMany(count: number) {
  const { redis, fingerprint, name } = single
  const log = createLogger({ level: 'silent', process: 'board-test' })
  const tenants = Array.from({ length: count }, (_, index) => `${name}-${index}`).flatMap(each =>
    parseTenants(tenantsYaml(each), {}),
  )
  const queues = openQueues(tenants, redis, log)
  const accounts = [{ name: ana.user, role: 'operator', secret: { password: ana.password } }] as const
  const app = await buildBoard({ accounts, tenants: createLiveTenants(tenants), queues, redis, fingerprint, log })
  return {
    names: tenants.map(tenant => tenant.name),
    queues,
    read: async (url: string): Promise<string> => {
      const headers = { authorization: basicOf(ana), 'accept-language': 'en' }
      return (await app.inject({ url, headers })).body
    },
    async close(): Promise<void> {
      await app.close()
      for (const queue of queues.all()) await queue.obliterate({ force: true })
      await queues.close()
      for (const { name: each } of tenants) await redis.del(`{${each}}:ponte:circuit-breaker:totvs-crm`)
    },
  }
}

test('of many tenants those where something is held up come first, in a few lines; the others are counted and folded', async () => {
  const board = await openMany(30)
  const [first = '', second = ''] = board.names
  const policy = { failureThreshold: 1, probeMs: 110_000, maxProbeMs: 300_000 }
  const failure = { jobId: 'j', correlationKey: 'o', kind: 'write', code: 'CRM_UNAVAILABLE', outage: true } as const
  await createCircuitBreaker(single.redis, second, policy).fail('totvs-crm', { ...failure, status: 503 })
  await board.queues.of(first)['totvs-crm'].add('lead.registered', {}, { jobId: 'waits' })
  const body = await board.read('/waiting')
  const [cards = '', folded = ''] = body.split('<details>')
  expect(textOf(cards)).toMatch(/No worker is connected: start one\./)
  expect(textOf(cards)).toMatch(/RD Station → TOTVS : no worker connected: start one · 1 waiting/)
  expect(textOf(cards)).toMatch(/TOTVS CRM does not answer to writes \(503\)/)
  expect(cards.match(/<section class="card"/g)).toHaveLength(2)
  expect(body).not.toContain('<table')
  expect(textOf(folded)).toContain('28 tenants up to date')
  for (const name of board.names) expect(body).toContain(`href="/waiting?tenant=${name}"`)
  const one = await board.read(`/waiting?tenant=${first}`)
  expect(one.match(/<table/g)).toHaveLength(1)
  expect(one).not.toContain('<details>')
  await board.close()
})
