import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openMailSink, openWebhookSink } from '../support/servers/alert-sinks.ts'
import { type Company, newEmail, patience, startCompany } from '../support/company.ts'

let webhook: Awaited<ReturnType<typeof openWebhookSink>>
let mail: Awaited<ReturnType<typeof openMailSink>>
let company: Company
let before: number
beforeAll(async () => {
  webhook = await openWebhookSink()
  mail = await openMailSink()
  company = await startCompany({
    workers: 2,
    workflows: false,
    env: {
      ALERT_WEBHOOK_URL: webhook.url,
      ALERT_SMTP_URL: mail.url,
      ALERT_EMAIL_TO: 'plantao@empresa.example, ti@empresa.example',
      ALERT_EMAIL_FROM: 'ponte@empresa.example',
      ALERT_BOARD_URL: 'https://ponte.empresa.example',
      ALERT_BREAKER_MINUTES: '0.02',
      ALERT_FAILURES: '2',
      ALERT_WINDOW_MINUTES: '0.2',
      ALERT_CHECK_SECONDS: '0.2',
    },
  })
})
afterAll(async () => {
  await company.stop()
  await Promise.all([webhook.close(), mail.close()])
})
beforeEach(() => {
  before = webhook.texts().length
})
afterEach(() => company.sandbox.clearFaults())

const alerts = (): readonly string[] => webhook.texts().slice(before)

/** The first line of each message, without its head. */
const firstLines = (): string[] => alerts().map(text => text.split('\n')[0]?.replace(/^Ponte · [\w-]+: /, '') ?? '')

/** Long enough for many looks of both workers. */
const manyLooks = async (): Promise<void> => {
  const since = Date.now()
  await expect.poll(() => Date.now() - since).toBeGreaterThan(2000)
}

test('a system that is down for long is announced once, by chat and by e-mail, and once more when it works again', async () => {
  const email = newEmail()
  await company.sandbox.addFault({
    system: 'totvs-crm',
    match: { path: '/crm' },
    kind: 'status',
    status: 503,
    times: 'forever',
  })
  const contact = await company.convert({ name: 'Espera Longa', email })
  for (let index = 0; index < 6; index += 1)
    await company.deliverBody({ leads: [{ uuid: contact.uuid, email, name: `Espera ${index}` }] })
  await expect.poll(() => alerts().length, patience).toBe(1)
  await manyLooks()
  expect(firstLines()).toEqual([
    expect.stringMatching(
      /^TOTVS CRM está fora do ar \(503\) · há \d+ s · .*\(CRM_UNAVAILABLE\)\. Em pausa automática: RD Station → TOTVS/,
    ),
  ])
  await company.sandbox.clearFaults()
  await expect.poll(() => alerts().length, patience).toBe(2)
  expect(firstLines()[1]).toMatch(/^a pausa automática do TOTVS CRM terminou: /)

  await expect.poll(() => mail.messages().length, patience).toBe(2)
  const [started] = mail.messages()
  expect(started?.to).toEqual(['plantao@empresa.example', 'ti@empresa.example'])
  expect(started?.from).toBe('ponte@empresa.example')
  expect(started?.subject).toMatch(/^Ponte · t-\w+: TOTVS CRM está fora do ar/)
  expect(started?.text.split(/\r?\n/)).toHaveLength(3)
  expect(started?.text).toContain('TOTVS CRM is down (503) · for')
  expect(started?.text).toContain('https://ponte.empresa.example/waiting')
  expect([...webhook.bodies(), ...mail.messages().map(({ source }) => source)].join('\n')).not.toContain(email)
})

test('a revoked token is announced at once, and again when the account is connected', async () => {
  const { opportunity } = await company.bring({ name: 'Conta Desconectada', email: newEmail() })
  await company.rd.revokeTokens()
  await company.announce('created', opportunity.id)
  await expect
    .poll(() => firstLines(), patience)
    .toEqual([
      expect.stringMatching(/^RD Station desconectado: reconecte a conta · há \d+ s \(RD_TOKEN_REVOKED\)\. Aguardam/),
    ])
  await company.rd.change({ refreshToken: 'demo-refresh' })
  await expect
    .poll(() => firstLines().slice(1), patience)
    .toEqual([expect.stringMatching(/^o RD Station aceita o Ponte de novo: /)])
})
