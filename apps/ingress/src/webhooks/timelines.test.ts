import { setImmediate } from 'node:timers/promises'
import { readLastTimes, timelineId } from '@ponte/state'
import { OWN_USER_AGENT, parseCrmDelivery } from '@ponte/webhooks'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { openTestIngress, type TestIngress } from '../testing/open-test-ingress.ts'

let ingress: TestIngress
beforeEach(async () => {
  ingress = await openTestIngress({ redisUrl: inject('redisUrl') })
})
afterEach(() => ingress.close())

const lead = { uuid: 'uuid-1', email: 'Maria@cliente.example', name: 'Maria', mobile_phone: '+55 (48) 99999-1234' }

const deliverLead = async (): Promise<string> => {
  const { accepted, duplicates } = (await ingress.post('rd-station', { leads: [lead] })).json()
  return [...accepted, ...duplicates][0].key
}

const opportunityWon = (id: string) => ({
  eventId: 'event-1',
  source: { object: { contextUrl: '/api/v1/opportunity/opportunities' }, row: { id } },
})
const deliverOpportunity = (id: string) => ingress.post('totvs-crm/opportunity-won', opportunityWon(id))

test('an event that no worker has seen is found by e-mail and phone, or by its opportunity, and tells when it came', async () => {
  const key = await deliverLead()
  await deliverOpportunity('opportunity-1')
  const [job] = await ingress.waiting('totvs-crm')
  for (const identity of ['maria@cliente.example', '48999991234'])
    await expect.poll(() => ingress.timelines.find(identity)).toEqual([timelineId(key)])
  await expect.poll(() => ingress.timelines.find('opportunity-1')).toHaveLength(1)
  const [received, ...others] = await ingress.timelines.read(timelineId(key))
  expect(others).toEqual([])
  expect(received).toEqual({
    kind: 'received',
    at: Date.parse(job?.data.receivedAt),
    event: 'lead.registered',
    key,
    jobId: job?.id,
  })
})

test('a repeat is one line in the timeline of the event, and names the job that has it', async () => {
  const key = await deliverLead()
  await Promise.all([deliverLead(), deliverLead(), deliverLead()])
  await expect
    .poll(() => ingress.timelines.read(timelineId(key)))
    .toEqual([
      expect.objectContaining({ kind: 'received', jobId: (await ingress.waiting('totvs-crm'))[0]?.id }),
      expect.objectContaining({ kind: 'duplicate', times: 3 }),
    ])
})

test('nothing of the person is in a timeline or in the keys that lead to it', async () => {
  const key = await deliverLead()
  await expect.poll(() => ingress.timelines.read(timelineId(key))).toHaveLength(1)
  const keys = await ingress.redis.keys(`{${ingress.tenant}}:ponte:*`)
  const values = await Promise.all(keys.map(each => ingress.redis.dump(each)))
  expect(keys.length).toBeGreaterThan(2)
  expect(`${keys.join()} ${values.join()}`).not.toMatch(/maria|9999-?1234|(?<![\da-f])99999(?![\da-f])/i)
})

test('when the timeline cannot be written the delivery is accepted all the same', async () => {
  const key = parseCrmDelivery(opportunityWon('opportunity-1'), 'opportunity-won').events[0]?.key ?? ''
  // A value of another type: the timeline's write fails, the job's does not.
  const timelineKey = `{${ingress.tenant}}:ponte:timeline:${timelineId(key)}`
  await ingress.redis.set(timelineKey, 'in the way')
  const answer = await deliverOpportunity('opportunity-1')
  expect([answer.statusCode, answer.json().accepted]).toEqual([202, [{ event: 'opportunity.won', key }]])
  expect(await ingress.jobs('opportunity.won')).toHaveLength(1)
  expect(await ingress.redis.get(timelineKey)).toBe('in the way')
})

test('the shutdown waits for the timelines of what was answered', async () => {
  const inTurns = async (): Promise<void> => {
    for (let turn = 0; turn < 1000; turn++) await setImmediate()
  }
  const slow = await openTestIngress({
    redisUrl: inject('redisUrl'),
    changeTimelines: timelines => ({
      ...timelines,
      begin: async (...of) => await inTurns().then(() => timelines.begin(...of)),
      record: async (...of) => await inTurns().then(() => timelines.record(...of)),
    }),
  })
  const post = (...leads: object[]) => slow.post('rd-station', { leads })
  try {
    const { key } = (await post(lead)).json().accepted[0]
    await post(lead)
    await post({ name: 'Sem identidade', notes: 'ana@cliente.example' })
    await slow.app.close()
    expect((await slow.timelines.read(timelineId(key))).map(({ kind }) => kind)).toEqual(['received', 'duplicate'])
    expect(await slow.timelines.find('ana@cliente.example')).toHaveLength(1)
  } finally {
    await slow.close()
  }
})

test('a delivery that is quarantined keeps the trace of its request', async () => {
  const traceparent = '00-a1b2c3d4e5f60718293a4b5c6d7e8f90-0123456789abcdef-01'
  await ingress.post('rd-station', { leads: [{ name: 'Sem Identidade' }] }, { headers: { traceparent } })
  expect(await ingress.quarantine()).toMatchObject([{ trace: { traceparent } }])
})

test('what a system delivered last is recorded, whatever it was; empty deliveries and those of the command line are not', async () => {
  const deliveries = async () =>
    Object.values(await readLastTimes(ingress.redis, ingress.tenant)).map(({ delivery }) => delivery !== undefined)
  await ingress.post('rd-station')
  await ingress.post('rd-station', { leads: [lead] }, { headers: { 'user-agent': OWN_USER_AGENT } })
  await setImmediate()
  expect(await deliveries()).toEqual([false, false])
  await ingress.post('totvs-crm', { unreadable: true })
  await expect.poll(deliveries).toEqual([true, false])
  await deliverLead()
  await expect.poll(deliveries).toEqual([true, true])
})
