import { createServer } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { type RunningProcess, startProcess } from '../processes.ts'
import { createSandboxClient, type SandboxClient } from './sandbox-client.ts'

let sandbox: RunningProcess
let client: SandboxClient

beforeAll(async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  sandbox = await startProcess('sandbox', { env: { SANDBOX_PORT: String(port) }, ready: `${url}/healthz` })
  client = createSandboxClient(url)
})
afterAll(() => sandbox.stop())
beforeEach(() => client.reset())

/** What Ponte would do, in short. */
async function logIn(): Promise<string> {
  const response = await fetch(`${client.crmUrl}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ponte@demo.example', password: 'demo-password', tenant: 'demo' }),
  })
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

async function refresh(refresh_token = 'demo-refresh'): Promise<{ status: number; access_token?: string }> {
  const response = await fetch(`${client.rdUrl}/auth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_id: 'demo-client', client_secret: 'demo-secret', refresh_token }),
  })
  return { status: response.status, ...JSON.parse(await response.text()) }
}

async function receiver(): Promise<{ url: string; bodies: unknown[]; close: () => void }> {
  const bodies: unknown[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push(JSON.parse(Buffer.concat(chunks).toString()))
      response.writeHead(202).end()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { url: `http://127.0.0.1:${port}/hook`, bodies, close: () => server.close() }
}

test('the sandbox says where it listens and stops when asked', async () => {
  expect(sandbox.output()).toContain(client.baseUrl)
  const port = await freePort()
  const other = await startProcess('sandbox', {
    env: { SANDBOX_PORT: String(port) },
    ready: `http://127.0.0.1:${port}/healthz`,
  })
  expect(await other.stop()).toEqual({ code: 0, signal: null })
})

test('contacts are added, changed, converted, read and removed', async () => {
  const rd = client.rd()
  const added = await rd.addContact({
    email: 'maria@example.com',
    created_at: '2026-05-01T12:00:00Z',
    company: 'ACME',
    custom_fields: { Orçamento: '1000' },
  })
  await rd.changeContact(added.uuid, { city: 'Recife', funnel: { opportunity: true } })
  await rd.convert('email:maria@example.com', { identifier: 'ebook' })
  expect(await rd.contact('email:maria@example.com')).toMatchObject({
    uuid: added.uuid,
    city: 'Recife',
    company: 'ACME',
    created_at: '2026-05-01T12:00:00.000Z',
    custom_fields: { Orçamento: '1000' },
    funnel: { lifecycle_stage: 'Lead', opportunity: true },
    marks: [],
    sales: [],
    conversions: [{ identifier: 'ebook' }],
  })
  await rd.removeContact(added.uuid)
  expect((await rd.state()).contacts).toEqual([])
})

test('tokens expire, are revoked, and a new connection is made', async () => {
  const rd = client.rd()
  const { access_token } = await refresh()
  const list = () =>
    fetch(`${client.rdUrl}/integrations/webhooks`, { headers: { authorization: `Bearer ${access_token}` } })
  expect((await list()).status).toBe(200)
  await rd.expireTokens()
  expect((await list()).status).toBe(401)
  await rd.revokeTokens()
  expect((await rd.state()).isConnected).toBe(false)
  expect((await refresh()).status).toBe(401)
  await rd.change({ refreshToken: 'second' })
  expect((await refresh('second')).status).toBe(200)
})

test('accounts and tenants can be added to those of the demo', async () => {
  const account = await client.rd('acme').put({
    clientId: 'acme-client',
    clientSecret: 's',
    refreshToken: 'r',
    settings: { contactsPerMinute: 500 },
  })
  expect(account).toMatchObject({ name: 'acme', settings: { contactsPerMinute: 500, eventsPerMinute: 120 } })
  expect(await client.rd('acme').quotas()).toEqual({
    contacts: { calls: 0, refused: 0, maxPerMinute: 0 },
    events: { calls: 0, refused: 0, maxPerMinute: 0 },
    segmentations: { calls: 0, refused: 0, maxPerMinute: 0 },
  })
  const tenant = await client.crm('acme').put({ username: 'u', password: 'p', settings: { listForm: 'array' } })
  expect(tenant).toMatchObject({ name: 'acme', settings: { listForm: 'array', idForm: 'object' }, leads: [] })
  expect(tenant.stages.map(({ description }) => description)).toContain('Abordagem e Investigação')
})

test('users get and lose roles; nothing else of them changes', async () => {
  const crm = client.crm()
  const user = await crm.addUser({ name: 'Bia', userEmail: [{ email: 'bia@demo.example' }] })
  expect(user).toMatchObject({ active: true, roleId: expect.any(String) })
  expect(await crm.changeUser(user.id, { roleId: null })).toEqual({ ...user, roleId: null })
})

test('a person plays an opportunity through, and the webhooks of it can be held and released', async () => {
  const hook = await receiver()
  const crm = client.crm()
  await crm.change({ workflows: [{ trigger: 'Opportunity won', url: hook.url }] })
  const lead = await crm.addLead({ name: 'Maria', externalId: 'rd:1' })
  expect(await crm.changeLead(lead.id, { jobTitle: 'CEO' })).toMatchObject({ externalId: 'rd:1', jobTitle: 'CEO' })

  const other = await crm.addLead({ name: 'João', externalId: 'rd:2' })
  expect(await crm.leads({ externalId: 'rd:2' })).toEqual([other])
  expect(await crm.leads()).toHaveLength(2)
  await crm.removeLead(other.id)

  const { id } = await crm.addOpportunity({ leadId: lead.id })
  expect(await crm.opportunities({ leadId: lead.id })).toMatchObject([{ id }])
  expect(await crm.opportunities({ leadId: other.id })).toEqual([])
  await crm.changeOpportunity(id, { customFields: { statusRD: 'REENVIAR' } })
  await crm.holdWebhooks()
  expect(await crm.win(id, 1500)).toMatchObject({
    status: 'WON',
    totalValue: 1500,
    customFields: { statusRD: 'REENVIAR' },
  })
  expect(hook.bodies).toEqual([])
  const [held] = await client.deliveries({ system: 'totvs-crm', state: 'held' })
  expect(held).toMatchObject({ account: 'demo', trigger: 'Opportunity won', attempts: [] })
  await crm.releaseWebhooks([held?.id ?? ''])
  await client.redeliver(held?.id ?? '')
  expect(hook.bodies).toMatchObject([{ source: { row: { id } } }, { source: { row: { id } } }])
  expect(await client.deliveries({ state: 'delivered' })).toMatchObject([
    { attempts: [{ status: 202 }, { status: 202 }] },
  ])
  expect(await crm.releaseWebhooks()).toEqual([])

  expect(await crm.reopen(id)).toMatchObject({ status: 'PROGRESS' })
  expect(await crm.lose(id, 'Preço')).toMatchObject({ status: 'LOST', lossReason: 'Preço', totalValue: 1500 })
  await crm.removeOpportunity(id)
  await crm.removeLead(lead.id)
  expect(await crm.state()).toMatchObject({ leads: [], opportunities: [] })
  await expect(crm.opportunity(id)).rejects.toThrow('404')
  await expect(crm.lead(lead.id)).rejects.toThrow('404')
  hook.close()
})

test('a lead is delivered in both formats and raw', async () => {
  const hook = await receiver()
  const rd = client.rd()
  const { uuid } = await rd.addContact({ email: 'maria@example.com' })
  for (const webhook of [
    { format: 'v1', contact: uuid },
    { format: 'v2', contact: uuid, eventType: 'WEBHOOK.MARKED_OPPORTUNITY' },
    { format: 'raw', body: { leads: [] } },
  ] as const) {
    expect(await rd.deliverLead({ url: hook.url, ...webhook })).toMatchObject({ state: 'delivered' })
  }
  expect(hook.bodies).toMatchObject([
    { leads: [{ uuid }] },
    { event_type: 'WEBHOOK.MARKED_OPPORTUNITY', event_identifier: 'default', contact: { uuid } },
    { leads: [] },
  ])
  hook.close()
})

test('calls are listed by what they were, and forgotten', async () => {
  await logIn()
  await refresh()
  expect(await client.calls({ system: 'totvs-crm' })).toMatchObject([
    { method: 'POST', path: '/api/login', account: 'demo', status: 200, body: { password: '***' } },
  ])
  expect(await client.calls({ last: 1 })).toMatchObject([{ path: '/auth/token' }])
  const [first] = await client.calls()
  expect(await client.calls({ after: first?.number ?? 0 })).toMatchObject([{ path: '/auth/token' }])
  await client.clearCalls()
  expect(await client.calls()).toEqual([])
})

test('faults are added, met and cleared', async () => {
  const fault = await client.addFault({
    system: 'totvs-crm',
    match: { path: '/api/login' },
    kind: 'status',
    status: 503,
  })
  await client.addFault({ system: 'rd-station', kind: 'html', times: 'forever' })
  expect(await logIn()).toBe('')
  expect(await client.faults()).toMatchObject([
    { id: fault.id, used: 1 },
    { used: 0, times: 'forever' },
  ])
  await client.clearFaults(fault.id)
  expect(await client.faults()).toHaveLength(1)
  await client.clearFaults()
  expect(await client.faults()).toEqual([])
})

test('sessions expire at once', async () => {
  const cookie = await logIn()
  const read = () => fetch(`${client.crmUrl}/api/v11/opportunity/opportunities/x`, { headers: { cookie } })
  expect((await read()).status).toBe(404)
  await client.crm().expireSessions()
  expect((await read()).status).toBe(401)
})

test('both systems live in the time that is set, until it is set back', async () => {
  const rd = client.rd()
  await client.setClock(new Date('2026-05-01T12:00:00Z'))
  const early = await rd.convert((await rd.addContact({ email: 'maria@example.com' })).uuid)
  const lead = await client.crm().addLead({ name: 'Maria' })
  expect(early.conversions).toMatchObject([{ at: expect.stringMatching(/^2026-05-01T12:00/) }])
  expect([early.created_at, lead.createdAt]).toEqual(Array(2).fill(expect.stringMatching(/^2026-05-01T12:00/)))

  await client.setClock()
  const { updatedAt, createdAt } = await client.crm().changeLead(lead.id, { jobTitle: 'CEO' })
  expect(createdAt).toBe(lead.createdAt)
  expect(Math.abs(Date.parse(updatedAt) - Date.now())).toBeLessThan(60_000)
  await client.setClock(new Date('2026-05-01T12:00:00Z'))
  await client.reset()
  const { createdAt: after } = await client.crm().addLead({ name: 'Maria' })
  expect(Math.abs(Date.parse(after) - Date.now())).toBeLessThan(60_000)
})

test('a verb that the sandbox refuses throws its reason', async () => {
  await expect(client.rd('nobody').state()).rejects.toThrow('There is no such RD account.')
})
