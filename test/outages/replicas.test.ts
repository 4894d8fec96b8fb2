import { expect, onTestFinished, test } from 'vitest'
import { newEmail, patience, startCompany } from '../support/company.ts'
import { startReplicaPair } from '../support/redis/replica-pair.ts'

test('no opportunity is opened and no mark is sent before a replica has the record of it, and each is made once when one has', async () => {
  const pair = await startReplicaPair()
  onTestFinished(() => pair.stop())
  const company = await startCompany({
    redisUrl: pair.primary.url,
    env: { REDIS_WAIT_REPLICAS: '1' },
    workflows: false,
  })
  onTestFinished(() => company.stop())
  const { name } = company.ponte.tenant
  const [worker] = company.ponte.workers

  /** The replica freezes while a job reads from TOTVS CRM, before anything is recorded. Resolves when the job waits for it. */
  async function freezeDuring(match: object, destination: string, begin: () => Promise<unknown>): Promise<void> {
    const queue = (list: string): string => `{${name}}:${name}.${destination}:${list}`
    await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'latency', delayMs: 2000, times: 1 })
    await begin()
    await expect.poll(() => pair.redis.llen(queue('active')), patience).toBe(1)
    pair.replica.pause()
    await expect.poll(() => pair.redis.zcard(queue('delayed')), patience).toBe(1)
  }

  const contact = await company.convert({ name: 'Réplica', email: newEmail() })
  const lookUp = { method: 'GET', resource: 'leads-integration' }
  await freezeDuring(lookUp, 'totvs-crm', () => company.deliver(contact))
  expect(await company.opportunitiesOf(contact)).toEqual([])
  pair.replica.resume()
  await expect.poll(async () => (await company.opportunitiesOf(contact)).length, patience).toBe(1)
  await pair.untilInStep()

  const [opportunity] = await company.opportunitiesOf(contact)
  const id = opportunity?.id ?? ''
  await freezeDuring({ method: 'GET', path: id }, 'rd-station', () => company.announce('created', id))
  expect(await company.marksOf(contact)).toEqual([])
  const metrics = await (await fetch(`${worker?.opsUrl}/metrics`)).text()
  for (const step of ['opening', 'mark'])
    expect(metrics).toMatch(
      new RegExp(`^ponte_redis_replicas_missing_total\\{step="${step}",process="worker"\\} [1-9]`, 'm'),
    )
  expect(worker?.output()).toContain('too few replicas of redis')
  pair.replica.resume()
  await company.untilMarks(contact, ['OPPORTUNITY'])
  expect(await company.opportunitiesOf(contact)).toHaveLength(1)
})
