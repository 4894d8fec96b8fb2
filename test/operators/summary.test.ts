import { createSummaryRecord } from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openMailSink, openWebhookSink } from '../support/servers/alert-sinks.ts'
import { type Company, newEmail, patience, startCompany } from '../support/company.ts'

const WEEK_MS = 7 * 24 * 3_600_000

const redis = new Redis(inject('redisUrl'))
let chat: Awaited<ReturnType<typeof openWebhookSink>>
let mail: Awaited<ReturnType<typeof openMailSink>>
let company: Company
beforeAll(async () => {
  chat = await openWebhookSink()
  mail = await openMailSink()
  company = await startCompany({
    workers: 2,
    tenant: { weeklySummary: { emails: ['gerencia@empresa.example'], webhookUrl: chat.url } },
    env: {
      ALERT_SMTP_URL: mail.url,
      ALERT_EMAIL_TO: 'ti@empresa.example',
      ALERT_EMAIL_FROM: 'ponte@empresa.example',
      ALERT_BOARD_URL: 'https://ponte.empresa.example',
      ALERT_FAILURES: '1000',
      ALERT_CHECK_SECONDS: '0.2',
    },
  })
})
afterAll(async () => {
  await company.stop()
  await Promise.all([chat.close(), mail.close()])
  redis.disconnect()
})

test('two workers that were down at its hour send the summary of the week once to the chat and once by mail, also when the chat refuses it at first', async () => {
  const { name } = company.ponte.tenant
  const email = newEmail()
  await company.bring({ name: 'Pessoa Resumida', email })
  const record = createSummaryRecord(redis, name)
  const channels = ['webhook', 'email'] as const
  await expect.poll(async () => await Promise.all(channels.map(record.read)), patience).not.toContain(undefined)
  expect([chat.texts(), mail.messages()]).toEqual([[], []])

  chat.answers.push(500)
  // The last one that was sent is that of a week ago.
  for (const channel of channels) {
    const sent = await record.read(channel)
    if (sent !== undefined) await record.write(channel, { ...sent, due: sent.due - WEEK_MS })
  }
  await expect.poll(() => [chat.texts().length, mail.messages().length], patience).toEqual([2, 1])
  const since = Date.now()
  // Long enough for many looks of both workers.
  await expect.poll(() => Date.now() - since).toBeGreaterThan(2000)
  expect([chat.texts().length, mail.messages().length]).toEqual([2, 1])

  const [message] = mail.messages()
  expect(message?.to).toEqual(['gerencia@empresa.example'])
  expect(message?.subject).toMatch(new RegExp(String.raw`^Ponte · ${name}: resumo da semana de \d\d/\d\d a \d\d/\d\d$`))
  for (const text of [message?.text ?? '', ...chat.texts()]) {
    expect(text).toMatch(/^Leads criados: \d+ \(semana anterior: 0\)$/m)
    expect(text).toMatch(/^Agora: /m)
    expect(text).toMatch(/^https:\/\/ponte\.empresa\.example\/results\?tenant=/m)
    expect(text).not.toContain(email)
  }
})
