import { crmTriggers } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { driveSandbox, ids } from '../testing/drive-sandbox.ts'
import { receiveWebhooks } from '../testing/webhook-receiver.ts'

async function withWorkflows({ statuses = [], settings = {} }: { statuses?: number[]; settings?: object } = {}) {
  const sandbox = await driveSandbox()
  const { url, received } = await receiveWebhooks(statuses)
  const workflows = crmTriggers.map(trigger => ({ trigger, url, headers: { apiToken: 'secret' } }))
  await sandbox.control('PATCH', '/crm/demo', { workflows, settings: { webhookPauseMs: 1, ...settings } })
  const addOpportunity = async (): Promise<string> =>
    (await sandbox.control('POST', '/crm/demo/opportunities', { leadId: ids.unknown })).body.id
  return { ...sandbox, received, addOpportunity, seen: () => received.map(triggerOf) }
}

const triggerOf = ({ body }: { body: unknown }) =>
  String(JSON.stringify(body).match(/"trigger":\{"id":"[^"]*","description":"([^"]*)"/)?.[1])

test('a workflow is told what happened and where to read it, not the record', async () => {
  const { addOpportunity, received } = await withWorkflows()
  const id = await addOpportunity()
  await expect.poll(() => received.length).toBe(1)
  expect(received[0]?.headers).toMatchObject({ apitoken: 'secret', 'content-type': 'application/json' })
  expect(received[0]?.body).toEqual({
    eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    timestamp: expect.any(String),
    workflow: { id: expect.any(String), description: expect.any(String) },
    trigger: { id: expect.any(String), description: 'Opportunity created' },
    source: {
      object: { id: expect.any(String), description: 'Opportunity', contextUrl: '/api/v11/opportunity/opportunities' },
      row: { id },
    },
  })
})

test('a person who wins, loses and reopens fires the trigger of each, and "updated" every time', async () => {
  const { addOpportunity, control, seen } = await withWorkflows()
  const id = await addOpportunity()
  await control('POST', `/crm/demo/opportunities/${id}/win`, { totalValue: 1500 })
  await control('POST', `/crm/demo/opportunities/${id}/reopen`)
  await control('POST', `/crm/demo/opportunities/${id}/lose`, { reason: 'Preço' })
  const fired = ['created', 'won', 'updated', 'updated', 'lost', 'updated'].map(what => `Opportunity ${what}`)
  // The CRM may have further triggers for the same.
  const ofThese = () => seen().filter(trigger => fired.includes(trigger))
  await expect.poll(() => ofThese().toSorted()).toEqual(fired.toSorted())
  expect((await control('GET', `/crm/demo/opportunities/${id}`)).body).toMatchObject({
    status: 'LOST',
    lossReason: 'Preço',
    totalValue: 1500,
  })
})

test('every trigger that a workflow can have is fired by something that a person does', async () => {
  const { addOpportunity, control, seen } = await withWorkflows()
  const { body: lead } = await control('POST', '/crm/demo/leads', {})
  await control('PATCH', `/crm/demo/leads/${lead.id}`, { name: 'Maria' })
  const id = await addOpportunity()
  const moved = { pipeline: { id: ids.pipeline }, stage: { id: ids.unknown }, opportunityType: { id: ids.unknown } }
  await control('PATCH', `/crm/demo/opportunities/${id}`, { ...moved, userId: ids.unknown, totalValue: 2 })
  for (const verb of ['win', 'reopen', 'lose', 'reopen']) await control('POST', `/crm/demo/opportunities/${id}/${verb}`)
  await control('PATCH', `/crm/demo/opportunities/${id}`, { status: 'DISCARDED' })
  const missing = () => crmTriggers.filter(trigger => !seen().includes(trigger))
  const says = 'tools/sandbox/src/crm/triggers.ts fires these for nothing that is done here'
  await expect.poll(missing, { message: says }).toEqual([])
})

test('a refused webhook is sent again with the same event id, five times at most', async () => {
  const { addOpportunity, control, received } = await withWorkflows({ statuses: [500, 401, 302, 500, 500, 500] })
  await addOpportunity()
  const deliveries = async () => (await control('GET', '/deliveries')).body
  await expect.poll(async () => (await deliveries())[0]?.state).toBe('failed')
  expect(new Set(received.map(({ body }) => JSON.stringify(body))).size).toBe(1)
  const [{ attempts, id }] = await deliveries()
  expect(attempts.map(({ status }: { status: number }) => status)).toEqual([500, 401, 302, 500, 500, 500])

  const { body: again } = await control('POST', `/deliveries/${id}/redeliver`)
  expect(again.state).toBe('delivered')
  expect(received).toHaveLength(7)
  expect(received[6]?.body).toEqual(received[0]?.body)
})

test('held webhooks wait, and are released in any order', async () => {
  const { addOpportunity, control, received, seen } = await withWorkflows()
  await control('POST', '/crm/demo/webhooks/hold')
  const id = await addOpportunity()
  await control('POST', `/crm/demo/opportunities/${id}/win`)
  const { body: held } = await control('GET', '/deliveries?state=held')
  expect(held.map(({ trigger }: { trigger: string }) => trigger)).toEqual([
    'Opportunity created',
    'Opportunity won',
    'Opportunity updated',
  ])
  expect(received).toEqual([])

  await control('POST', '/crm/demo/webhooks/release', { ids: [held[1].id, held[0].id] })
  expect(seen()).toEqual(['Opportunity won', 'Opportunity created'])
  await control('POST', '/crm/demo/webhooks/release')
  expect(seen()).toEqual(['Opportunity won', 'Opportunity created', 'Opportunity updated'])
  await addOpportunity()
  await expect.poll(seen).toHaveLength(4)
})

test('a tenant can tell of one change several times, and later than it answers', async () => {
  const { addOpportunity, received, seen } = await withWorkflows({
    settings: { webhookCopies: 2, webhookDelayMs: 50 },
  })
  await addOpportunity()
  expect(received).toEqual([])
  await expect.poll(seen).toEqual(['Opportunity created', 'Opportunity created'])
  expect(new Set(received.map(({ body }) => JSON.stringify(body).match(/"eventId":"[^"]*"/)?.[0])).size).toBe(2)
})

test('a write can be answered after its webhook was delivered', async () => {
  const { addOpportunity, crm, seen, control } = await withWorkflows()
  const id = await addOpportunity()
  await control('PATCH', '/crm/demo', { settings: { writeAnswerDelayMs: 300 } })
  const written = crm('POST', 'opportunity', {
    action: 'update',
    filter: `{id->eq->${id}}`,
    body: { customFields: { statusRD: 'OK' } },
  })
  let isAnswered = false
  void written.then(() => (isAnswered = true))
  await expect.poll(seen, { interval: 10 }).toContain('Opportunity updated')
  expect(isAnswered).toBe(false)
  await written
})
