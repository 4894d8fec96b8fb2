import { DAY_MS } from '@ponte/contracts'
import { createLogger, openStateRedis, type Tenant } from '@ponte/runtime'
import {
  createCalendar,
  createFigureCounts,
  createFingerprint,
  createSummaryRecord,
  createTimelines,
} from '@ponte/state'
import type { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import type { Channel, SendResult } from '../alerts/channels.ts'
import { createWorkerMetrics } from '../telemetry/metrics.ts'
import { recordingChannel } from '../testing/recording-channel.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { checkSummary, type SummariesDeps } from './start-summaries.ts'

const log = createLogger({ level: 'silent', process: 'test' })
const timeZone = 'America/Sao_Paulo'
/** Mondays at 08:00 in São Paulo. */
const lastMonday = Date.parse('2026-11-16T11:00:00Z')
const monday = lastMonday + 7 * DAY_MS

let redis: Redis
let tenant: Tenant
beforeEach(() => {
  tenant = testTenant()
  redis = openStateRedis(inject('redisUrl'), log)
})
afterEach(() => redis.disconnect())

const deps = (): SummariesDeps => ({
  settings: { mail: undefined, command: 'ponte', boardUrl: 'https://board.example', checkMs: 1000 },
  timeZone,
  tenants: { current: () => [tenant] },
  redis,
  metrics: createWorkerMetrics(),
  log,
})

const look = (now: number, ...channels: readonly Channel[]): Promise<void> => {
  const summary = { webhookUrl: 'https://chat.example', weekday: 'monday', hour: 8, language: 'pt-BR' } as const
  return checkSummary({ tenant, summary, channels, now }, deps())
}

/** Counts what a worker would count at this time. */
async function count(at: number): Promise<void> {
  const figures = createFigureCounts()
  figures.lead('created')
  for (let time = 0; time < 3; time += 1) {
    figures.conversion({ identifier: 'contato' })
    figures.mark('loss', { reason: 'Preço' })
  }
  figures.mark('sale', { cents: 1_500_000 })
  figures.ended('lead.registered', 'failed', 'CRM_REJECTED')
  await record(at, figures)
}

async function record(at: number, { counts }: ReturnType<typeof createFigureCounts>): Promise<void> {
  const fingerprint = createFingerprint(Buffer.alloc(32, 1))
  const key = crypto.randomUUID()
  const of = { event: 'lead.registered', key, jobId: key, receivedAt: new Date(at).toISOString(), identities: [] }
  const run = { kind: 'run', at, event: 'lead.registered', jobId: key, outcome: 'done' } as const
  const figures = { counts, ends: new Map<string, number>() }
  await createTimelines(redis, tenant.name, fingerprint, createCalendar(timeZone)).record(of, run, { figures })
}

test('the seven days before are told in Portuguese, beside the week before, with what waits and a link', async () => {
  const { channel, messages } = recordingChannel()
  await look(lastMonday, channel)
  // The last moment before the week, its first and its last moment, and the first one after it.
  const sunday = Date.parse('2026-11-16T03:00:00Z')
  for (const at of [sunday - 1, sunday, sunday + 7 * DAY_MS - 1, sunday + 7 * DAY_MS]) await count(at)
  await look(monday + 3 * DAY_MS, channel)
  expect(messages.map(({ subject }) => subject)).toEqual([`Ponte · ${tenant.name}: resumo da semana de 16/11 a 22/11`])
  const lines = messages[0]?.text.split('\n') ?? []
  expect(lines).toEqual(
    expect.arrayContaining([
      'Leads criados: 2 (semana anterior: 1)',
      '  contato: 6',
      expect.stringMatching(/^Valor das vendas: R\$\s30\.000 \(semana anterior: R\$\s15\.000\)$/),
      'Perdas: 6 (semana anterior: 3)',
      '  Preço: 6',
      '  CRM_REJECTED: 2',
    ]),
  )
  expect(lines.at(-2)).toMatch(/^Agora: /)
  expect(lines.at(-1)).toBe(`https://board.example/results?tenant=${tenant.name}&from=2026-11-16&to=2026-11-22`)
})

test('a text of others is no link in a message, and one that fewer than five events share is not in it', async () => {
  const { channel, messages } = recordingChannel()
  await look(lastMonday, channel)
  const links = [
    'www.banco-falso.com.br/entrar',
    'HTTPS://banco.example',
    'banco．example?x=1',
    'ftp://7/x',
    'lp.promoção',
  ]
  const figures = createFigureCounts()
  for (let time = 0; time < 5; time += 1) for (const identifier of links) figures.conversion({ identifier })
  for (let time = 0; time < 4; time += 1) figures.mark('loss', { reason: 'Zeferina Quitéria desistiu' })
  await record(Date.parse('2026-11-17T12:00:00Z'), figures)
  await look(monday, channel)
  const text = messages[0]?.text ?? ''
  expect(text).toContain('banco-falso[.]com[.]br/entrar: 5')
  expect(text.replace('https://board.example', '')).not.toMatch(/:\/\/|\p{L}\.\p{L}/u)
  expect(text).not.toMatch(/zeferina/i)
  expect(text).toContain('  (outros): 4')
})

test('workers that look at the same moment send one summary, and none a second one in the week', async () => {
  const { channel, messages } = recordingChannel()
  await look(lastMonday, channel)
  await Promise.all(Array.from({ length: 8 }, () => look(monday, channel)))
  for (let day = 0; day < 7; day += 1) await look(monday + day * DAY_MS, channel)
  expect(messages).toHaveLength(1)
  await look(monday + 7 * DAY_MS, channel)
  expect(messages).toHaveLength(2)
})

test('before its hour nothing is sent', async () => {
  const { channel, messages } = recordingChannel()
  await look(lastMonday, channel)
  await look(monday - 1, channel)
  expect(messages).toEqual([])
})

test('workers that die while they send it send it twice at the most', async () => {
  const dying = recordingChannel(() => {
    throw new Error('killed')
  })
  await look(lastMonday, dying.channel)
  for (let times = 0; times < 4; times += 1) await look(monday + times * 60_000, dying.channel).catch(() => undefined)
  expect(dying.messages).toHaveLength(2)
})

test('one that the mail server refuses is sent again, and the chat gets it once', async () => {
  const answers: SendResult[] = ['refused', 'refused', 'sent']
  const mail = recordingChannel(() => answers.shift() ?? 'sent', 'email')
  const chat = recordingChannel()
  await look(lastMonday, mail.channel, chat.channel)
  for (let times = 0; times < 5; times += 1) await look(monday + times * 60_000, mail.channel, chat.channel)
  expect(mail.messages).toHaveLength(3)
  expect(chat.messages).toHaveLength(1)
})

test('what is stored of it ends by itself', async () => {
  await look(lastMonday, recordingChannel().channel)
  expect(await createSummaryRecord(redis, tenant.name).read('webhook')).toMatchObject({ due: lastMonday })
  const [key = ''] = await redis.keys(`{${tenant.name}}:ponte:summary:*`)
  expect(await redis.ttl(key)).toBeGreaterThan(29 * 86_400)
})
