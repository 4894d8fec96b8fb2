import { crmEventNames, events } from '@ponte/contracts'
import { createServer, type IncomingMessage } from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseCrmDelivery, parseRdDelivery } from '@ponte/webhooks'
import { fixtureBytes } from '@ponte/webhooks/fixtures'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCliSetUp, type SetUp } from '../testing/open-cli-set-up.ts'

let setUp: SetUp
beforeAll(async () => {
  setUp = await openCliSetUp()
})
afterAll(() => setUp.close())

/** What the ingress would see; it answers with `status` and `body`. */
async function startReceiver(status = 202, body: object = { accepted: [], quarantined: [] }) {
  const received: { url: string; token: unknown; type: unknown; body: Buffer }[] = []
  const server = createServer((request, response) => {
    void answer(request).then(() =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    )
  })
  async function answer(request: IncomingMessage): Promise<void> {
    const { url = '', headers } = request
    received.push({ url, token: headers['apitoken'], type: headers['content-type'], body: await read(request) })
  }
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, received, close: () => server.close() }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

test("without more, the documentation's lead goes to the tenant with its token, and the answer is shown", async () => {
  const tenant = await setUp.tenant()
  const ingress = await startReceiver(202, { accepted: [{ event: 'lead.registered', key: 'k' }], quarantined: [] })
  const run = await tenant.run(['send', '--json', '--url', ingress.url])
  expect(run.code).toBe(0)
  expect(run.data()).toMatchObject({ ok: true, status: 202, body: { accepted: [{ event: 'lead.registered' }] } })
  const [delivery] = ingress.received
  expect(delivery).toMatchObject({ url: `/webhooks/${tenant.name}/rd-station`, token: tenant.tokens.rdStation })
  const parsed = parseRdDelivery(JSON.parse(String(delivery?.body)), {
    leadFields: {},
    fields: [],
    filters: { send: [], skip: [] },
    routes: [],
    rdStation: { acceptSyntheticConversions: false },
  })
  expect(parsed.events).toHaveLength(1)
  expect(run.stdout + run.stderr).not.toContain(tenant.tokens.rdStation)
  ingress.close()
  await tenant.close()
})

test.each([
  { argv: ['send'], change: 'event_timestamp' },
  { argv: ['send', 'own-webhook-opportunity-lost.json'], change: 'eventId' },
])('$argv of what was sent before says so, and what to change to send it anew', async ({ argv, change }) => {
  const tenant = await setUp.tenant()
  const ingress = await startReceiver(202, { accepted: [], duplicates: [{ event: 'x', key: 'k' }], quarantined: [] })
  const { code, stdout } = await tenant.run([...argv, '--url', ingress.url])
  expect(stdout).toMatch(/1 event was sent before.* will not be processed again\./)
  expect(stdout).toContain(`change ${change === 'eventId' ? '' : 'the time of the conversion ('}${change}`)
  expect(code).toBe(0)
  const fresh = await startReceiver()
  expect((await tenant.run([...argv, '--url', fresh.url])).stdout).not.toContain('before')
  ingress.close()
  fresh.close()
  await tenant.close()
})

test.each(crmEventNames)('%s is an event of its own each time', async name => {
  const { shortName, intent } = events[name]
  const tenant = await setUp.tenant()
  const ingress = await startReceiver()
  const argv = ['send', '--url', ingress.url, '--event', shortName, '--opportunity', 'O-1']
  for (const time of ['first', 'second']) expect((await tenant.run(argv)).code, time).toBe(0)
  const read = ingress.received.flatMap(({ url, token, body }) => {
    expect(url).toBe(`/webhooks/${tenant.name}/totvs-crm/${intent}`)
    expect(token).toBe(tenant.tokens.totvsCrm)
    return parseCrmDelivery(JSON.parse(String(body)), intent).events
  })
  expect(read).toMatchObject([
    { name, opportunityId: 'O-1' },
    { name, opportunityId: 'O-1' },
  ])
  expect(new Set(read.map(({ key }) => key)).size).toBe(2)
  ingress.close()
  await tenant.close()
})

test('an example and a file go as they are, to where they belong', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-send-'))
  const file = path.join(folder, 'mine.json')
  await writeFile(file, '{ "leads": [] }')
  const tenant = await setUp.tenant()
  const ingress = await startReceiver()
  const form = 'own-v1-11-form.txt'
  const webhook = 'own-webhook-opportunity-lost.json'
  for (const name of [form, webhook, file])
    expect((await tenant.run(['send', name, '--url', ingress.url])).code).toBe(0)
  expect(ingress.received).toMatchObject([
    { url: `/webhooks/${tenant.name}/rd-station`, type: 'application/x-www-form-urlencoded' },
    { url: `/webhooks/${tenant.name}/totvs-crm`, type: 'application/json' },
    { url: `/webhooks/${tenant.name}/rd-station`, body: Buffer.from('{ "leads": [] }') },
  ])
  expect(ingress.received[0]?.body).toEqual(fixtureBytes('rd-webhooks', form))
  ingress.close()
  await tenant.close()
  await rm(folder, { recursive: true })
})

test.each([
  { answer: 401, body: {}, code: 1 },
  { answer: 503, body: { code: 'QUEUE_UNAVAILABLE' }, code: 3 },
  { answer: 202, body: { quarantined: [{ code: 'BODY_NOT_UNDERSTOOD' }] }, code: 1 },
])('$answer with $body ends with $code', async ({ answer, body, code }) => {
  const tenant = await setUp.tenant()
  const ingress = await startReceiver(answer, body)
  expect((await tenant.run(['send', '--url', ingress.url])).code).toBe(code)
  ingress.close()
  await tenant.close()
})

test('no answer ends with 3, a missing file or an event without its opportunity with 2', async () => {
  const tenant = await setUp.tenant()
  expect((await tenant.run(['send', '--url', 'http://127.0.0.1:9'])).code).toBe(3)
  expect((await tenant.run(['send', 'no-such-file'])).code).toBe(2)
  expect((await tenant.run(['send', '--event', 'won'])).code).toBe(2)
  await tenant.close()
})

test.each(['../x', 'a b', 'x'.repeat(500)])(
  'an opportunity of an id that TOTVS CRM cannot have is not sent (%s)',
  async id => {
    const tenant = await setUp.tenant()
    const ingress = await startReceiver()
    const { code, stderr } = await tenant.run(['send', '--url', ingress.url, '--event', 'won', '--opportunity', id])
    expect([code, stderr]).toEqual([2, expect.stringContaining('--opportunity')])
    expect(ingress.received).toEqual([])
    ingress.close()
    await tenant.close()
  },
)

/** One real system is enough. */
const real = { rdStation: { baseUrl: 'https://api.rd.services' } }

test('a tenant of a real system is asked about first: yes sends, no sends nothing and ends with 2', async () => {
  const tenant = await setUp.tenant(real)
  const ingress = await startReceiver()
  const argv = ['send', '--url', ingress.url, '--lang', 'en']
  const to = `real TOTVS CRM of ${tenant.name}`
  expect((await tenant.run(argv, { answers: [{ to, typed: 'n\n' }] })).code).toBe(2)
  expect(ingress.received).toEqual([])
  expect((await tenant.run(argv, { answers: [{ to, typed: 'y\n' }] })).code).toBe(0)
  expect(ingress.received).toHaveLength(1)
  const event = [...argv, '--event', 'won', '--opportunity', 'O-1']
  const ofEvent = { to: `real RD Station of ${tenant.name}`, typed: 'y\n' }
  expect((await tenant.run(event, { answers: [ofEvent] })).code).toBe(0)
  expect(ingress.received).toHaveLength(2)
  ingress.close()
  await tenant.close()
})

test('where nobody can be asked, a real system needs --yes; the list of examples needs nothing', async () => {
  const tenant = await setUp.tenant(real)
  const ingress = await startReceiver()
  for (const json of [[], ['--json']]) {
    expect((await tenant.run(['send', '--url', ingress.url, ...json])).code).toBe(2)
    expect(ingress.received).toEqual([])
  }
  expect((await tenant.run(['send', '--list'])).code).toBe(0)
  expect((await tenant.run(['send', '--url', ingress.url, '--yes'])).code).toBe(0)
  expect(ingress.received).toHaveLength(1)
  ingress.close()
  await tenant.close()
})
