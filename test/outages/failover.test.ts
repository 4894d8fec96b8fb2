import { createLogger, openWorkerRedis } from '@ponte/runtime'
import { type RedisServer, startRedis } from '@ponte/testbed'
import { expect, onTestFinished, test } from 'vitest'
import { newEmail, patience, startCompany } from '../support/company.ts'
import { openGate } from '../support/servers/gate.ts'
import { openQueueView } from '../support/queue-view.ts'

async function openServer() {
  const server = await startRedis()
  const redis = openWorkerRedis(server.url, createLogger({ level: 'silent', process: 'test' }))
  onTestFinished(async () => {
    redis.disconnect()
    await server.stop()
  })
  return { server, redis }
}

const portOf = ({ url }: RedisServer): string => new URL(url).port

test('after a failover to a replica, with the old connections still open, every event goes on and nothing fails', async () => {
  const [first, second] = [await openServer(), await openServer()]
  await second.redis.replicaof('127.0.0.1', portOf(first.server))
  await expect.poll(async () => await second.redis.info('replication'), patience).toContain('master_link_status:up')

  const gate = await openGate()
  gate.pointAt(first.server.url)
  onTestFinished(() => gate.close())
  const redisUrl = gate.url.replace('http:', 'redis:')
  const company = await startCompany({ redisUrl, workers: 2, workflows: false })
  onTestFinished(() => company.stop())
  const view = openQueueView(redisUrl, company.ponte.tenant.name)
  onTestFinished(() => view.close())

  const before = await company.bring({ name: 'Antes', email: newEmail() })
  await company.announce('created', before.opportunity.id)
  await company.untilMarks(before.contact, ['OPPORTUNITY'])
  // Jobs are under way while the roles change: each call to the CRM takes a while.
  const match = { action: 'create' }
  await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'latency', delayMs: 500, times: 20 })
  const during = await Promise.all(
    Array.from({ length: 8 }, () => company.convert({ name: 'Durante', email: newEmail() })),
  )
  await Promise.all(during.map(person => company.deliver(person)))

  // Redis hands over without losing a write; the connections to the old primary stay, which is read-only from now on.
  await first.redis.call('FAILOVER', 'TO', '127.0.0.1', portOf(second.server))
  gate.pointAt(second.server.url)
  await expect.poll(async () => await second.redis.info('replication'), patience).toContain('role:master')

  const after = await Promise.all(
    Array.from({ length: 4 }, () => company.convert({ name: 'Depois', email: newEmail() })),
  )
  for (const person of after) {
    const state = async () => (await company.deliver(person)).state
    // Refused while the ingress still reaches the old primary, as RD Station repeats it.
    await expect.poll(state, patience).toBe('delivered')
  }
  const counts = () =>
    Promise.all([...during, ...after].map(async person => (await company.opportunitiesOf(person)).length))
  await expect.poll(counts, patience).toEqual([...during, ...after].map(() => 1))
  await company.crm.win(before.opportunity.id, 10)
  await company.announce('won', before.opportunity.id)
  await view.untilQuiet()
  expect(await view.failed('totvs-crm')).toEqual([])
  expect(await view.failed('rd-station')).toEqual([])
})
