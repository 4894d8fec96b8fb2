import { crmEventNames, events } from '@ponte/contracts'
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { exampleSettings } from '@ponte/testbed'
import { parseCrmDelivery, parseRdDelivery } from '@ponte/webhooks'
import { fixtureBytes } from '@ponte/webhooks/fixtures'
import { expect, onTestFinished, test } from 'vitest'
import { useCliSetUp, useFolder } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()
const folder = useFolder()

/** What the ingress would see; it answers with `status` and `body`. */
async function startReceiver(status = 202, body: object = { accepted: [], quarantined: [] }) {
  const received: { url: string; token: unknown; type: unknown; body: Buffer }[] = []
  const server = createServer((request, response) => {
    const { url = '', headers } = request
    const of = { url, token: headers['apitoken'], type: headers['content-type'] }
    void buffer(request)
      .then(read => received.push({ ...of, body: read }))
      .then(() => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)))
  })
  onTestFinished(() => void server.close())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, received }
}

test("without more, the documentation's lead goes to the tenant with its token, and the answer is shown", async () => {
  const { run, name, tokens } = await cli.newTenant()
  const ingress = await startReceiver(202, { accepted: [{ event: 'lead.registered', key: 'k' }], quarantined: [] })
  const sent = await run(['send', '--json', '--url', ingress.url])
  expect(sent.code).toBe(0)
  expect(sent.data()).toMatchObject({ ok: true, status: 202, body: { accepted: [{ event: 'lead.registered' }] } })
  const [delivery] = ingress.received
  expect(delivery).toMatchObject({ url: `/webhooks/${name}/rd-station`, token: tokens.rdStation })
  expect(parseRdDelivery(JSON.parse(String(delivery?.body)), exampleSettings()).events).toHaveLength(1)
  expect(sent.stdout + sent.stderr).not.toContain(tokens.rdStation)
})

test.each([
  { argv: ['send'], change: 'event_timestamp' },
  { argv: ['send', 'own-webhook-opportunity-lost.json'], change: 'eventId' },
])('$argv of what was sent before says so, and what to change to send it anew', async ({ argv, change }) => {
  const { run } = await cli.newTenant()
  const ingress = await startReceiver(202, { accepted: [], duplicates: [{ event: 'x', key: 'k' }], quarantined: [] })
  const { code, stdout } = await run([...argv, '--url', ingress.url])
  expect(stdout).toMatch(/1 event was sent before.* will not be processed again\./)
  expect(stdout).toContain(`change ${change === 'eventId' ? '' : 'the time of the conversion ('}${change}`)
  expect(code).toBe(0)
  const fresh = await startReceiver()
  expect((await run([...argv, '--url', fresh.url])).stdout).not.toContain('before')
})

test.each(crmEventNames)('%s is an event of its own each time', async name => {
  const { shortName, intent } = events[name]
  const tenant = await cli.newTenant()
  const ingress = await startReceiver()
  const argv = ['send', '--url', ingress.url, '--event', shortName, '--opportunity', 'O-1']
  for (const time of ['first', 'second']) expect((await tenant.run(argv)).code, time).toBe(0)
  const at = { url: `/webhooks/${tenant.name}/totvs-crm/${intent}`, token: tenant.tokens.totvsCrm }
  expect(ingress.received).toMatchObject([at, at])
  const read = ingress.received.flatMap(({ body }) => parseCrmDelivery(JSON.parse(String(body)), intent).events)
  const event = { name, opportunityId: 'O-1' }
  expect(read).toMatchObject([event, event])
  expect(new Set(read.map(({ key }) => key)).size).toBe(2)
})

test('an example and a file go as they are, to where they belong', async () => {
  const file = await folder.write('{ "leads": [] }', 'mine.json')
  const { run, name } = await cli.newTenant()
  const ingress = await startReceiver()
  const form = 'own-v1-11-form.txt'
  for (const each of [form, 'own-webhook-opportunity-lost.json', file])
    expect((await run(['send', each, '--url', ingress.url])).code).toBe(0)
  expect(ingress.received).toMatchObject([
    { url: `/webhooks/${name}/rd-station`, type: 'application/x-www-form-urlencoded' },
    { url: `/webhooks/${name}/totvs-crm`, type: 'application/json' },
    { url: `/webhooks/${name}/rd-station`, body: Buffer.from('{ "leads": [] }') },
  ])
  expect(ingress.received[0]?.body).toEqual(fixtureBytes('rd-webhooks', form))
})

test.each([
  { answer: 401, body: {}, code: 1 },
  { answer: 503, body: { code: 'QUEUE_UNAVAILABLE' }, code: 3 },
  { answer: 202, body: { quarantined: [{ code: 'BODY_NOT_UNDERSTOOD' }] }, code: 1 },
])('$answer with $body ends with $code', async ({ answer, body, code }) => {
  const { run } = await cli.newTenant()
  expect((await run(['send', '--url', (await startReceiver(answer, body)).url])).code).toBe(code)
})

test.each([
  { what: 'no answer', argv: ['--url', 'http://127.0.0.1:9'], code: 3 },
  { what: 'a missing file', argv: ['no-such-file'], code: 2 },
  { what: 'an event without its opportunity', argv: ['--event', 'won'], code: 2 },
  ...['../x', 'a b', 'x'.repeat(500)].map(id => ({
    ...{ what: 'an id that TOTVS CRM cannot have', argv: ['--event', 'won', '--opportunity', id], code: 2 },
  })),
])('$what ends with $code, and nothing is sent', async ({ argv, code }) => {
  const { run } = await cli.newTenant()
  const ingress = await startReceiver()
  expect((await run(['send', '--url', ingress.url, ...argv])).code).toBe(code)
  expect(ingress.received).toEqual([])
})

/** One real system is enough. */
const real = { rdStation: { baseUrl: 'https://api.rd.services' } }

test('a tenant of a real system is asked about first: yes sends, no sends nothing and ends with 2', async () => {
  const { run, name } = await cli.newTenant(real)
  const ingress = await startReceiver()
  const argv = ['send', '--url', ingress.url, '--lang', 'en']
  const to = `real TOTVS CRM of ${name}`
  expect((await run(argv, { answers: [{ to, typed: 'n\n' }] })).code).toBe(2)
  expect(ingress.received).toEqual([])
  expect((await run(argv, { answers: [{ to, typed: 'y\n' }] })).code).toBe(0)
  const ofEvent = [{ to: `real RD Station of ${name}`, typed: 'y\n' }]
  expect((await run([...argv, '--event', 'won', '--opportunity', 'O-1'], { answers: ofEvent })).code).toBe(0)
  expect(ingress.received).toHaveLength(2)
})

test('where nobody can be asked, a real system needs --yes; the list of examples needs nothing', async () => {
  const { run } = await cli.newTenant(real)
  const ingress = await startReceiver()
  for (const json of [[], ['--json']]) expect((await run(['send', '--url', ingress.url, ...json])).code).toBe(2)
  expect(ingress.received).toEqual([])
  expect((await run(['send', '--list'])).code).toBe(0)
  expect((await run(['send', '--url', ingress.url, '--yes'])).code).toBe(0)
  expect(ingress.received).toHaveLength(1)
})
