import { expect, onTestFinished, test } from 'vitest'
import { newEmail, patience, startCompany } from '../support/company.ts'
import { startReplicaPair } from '../support/redis/replica-pair.ts'

test('a mark is not sent before a replica has its record, and is sent once when one has it', async () => {
  const pair = await startReplicaPair()
  onTestFinished(() => pair.stop())
  const company = await startCompany({
    redisUrl: pair.primary.url,
    env: { REDIS_WAIT_REPLICAS: '1' },
    workflows: false,
  })
  onTestFinished(() => company.stop())
  const { name } = company.ponte.tenant
  const queue = (list: string): string => `{${name}}:${name}.rd-station:${list}`
  const { contact, opportunity } = await company.bring({ name: 'Réplica', email: newEmail() })

  // The replica freezes while the job reads the opportunity, before anything is recorded.
  const match = { method: 'GET', path: opportunity.id }
  await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'latency', delayMs: 2000, times: 1 })
  await company.announce('created', opportunity.id)
  await expect.poll(() => pair.redis.llen(queue('active')), patience).toBe(1)
  pair.replica.pause()

  await expect.poll(() => pair.redis.zcard(queue('delayed')), patience).toBe(1)
  expect(await company.marksOf(contact)).toEqual([])
  const [worker] = company.ponte.workers
  const metrics = await (await fetch(`${worker?.opsUrl}/metrics`)).text()
  expect(metrics).toMatch(/^ponte_redis_replicas_missing_total\{step="mark",process="worker"\} [1-9]/m)
  expect(worker?.output()).toContain('too few replicas of redis')

  pair.replica.resume()
  await company.untilMarks(contact, ['OPPORTUNITY'])
})
