import { expect, test } from 'vitest'
import { driveSandbox, mark } from '../testing/drive-sandbox.ts'
import { receiveWebhooks } from '../testing/webhook-receiver.ts'

const eventUuid = '4956ffd0-0000-4000-8000-82ab1d1c483b'

async function withMaria(statuses: number[] = []) {
  const sandbox = await driveSandbox()
  const receiver = await receiveWebhooks(statuses)
  await sandbox.control('PATCH', '/rd/demo', { settings: { webhookPauseMs: 1 } })
  const { body: contact } = await sandbox.control('POST', '/rd/demo/contacts', {
    email: 'maria@example.com',
    name: 'Maria',
    company: 'ACME',
    custom_fields: { 'Orçamento (R$)': '1000' },
    created_at: '2026-05-01T09:00:00-03:00',
    funnel: { contact_owner_email: 'ana.vendedora@demo.example' },
  })
  await sandbox.control('POST', `/rd/demo/contacts/${contact.uuid}/conversions`, {
    identifier: 'ebook',
    eventUuid,
    at: '2026-05-04T11:59:00Z',
    payload: { mobile_phone: '41999998888' },
  })
  const deliver = async (order: object) =>
    (await sandbox.control('POST', '/rd/demo/webhooks', { url: receiver.url, contact: contact.uuid, ...order })).body
  return { ...sandbox, ...receiver, contact, deliver }
}

test('a flow sends the legacy body: flags and counts are texts, custom fields go by label', async () => {
  const { contact, deliver, received } = await withMaria()
  expect((await deliver({ format: 'v1' })).state).toBe('delivered')
  expect(received[0]?.body).toMatchObject({
    leads: [
      {
        uuid: contact.uuid,
        email: 'maria@example.com',
        company: 'ACME',
        created_at: '2026-05-01T09:00:00.000-03:00',
        opportunity: 'false',
        number_conversions: '1',
        user: 'ana.vendedora@demo.example',
        custom_fields: { 'Orçamento (R$)': '1000' },
        tags: null,
        lead_stage: 'Lead',
        last_conversion: {
          created_at: '2026-05-04T08:59:00.000-03:00',
          cumulative_sum: '1',
          content: {
            identificador: 'ebook',
            conversion_payload: expect.stringContaining('"mobile_phone":"41999998888"'),
            __cdp__original_event: { event_uuid: eventUuid, event_type: 'CONVERSION' },
          },
        },
      },
    ],
  })
})

test('the 2.0 body shows the event, the company and the funnel', async () => {
  const { contact, deliver, received } = await withMaria()
  await deliver({ format: 'v2' })
  expect(received[0]?.body).toMatchObject({
    event_type: 'WEBHOOK.CONVERTED',
    entity_type: 'CONTACT',
    event_identifier: 'ebook',
    timestamp: '2026-05-04T09:00:00.000-03:00',
    event_timestamp: '2026-05-04T08:59:00.000-03:00',
    contact: {
      uuid: contact.uuid,
      cf_orcamento_r: '1000',
      company: { name: 'ACME' },
      funnel: { lifecycle_stage: 'Lead', opportunity: false, contact_owner_email: 'ana.vendedora@demo.example' },
    },
  })
})

test('a raw body goes as it is', async () => {
  const { deliver, received } = await withMaria()
  await deliver({ format: 'raw', body: ' {"leads" :[]}', headers: { apiToken: 'secret' } })
  expect(received[0]).toMatchObject({ body: { leads: [] }, headers: { apitoken: 'secret', 'content-length': '14' } })
})

test('RD sends again up to five times, whatever the refusal', async () => {
  const { control, deliver, received } = await withMaria([400, 401, 500, 503, 404])
  expect((await deliver({ format: 'v1' })).attempts).toHaveLength(1)
  await expect.poll(async () => (await control('GET', '/deliveries')).body[0].state).toBe('delivered')
  expect(received).toHaveLength(6)
})

test('RD gives a receiver so long to answer, and no longer', async () => {
  const { control, deliver } = await withMaria()
  await control('PATCH', '/rd/demo', { settings: { webhookTimeoutMs: 50, webhookRepeats: 0 } })
  const { default: Fastify } = await import('fastify')
  const silent = Fastify({ forceCloseConnections: true })
  silent.post('/hook', () => new Promise<never>(() => undefined))
  const address = await silent.listen({ port: 0, host: '127.0.0.1' })
  const { attempts } = await deliver({ format: 'v1', url: `${address}/hook?token=secret` })
  await silent.close()
  expect(attempts).toMatchObject([{ status: null }])
  expect(JSON.stringify((await control('GET', '/deliveries')).body)).not.toContain('secret')
})

test('a subscription gets conversions and marks once its address has answered the first call', async () => {
  const { rd, received, url } = await withMaria()
  const subscribe = (event_type: string) =>
    rd('POST', '/integrations/webhooks', {
      event_type,
      entity_type: 'CONTACT',
      url,
      http_method: 'POST',
      include_relations: ['CONTACT_FUNNEL'],
    })
  expect((await subscribe('WEBHOOK.CONVERTED')).status).toBe(201)
  expect((await subscribe('WEBHOOK.MARKED_OPPORTUNITY')).status).toBe(201)
  expect((await subscribe('WEBHOOK.CONVERTED')).status).toBe(400)
  expect(received.map(({ body }) => body)).toEqual([{}, {}])
  const { body } = await rd('GET', '/integrations/webhooks')
  expect(body.webhooks).toMatchObject([
    { event_type: 'webhook.converted', url, status: 'active' },
    { event_type: 'webhook.marked_opportunity' },
  ])

  await rd('POST', '/platform/events', mark('OPPORTUNITY'))
  await expect
    .poll(() => received[2]?.body)
    .toMatchObject({ event_type: 'WEBHOOK.MARKED_OPPORTUNITY', event_identifier: 'default' })
  await rd('POST', '/platform/events', mark('CONVERSION', { conversion_identifier: 'demo' }))
  await expect
    .poll(() => received[3]?.body)
    .toMatchObject({ event_type: 'WEBHOOK.CONVERTED', event_identifier: 'demo' })

  expect((await rd('DELETE', `/integrations/webhooks/${body.webhooks[0].uuid}`)).status).toBe(204)
  expect((await rd('GET', '/integrations/webhooks')).body.webhooks).toHaveLength(1)
})

test('webhooks of the account get conversions and the marks of everybody, each in its format, in the order of their release', async () => {
  const { rd, control, contact, received, url } = await withMaria()
  await control('PATCH', '/rd/demo', {
    webhooks: [
      { url, format: 'v1', trigger: 'opportunity' },
      { url, format: 'v2', trigger: 'opportunity' },
      { url, format: 'v1', trigger: 'conversion' },
    ],
  })
  await control('POST', '/rd/demo/webhooks/hold')
  await rd('POST', '/platform/events', mark('OPPORTUNITY'))
  await rd('POST', '/platform/events', mark('SALE', { value: 1 }))
  const held = (await control('GET', '/deliveries?state=held')).body
  expect(held).toHaveLength(2)
  expect(received).toEqual([])
  await control('POST', '/rd/demo/webhooks/release', { ids: [held[1].id, held[0].id] })
  expect(received.map(({ body }) => body)).toMatchObject([
    { event_type: 'WEBHOOK.MARKED_OPPORTUNITY', event_timestamp: '2026-05-04T09:00:00.000-03:00' },
    { leads: [{ opportunity: 'false', last_marked_opportunity_date: '2026-05-04T09:00:00.000-03:00' }] },
  ])

  await control('POST', '/rd/demo/webhooks/release', {})
  await control('POST', `/rd/demo/contacts/${contact.uuid}/marks`, {})
  await control('POST', `/rd/demo/contacts/${contact.uuid}/conversions`, { identifier: 'e-book' })
  await expect.poll(() => received).toHaveLength(5)
  expect((await control('GET', `/rd/demo/contacts/${contact.uuid}`)).body.marks).toHaveLength(3)
})

test.each([true, false])(
  'a suspended subscription gets nothing, until a change wakes it where changes do (%s)',
  async wakes => {
    const { rd, control, received, url } = await withMaria()
    await control('PATCH', '/rd/demo', { settings: { changeWakesWebhooks: wakes } })
    const order = { event_type: 'WEBHOOK.CONVERTED', entity_type: 'CONTACT', url, http_method: 'POST' }
    const { body: made } = await rd('POST', '/integrations/webhooks', order)
    await control('POST', '/rd/demo/webhooks/suspend')
    await rd('POST', '/platform/events', mark('CONVERSION', { conversion_identifier: 'demo' }))
    const { body: changed } = await rd('PUT', `/integrations/webhooks/${made.uuid}`, order)
    expect(changed.status).toBe(wakes ? 'active' : 'suspended')
    expect((await control('GET', '/deliveries')).body).toHaveLength(1)
    await rd('POST', '/platform/events', mark('CONVERSION', { conversion_identifier: 'again' }))
    if (wakes) await expect.poll(() => received[1]?.body).toMatchObject({ event_identifier: 'again' })
    expect((await control('GET', '/deliveries')).body).toHaveLength(wakes ? 2 : 1)
  },
)

test('a subscription to an address that refuses is a 401 and is not kept', async () => {
  const { rd, url } = await withMaria([500])
  const answer = await rd('POST', '/integrations/webhooks', {
    event_type: 'WEBHOOK.CONVERTED',
    entity_type: 'CONTACT',
    url,
    http_method: 'POST',
  })
  expect(answer.status).toBe(401)
  expect((await rd('GET', '/integrations/webhooks')).body.webhooks).toEqual([])
})
