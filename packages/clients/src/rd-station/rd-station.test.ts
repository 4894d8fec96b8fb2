import type { RdMark } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { type FakeServer, type Reply, type Received, startFakeServer } from '../testing/fake-server.ts'
import { rdApiFixture } from '../testing/rd-api-fixture.ts'
import { failureOf, recordingGuard, SECRETS, settingsFor } from '../testing/recording-guard.ts'
import { createRdStationClient } from './rd-station.ts'

const UUID = 'cdbba2a8-8ccd-4228-9617-6b0257b32077'

test('a contact is found by uuid and by e-mail', async () => {
  await using server = await startFakeServer(() => ({ json: rdApiFixture('responses/rd-api-26-response-contact') }))
  const { client, guard } = connect(server)
  expect(await client.findContact({ uuid: UUID })).toMatchObject({ uuid: UUID, email: 'contato@exemplo.com' })
  expect(await client.findContact({ email: 'ana+rd@acme.example' })).toMatchObject({ uuid: UUID })
  expect(server.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
    `GET /platform/contacts/uuid:${UUID}`,
    'GET /platform/contacts/email:ana+rd@acme.example',
  ])
  expect(server.received[0]?.headers.authorization).toBe(`Bearer ${SECRETS.accessToken}`)
  expect(guard.calls.map(({ quota }) => quota)).toEqual(['contacts', 'contacts'])
})

test.each([
  ['a/../b@x.example', '/platform/contacts/email:a%2F..%2Fb@x.example'],
  ['a?b#c@x.example', '/platform/contacts/email:a%3Fb%23c@x.example'],
  ['100%@x.example', '/platform/contacts/email:100%25@x.example'],
  ['josé@x.example', '/platform/contacts/email:jos%C3%A9@x.example'],
  ['a\uD800@x.example', '/platform/contacts/email:a%EF%BF%BD@x.example'],
])('the e-mail %j stays inside its segment of the path', async (email, path) => {
  await using server = await startFakeServer(() => ({ status: 404, json: rdApiFixture('errors/rd-api-18-error-404') }))
  const { client } = connect(server)
  expect(await client.findContact({ email })).toBeUndefined()
  expect(server.received[0]?.path).toBe(path)
})

test('a contact that RD Station does not know is undefined, not a failure', async () => {
  await using server = await startFakeServer(() => ({ status: 404, json: rdApiFixture('errors/rd-api-18-error-404') }))
  const { client, guard } = connect(server)
  expect(await client.findContact({ uuid: UUID })).toBeUndefined()
  expect(await client.findFunnel({ uuid: UUID })).toBeUndefined()
  expect(await client.listContactEvents(UUID, 'OPPORTUNITY')).toEqual([])
  expect(await client.unmarkOpportunity(UUID)).toBeUndefined()
  expect(guard.outcomes.every(({ failure, status }) => failure === undefined && status === 404)).toBe(true)
})

test.each<{ reply: Reply }>([
  { reply: { status: 404, json: { message: 'no Route matched with those values' } } },
  { reply: { status: 404, headers: { 'content-type': 'text/html' }, text: '<h1>Not Found</h1>' } },
])('the 404 of a gateway ($reply) does not mean that there is no contact', async ({ reply }) => {
  await using server = await startFakeServer(() => reply)
  const { client } = connect(server)
  expect(await failureOf(client.findContact({ uuid: UUID }))).toMatchObject({ code: 'RD_UNAVAILABLE', outage: false })
})

test('the contacts of a segmentation come by pages of 125, those that converted last first', async () => {
  const contact = rdApiFixture('responses/rd-api-31-response-segmentation-contacts')
  const full = { contacts: Array.from({ length: 125 }, () => ({ uuid: UUID, last_conversion_date: null })) }
  await using server = await startFakeServer(({ path }) => ({
    json: path.includes('page=1&') ? full : contact,
    headers: { 'pagination-total-rows': '126' },
  }))
  const { client, guard } = connect(server)
  const first = await client.listSegmentationContacts('7/7', 1)
  expect(first).toMatchObject({ total: 126, isLast: false })
  expect(first?.contacts).toHaveLength(125)
  expect(first?.contacts[0]?.last_conversion_date).toBeUndefined()
  expect(await client.listSegmentationContacts('7/7', 2)).toMatchObject({
    isLast: true,
    contacts: [{ uuid: '5408c5a3-4711-4f2e-8d0b-13407a3e30f3', last_conversion_date: '2021-09-13T15:01:06.325-03:00' }],
  })
  expect(server.received.map(({ path }) => path)).toEqual(
    [1, 2].map(
      page => `/platform/segmentations/7%2F7/contacts?page=${page}&page_size=125&order=last_conversion_date:desc`,
    ),
  )
  expect(guard.calls.map(({ quota }) => quota)).toEqual(['contacts', 'contacts'])
})

test('a segmentation that RD Station does not know is undefined, and a page without a list is unreadable', async () => {
  await using server = await startFakeServer(({ path }) =>
    path.includes('/9/')
      ? { status: 404, json: rdApiFixture('errors/rd-api-18-error-404') }
      : { json: { contacts: [{ id: 1 }] } },
  )
  const { client } = connect(server)
  expect(await client.listSegmentationContacts('9', 1)).toBeUndefined()
  expect(await failureOf(client.listSegmentationContacts('8', 1))).toMatchObject({ code: 'RD_UNREADABLE' })
})

test.each<{ mark: RdMark; query: string; body: unknown }>([
  {
    mark: { type: 'OPPORTUNITY', email: 'contato@email.com' },
    query: 'opportunity',
    body: rdApiFixture('requests/rd-api-01-request-opportunity'),
  },
  {
    mark: { type: 'SALE', email: 'contato@email.com', value: 200 },
    query: 'sale',
    body: rdApiFixture('requests/rd-api-02-request-sale'),
  },
  {
    mark: { type: 'OPPORTUNITY_LOST', email: 'contato@email.com', reason: 'Motivo da perda X' },
    query: 'opportunity_lost',
    body: rdApiFixture('requests/rd-api-03-request-opportunity-lost'),
  },
])('the mark $mark.type reaches RD Station as its documentation shows it', async ({ mark, query, body }) => {
  await using server = await startFakeServer(() => ({ json: rdApiFixture('responses/rd-api-05-response-event-200') }))
  const { client, guard } = connect(server)
  expect(await client.sendMark(mark)).toEqual({ eventUuid: '5408c5a3-4711-4f2e-8d0b-13407a3e30f3' })
  const [received] = server.received
  expect(received).toMatchObject({ method: 'POST', path: `/platform/events?event_type=${query}` })
  expect(received?.headers['content-type']).toBe('application/json')
  expect(JSON.parse(received?.body ?? '')).toEqual(body)
  expect(guard.calls[0]?.quota).toBe('events')
})

test('a mark whose answer is lost has an unknown outcome', async () => {
  await using server = await startFakeServer(() => 'drop')
  const { client } = connect(server)
  const failure = await failureOf(client.sendMark({ type: 'SALE', email: SECRETS.email, value: 1 }))
  expect(server.received).toHaveLength(1)
  expect(failure).toMatchObject({ code: 'RD_UNREACHABLE', isOutcomeUnknown: true })
})

test.each<Reply>([{ json: {} }, { json: [] }, { json: null }, { text: 'ok' }, { status: 204 }])(
  'a 2xx to a mark that is not the documented answer (%j) is unreadable',
  async reply => {
    await using server = await startFakeServer(() => reply)
    const { client } = connect(server)
    const failure = await failureOf(client.sendMark({ type: 'OPPORTUNITY', email: SECRETS.email }))
    expect(failure.code).toBe('RD_UNREADABLE')
  },
)

test('the funnel and the latest events of a contact are read', async () => {
  await using server = await startFakeServer(({ path }) => ({
    json: path.includes('/funnels/')
      ? rdApiFixture('responses/rd-api-27-response-funnel')
      : [{ event_type: 'OPPORTUNITY', event_timestamp: '2026-01-01T00:00:00Z' }, { odd: true }],
  }))
  const { client, guard } = connect(server)
  expect(await client.findFunnel({ uuid: UUID })).toMatchObject({ lifecycle_stage: 'Client', opportunity: true })
  expect(await client.listContactEvents(UUID, 'OPPORTUNITY')).toEqual([
    { event_type: 'OPPORTUNITY', event_timestamp: '2026-01-01T00:00:00Z' },
  ])
  expect(server.received.map(({ path }) => path)).toEqual([
    `/platform/contacts/uuid:${UUID}/funnels/default`,
    `/platform/contacts/${UUID}/events?event_type=OPPORTUNITY&order=created_at:desc&page=1`,
  ])
  await client.findFunnel({ email: 'ana+rd@acme.example' })
  expect(server.received.at(-1)?.path).toBe('/platform/contacts/email:ana+rd@acme.example/funnels/default')
  expect(guard.calls.map(({ quota }) => quota)).toEqual(['contacts', 'contacts', 'contacts'])
})

test.each([-90, 0, 3600])('a clock that is %i seconds ahead is known by the time of its answer', async aheadS => {
  const aheadMs = aheadS * 1000
  const at = new Date(Date.now() + aheadMs)
  const bare = at.toISOString().slice(0, -1)
  const json = [{ event_timestamp: at.toISOString() }, { event_timestamp: bare }, { event_timestamp: 'ontem' }]
  const events = json.map(event => ({ event_type: 'OPPORTUNITY', ...event }))
  await using server = await startFakeServer(() => ({ headers: { date: at.toUTCString() }, json: events }))
  const { client } = connect(server)
  const marked = await client.listMarkTimes(UUID)
  expect(marked.times).toEqual([at.getTime(), at.getTime()])
  // The patience of a slow machine is on the side of the answer that came late.
  expect(marked.aheadMs - aheadMs).toBeLessThanOrEqual(500)
  expect(Math.abs(marked.aheadMs - aheadMs)).toBeLessThan(20_000)
})

test.each<Reply>([{ json: { events: [] } }, { json: [{ odd: true }] }, { text: '[' }])(
  'a list of events that cannot be read (%j) is unreadable',
  async reply => {
    await using server = await startFakeServer(() => reply)
    const { client } = connect(server)
    expect((await failureOf(client.listContactEvents(UUID, 'CONVERSION'))).code).toBe('RD_UNREADABLE')
  },
)

test('a webhook is made, changed by its uuid and removed as the documentation says, and no failure shows its token', async () => {
  const webhook = {
    uuid: UUID,
    event_type: 'webhook.converted',
    url: 'https://ponte.example/?token=t',
    status: 'active',
  }
  await using server = await startFakeServer(({ method, body }) => {
    if (method === 'DELETE') return { status: 204 }
    if (body.includes('refused'))
      return { status: 400, json: { errors: { error_type: 'BAD_REQUEST', error_message: body } } }
    return { status: method === 'POST' ? 201 : 200, json: webhook }
  })
  const { client } = connect(server)
  const order = { url: `https://ponte.example/?token=${SECRETS.accessToken}`, identifiers: ['contato'] }
  expect(await client.createWebhook(order)).toMatchObject({ uuid: UUID, status: 'active' })
  expect(await client.updateWebhook(UUID, order)).toMatchObject({ uuid: UUID })
  await client.removeWebhook(UUID)
  expect(server.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /integrations/webhooks',
    `PUT /integrations/webhooks/${UUID}`,
    `DELETE /integrations/webhooks/${UUID}`,
  ])
  for (const { body } of server.received.slice(0, 2))
    expect(JSON.parse(body)).toEqual({
      event_type: 'WEBHOOK.CONVERTED',
      entity_type: 'CONTACT',
      url: order.url,
      http_method: 'POST',
      event_identifiers: ['contato'],
      include_relations: ['COMPANY', 'CONTACT_FUNNEL'],
    })
  const failure = await failureOf(client.createWebhook({ ...order, identifiers: ['refused'] }))
  expect(failure.code).toBe('RD_REJECTED')
  expect(JSON.stringify([failure, failure.detail])).not.toContain(SECRETS.accessToken)
})

test('a refused access token is renewed once and the call is repeated once', async () => {
  await using server = await startFakeServer(request =>
    bearerOf(request) === 'fresh'
      ? { json: { uuid: UUID } }
      : { status: 401, json: rdApiFixture('errors/rd-api-13-error-401-flat') },
  )
  const { client, renewed, guard } = connect(server)
  expect(await client.findContact({ uuid: UUID })).toMatchObject({ uuid: UUID })
  expect(renewed).toEqual([SECRETS.accessToken])
  expect(server.received.map(bearerOf)).toEqual([SECRETS.accessToken, 'fresh'])
  expect(guard.outcomes.map(({ status }) => status)).toEqual([401, 200])
})

test('a renewed token that is refused too is a refused credential, reported to the guard', async () => {
  await using server = await startFakeServer(() => ({
    status: 401,
    json: rdApiFixture('errors/rd-api-14-error-401-array'),
  }))
  const { client, renewed } = connect(server)
  const failure = await failureOf(client.sendMark({ type: 'OPPORTUNITY', email: SECRETS.email }))
  expect(failure).toMatchObject({ name: 'CredentialRefused', code: 'RD_UNAUTHORIZED', stage: 'session' })
  expect(renewed).toHaveLength(1)
  expect(server.received).toHaveLength(2)
})

test('a base URL that ends in a slash makes no double slash', async () => {
  await using server = await startFakeServer(() => ({ json: { uuid: UUID } }))
  const { client } = connect(server, `${server.url}/`)
  await client.findContact({ uuid: UUID })
  expect(server.received[0]?.path).toBe(`/platform/contacts/uuid:${UUID}`)
})

function connect(server: FakeServer, baseUrl = server.url) {
  const guard = recordingGuard()
  const renewed: string[] = []
  const tokens = {
    current: () => Promise.resolve({ value: SECRETS.accessToken, isNew: false }),
    renew(rejected: string) {
      renewed.push(rejected)
      return Promise.resolve({ value: 'fresh', isNew: true })
    },
  }
  const client = createRdStationClient({ settings: settingsFor(baseUrl).rdStation, tokens, guard })
  return { client, guard, renewed }
}

const bearerOf = ({ headers }: Received) => headers.authorization?.replace('Bearer ', '')
