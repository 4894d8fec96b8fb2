import { opportunityWorkflows, type RedisServer, startRedis } from '@ponte/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWebhookSink } from '../support/servers/alert-sinks.ts'
import { type Company, newEmail, patience, startCompany } from '../support/company.ts'
import { openShell, type Shell } from '../support/commands/shell.ts'

/** The lists of the sandbox, with which `doctor` compares the ids. */
const lists = {
  ...{ leadSituation: 'lead-situations', leadOrigin: 'lead-origins', emailType: 'email-types' },
  ...{ phoneType: 'phone-types', addressType: 'address-types' },
}
const resources = Object.fromEntries(
  Object.entries(lists).map(([list, name]) => [
    list,
    { service: 'customer', resource: `${name}-integration`, version: 'v1' },
  ]),
)

// A Redis of its own: the test of the alerts belongs to a whole installation.
let server: RedisServer
let alerts: Awaited<ReturnType<typeof openWebhookSink>>
let company: Company
let shell: Shell
beforeAll(async () => {
  server = await startRedis()
  alerts = await openWebhookSink()
  company = await startCompany({
    redisUrl: server.url,
    board: true,
    workflows: false,
    tenant: { totvsCrm: { resources }, rdStation: { minContactAgeSeconds: 0, callsPerMinute: 500 } },
    env: { ALERT_WEBHOOK_URL: alerts.url },
  })
  shell = await openShell(company, { secretKey: company.ponte.settings.PONTE_SECRET_KEY })
})
afterAll(async () => {
  await company.stop()
  await Promise.all([shell.close(), alerts.close()])
  await server.stop()
})

const ponte = (argv: readonly string[]) => shell.ponte(argv, company.ponte.settings)

function ask(path: string, method: 'GET' | 'POST' = 'GET'): Promise<Response> {
  const { board } = company.ponte
  if (board === undefined) throw new Error('there is no board')
  const authorization = `Basic ${Buffer.from(`${board.user}:${board.password}`).toString('base64')}`
  const headers = { authorization, 'accept-language': 'en' }
  return fetch(`${board.url}${path}`, { method, headers, redirect: 'manual' })
}

/** What a person reads of *Connections*. */
async function page(): Promise<string> {
  const markup = await (await ask('/connections')).text()
  return markup
    .replaceAll(/<(style|script)>.*?<\/\1>/gs, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
}

test('the checklist of a new tenant goes from all to do to gone, through real calls, deliveries and a real message', async () => {
  const { name } = company.ponte.tenant
  expect(await page()).toMatch(/Set-up: 0 of 6 done.*Waiting for the first delivery of RD Station/)
  // An example says nothing about RD Station.
  expect((await ponte(['send', '--url', company.ponte.ingressUrl])).code).toBe(0)

  for (const system of ['totvs-crm', 'rd-station']) {
    expect((await ask(`/connections/${name}/${system}/check`, 'POST')).status).toBe(303)
    await expect.poll(page, patience).toMatch(/Test: ok in \d+ ms/)
  }
  await expect.poll(page, patience).toMatch(/Account of RD Station done.*Login to TOTVS CRM done.*Test: ok in \d+ ms/)
  expect(await page()).toMatch(/Webhook of RD Station to do/)

  expect((await ask('/connections/alert-test', 'POST')).status).toBe(303)
  await expect.poll(page, patience).toMatch(/Alerts done webhook: the message was sent/)
  expect(alerts.texts()).toEqual([expect.stringContaining('Ponte: test message, asked for on the board.')])

  expect((await ponte(['doctor'])).code).toBe(0)
  expect(await page()).toMatch(/Set-up: 4 of 6 done.*Values of TOTVS CRM done/)

  const contact = await company.convert({ name: 'Primeira', email: newEmail() })
  await company.deliver(contact)
  await expect.poll(page, patience).toMatch(/Set-up: 5 of 6 done.*Webhook of RD Station done last delivery/)
  await expect.poll(async () => (await company.opportunitiesOf(contact)).length, patience).toBe(1)
  await company.crm.change({ workflows: opportunityWorkflows(company.ponte.tenant) })
  const [opportunity] = await company.opportunitiesOf(contact)
  await company.crm.win(opportunity?.id ?? '', 10)
  await expect.poll(page, patience).toMatch(/All connections work\. 1 tenant connected/)
  expect(await page()).not.toContain('Set-up')
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
})
