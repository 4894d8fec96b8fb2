import type { CrmNewLead } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { callsOf, connect, filter, startCrm } from '../testing/fake-crm.ts'
import type { Reply } from '../testing/fake-server.ts'
import { failureOf, SECRETS } from '../testing/recording-guard.ts'

const CONTEXT_URL = '/api/v11/opportunity/opportunities'

const lead: CrmNewLead = {
  name: SECRETS.name,
  leadSituationId: 's',
  leadOriginId: 'o',
  type: 'LEAD',
  userId: 'u',
  emails: [{ email: SECRETS.email, emailTypeId: 'e', standard: true }],
  phones: [],
  addresses: [],
}

test('records are found through the integration API, with the session and the filter in headers', async () => {
  await using server = await startCrm(() => ({ json: { items: [{ id: 7, name: 'Ana' }], hasNext: false } }))
  const { client, guard } = connect(server)
  expect(await client.findLeads(filter('emails.email', 'ana@acme.example'), () => true)).toMatchObject([
    { id: '7', name: 'Ana' },
  ])
  const [request] = callsOf(server)
  expect(request).toMatchObject({ method: 'GET', path: '/api/integration?page=1&pageSize=100', body: '' })
  expect(request?.headers).toMatchObject({
    cookie: 'JSESSIONID=s1',
    'integration-service': 'customer',
    'integration-resource': 'leads-integration',
    'integration-version': 'v1',
    'integration-filter': '{emails.email->ieq->ana@acme.example}',
  })
  expect(request?.headers).not.toHaveProperty('integration-action')
  expect(guard.calls.map(({ path }) => path)).toEqual([
    '/api/login',
    '/api/integration?page=1&pageSize=100 [read leads-integration]',
  ])
})

test('each kind of record has its own resource', async () => {
  await using server = await startCrm(() => ({
    json: { items: [{ id: 'x', status: 'PROGRESS', description: 'd' }], hasNext: false },
  }))
  const { client } = connect(server)
  expect(await client.findOpportunities(filter('leadId', 'x'), () => true)).toHaveLength(1)
  expect(await client.findUsers(filter('userEmail.email', 'x'), () => true)).toHaveLength(1)
  expect(await client.listCatalog('stage')).toHaveLength(1)
  expect(await client.listCatalog('pipeline')).toHaveLength(1)
  expect(await client.listCatalog('opportunityType')).toHaveLength(1)
  expect(
    callsOf(server).map(({ headers }) => [headers['integration-resource'], headers['integration-filter']]),
  ).toEqual([
    ['opportunities-integration', '{leadId->ieq->x}'],
    ['users-integration', '{userEmail.email->ieq->x}'],
    ['stages-integration', undefined],
    ['pipelines-integration', undefined],
    ['opportunity-types-integration', undefined],
  ])
})

test('a lead is read by its id, also from a CRM that ignores the filter', async () => {
  await using server = await startCrm(() => ({ json: [{ id: 'l-1' }, { id: 'l-2', name: 'Ana' }] }))
  const { client } = connect(server)
  expect(await client.getLead('l-2')).toMatchObject({ id: 'l-2', name: 'Ana' })
  expect(await client.getLead('l-3')).toBeUndefined()
  expect(callsOf(server)[0]?.headers['integration-filter']).toBe('{id->eq->l-2}')
})

test.each<{ reply: Reply; id: string }>([
  { reply: { json: { id: 'abc-1', more: true } }, id: 'abc-1' },
  { reply: { status: 201, json: { id: 17 } }, id: '17' },
  { reply: { json: 'abc-2' }, id: 'abc-2' },
  { reply: { status: 201, json: 18 }, id: '18' },
  { reply: { text: ' abc-3\n' }, id: 'abc-3' },
])('a create that answers $reply gives the id $id', async ({ reply, id }) => {
  await using server = await startCrm(() => reply)
  const { client } = connect(server)
  expect(await client.createLead(lead)).toBe(id)
  const [request] = callsOf(server)
  expect(request).toMatchObject({ method: 'POST', path: '/api/integration', body: JSON.stringify(lead) })
  expect(request?.headers).toMatchObject({
    'integration-action': 'create',
    'integration-resource': 'leads-integration',
    'content-type': 'application/json',
  })
  expect(request?.headers).not.toHaveProperty('integration-filter')
})

test.each<Reply>([
  { json: {} },
  { json: { id: '' } },
  { json: { id: '../x' } },
  { text: '' },
  { text: 'created fine' },
])('a create that answers no id (%j) is unreadable', async reply => {
  await using server = await startCrm(() => reply)
  const { client } = connect(server)
  expect((await failureOf(client.createLead(lead))).code).toBe('CRM_UNREADABLE')
})

test('an opportunity is created with its references', async () => {
  await using server = await startCrm(() => ({ json: { id: 'o-1' } }))
  const { client } = connect(server)
  const opportunity = {
    description: 'RD Station - Ana',
    status: 'PROGRESS',
    leadId: 'l-1',
    userId: 'u-1',
    pipeline: { id: 'p-1' },
    stage: { id: 's-1' },
    opportunityType: { id: 't-1' },
  }
  expect(await client.createOpportunity(opportunity)).toBe('o-1')
  expect(JSON.parse(callsOf(server)[0]?.body ?? '')).toEqual(opportunity)
  expect(callsOf(server)[0]?.headers['integration-resource']).toBe('opportunities-integration')
})

test('an update names the record in the filter and is never an upsert', async () => {
  await using server = await startCrm((_, number) =>
    number % 2 === 0 ? { text: '' } : { status: 201, json: { id: 'x' } },
  )
  const { client } = connect(server)
  expect(await client.updateLead('l-1', { jobTitle: 'Diretora' })).toBeUndefined()
  expect(await client.updateOpportunity('o-1', { customFields: { statusRD: 'OK' } })).toBeUndefined()
  expect(callsOf(server).map(({ headers, body }) => [headers['integration-filter'], body])).toEqual([
    ['{id->eq->l-1}', '{"jobTitle":"Diretora"}'],
    ['{id->eq->o-1}', '{"customFields":{"statusRD":"OK"}}'],
  ])
  expect(callsOf(server).map(({ headers }) => headers['integration-action'])).toEqual(['update', 'update'])
})

test.each(['', 'a}{status->eq->WON', 'a b', 'é', 'x'.repeat(65)])('nothing is updated under the id %j', async id => {
  await using server = await startCrm(() => ({ json: {} }))
  const { client } = connect(server)
  await failureOf(client.updateOpportunity(id, {}).then(() => undefined))
  expect(server.received).toHaveLength(0)
})

test('an update that is answered by a web page has an unknown outcome', async () => {
  await using server = await startCrm(() => ({ headers: { 'content-type': 'text/html' }, text: '<p>login</p>' }))
  const { client } = connect(server)
  expect(await failureOf(client.updateLead('l-1', {}))).toMatchObject({
    code: 'CRM_UNAVAILABLE',
    isOutcomeUnknown: true,
    outage: true,
  })
})

test('a create whose answer is lost has an unknown outcome', async () => {
  await using server = await startCrm(() => 'drop')
  const { client } = connect(server)
  expect(await failureOf(client.createLead(lead))).toMatchObject({ code: 'CRM_UNREACHABLE', isOutcomeUnknown: true })
  expect(callsOf(server)).toHaveLength(1)
})

test('an opportunity is read back from where the webhook says, at the configured base URL', async () => {
  await using server = await startCrm(() => ({ json: { id: 'o-1', status: 'WON', totalValue: 10.5 } }))
  const { client } = connect(server)
  expect(await client.getOpportunity(CONTEXT_URL, 'o-1')).toMatchObject({ id: 'o-1', status: 'WON', totalValue: 10.5 })
  expect(callsOf(server)[0]).toMatchObject({ method: 'GET', path: `${CONTEXT_URL}/o-1` })
})

test('an opportunity that does not exist is undefined; one that cannot be read is unreadable', async () => {
  await using server = await startCrm(({ path }) => (path.endsWith('gone') ? { status: 404 } : { json: { id: 'o-1' } }))
  const { client } = connect(server)
  expect(await client.getOpportunity(CONTEXT_URL, 'gone')).toBeUndefined()
  expect((await failureOf(client.getOpportunity(CONTEXT_URL, 'o-1'))).code).toBe('CRM_UNREADABLE')
})

test.each([
  ['/api/v11/opportunity/leads', 'o-1'],
  ['https://evil.example/api/v11/opportunity/opportunities', 'o-1'],
  ['//evil.example/api/v11/opportunity/opportunities', 'o-1'],
  [`${CONTEXT_URL}\n`, 'o-1'],
  [`${CONTEXT_URL}?x=1`, 'o-1'],
  ['', 'o-1'],
  [CONTEXT_URL, '../../v11/user/users/1'],
  [CONTEXT_URL, 'o-1?x=1'],
  [CONTEXT_URL, ''],
  [CONTEXT_URL, 'x'.repeat(65)],
])('the address %j with id %j is refused, and no call is made', async (contextUrl, id) => {
  await using server = await startCrm(() => ({ json: {} }))
  const { client } = connect(server)
  const failure = await failureOf(client.getOpportunity(contextUrl, id).then(() => undefined))
  expect(failure).toMatchObject({ name: 'PermanentFailure', code: 'CRM_CONTEXT_URL_REFUSED' })
  expect(server.received).toHaveLength(0)
})

test.each([
  '/api/../admin',
  '/api//evil.example',
  '/api/%2e%2e/admin',
  '/api\\evil',
  '@evil.example/',
  '.evil.example/',
  '/api?x',
  '/api#x',
  '/api x',
])('the address %j is refused even when the pattern allows everything', async contextUrl => {
  await using server = await startCrm(() => ({ json: {} }))
  const { client } = connect(server, { contextUrlPattern: '.*' })
  const failure = await failureOf(client.getOpportunity(contextUrl, 'o-1').then(() => undefined))
  expect(failure.code).toBe('CRM_CONTEXT_URL_REFUSED')
  expect(server.received).toHaveLength(0)
})

test('an expired session is renewed once and the call is repeated once', async () => {
  await using server = await startCrm(({ headers }) =>
    headers.cookie === 'JSESSIONID=s1' ? { status: 401 } : { json: { id: 'l-1' } },
  )
  const { client, guard, session } = connect(server)
  await session.current()
  expect(await client.createLead(lead)).toBe('l-1')
  expect(guard.outcomes.map(({ path, status }) => `${path} ${status}`)).toEqual([
    '/api/login 200',
    '/api/integration [create leads-integration] 401',
    '/api/login 200',
    '/api/integration [create leads-integration] 200',
  ])
})

test('a session that is refused right after the login is a refused credential, after that one login', async () => {
  await using server = await startCrm(() => ({ status: 401 }))
  const { client } = connect(server)
  expect(await failureOf(client.createLead(lead))).toMatchObject({
    name: 'CredentialRefused',
    code: 'CRM_UNAUTHORIZED',
    stage: 'session',
  })
  expect(callsOf(server)).toHaveLength(1)
  expect(server.received).toHaveLength(2)
})

test('what has changed since a time is asked for with a filter, and what cannot be read is counted', async () => {
  await using server = await startCrm(() => ({ json: { items: [{ id: 'o1', status: 'WON' }, { id: 'o2' }] } }))
  const { client } = connect(server)
  const changedSince = new Date('2026-11-28T00:00:00Z')
  expect(await client.listOpportunities({ changedSince, mostPages: 1 })).toMatchObject({
    items: [{ id: 'o1' }],
    unread: 1,
  })
  await client.listOpportunities({ mostPages: 1 })
  await client.findOpportunity('o1')
  expect(callsOf(server).map(({ headers }) => headers['integration-filter'])).toEqual([
    '{updatedAt->ge->2026-11-28T00:00:00.000Z}',
    undefined,
    '{id->eq->o1}',
  ])
})
