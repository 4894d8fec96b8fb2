import * as fc from 'fast-check'
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
import { afterSummary, checkSummary, lastDue, planSummary, type SummariesDeps } from './start-summaries.ts'

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

const at = (text: string): number => Date.parse(text)

test('a summary is due at its hour of its weekday, in the time zone of the installation', () => {
  const due = (now: string) => lastDue({ weekday: 'monday', hour: 8 }, { now: at(now), timeZone })
  // 23 November 2026 is a Monday; 08:00 in São Paulo is 11:00 by UTC.
  expect(due('2026-11-23T11:00:00Z')).toBe(at('2026-11-23T11:00:00Z'))
  expect(due('2026-11-23T10:59:59Z')).toBe(at('2026-11-16T11:00:00Z'))
  expect(due('2026-11-29T23:00:00Z')).toBe(at('2026-11-23T11:00:00Z'))
})

test.each([
  {
    what: 'the clocks went forward',
    zone: 'America/New_York',
    hour: 8,
    now: '2026-03-09',
    due: '2026-03-08T12:00:00Z',
  },
  { what: 'the clocks went back', zone: 'America/New_York', hour: 8, now: '2026-11-02', due: '2026-11-01T13:00:00Z' },
  { what: 'the clocks went back', zone: 'America/New_York', hour: 1, now: '2026-11-02', due: '2026-11-01T05:00:00Z' },
  { what: 'the hour is left out', zone: 'America/New_York', hour: 2, now: '2026-03-09', due: '2026-03-08T07:00:00Z' },
  {
    what: 'its last hour is meant',
    zone: 'America/New_York',
    hour: 23,
    now: '2026-03-10',
    due: '2026-03-09T03:00:00Z',
  },
  { what: 'midnight is left out', zone: 'America/Sao_Paulo', hour: 0, now: '2018-11-05', due: '2018-11-04T03:00:00Z' },
  { what: 'midnight is left out', zone: 'America/Sao_Paulo', hour: 8, now: '2018-11-05', due: '2018-11-04T10:00:00Z' },
  {
    what: 'they change by half an hour',
    zone: 'Australia/Lord_Howe',
    hour: 8,
    now: '2026-10-05',
    due: '2026-10-03T21:00:00Z',
  },
])('on a Sunday on which $what it is due at $hour by the clock of $zone', ({ zone, hour, now, due }) => {
  expect(lastDue({ weekday: 'sunday', hour }, { now: at(now), timeZone: zone })).toBe(at(due))
})

test('whatever the weekday, the hour and the moment, the last summary was due in the last seven days', () => {
  const weekday = fc.constantFrom('sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday')
  const moment = fc.integer({ min: at('2015-01-01'), max: at('2035-01-01') })
  fc.assert(
    fc.property(weekday, fc.integer({ min: 0, max: 23 }), moment, (day, hour, now) => {
      const due = lastDue({ weekday: day, hour }, { now, timeZone })
      expect(due).toBeLessThanOrEqual(now)
      // The week in which the clocks go back is an hour longer.
      expect(now - due).toBeLessThanOrEqual(7 * DAY_MS + 3_600_000)
    }),
  )
})

const over = { due: monday, isOver: true, tries: 1, refusals: 0, notBefore: 0 }

test('a tenant that has just named somebody gets its first summary when the next one is due', () => {
  const first = planSummary(undefined, monday, monday + 1)
  expect(first).toMatchObject({ isSent: false, keep: { due: monday, isOver: true } })
  expect(planSummary(first.keep, monday, monday + DAY_MS)).toEqual({ keep: first.keep, isSent: false })
  expect(planSummary(first.keep, monday + 7 * DAY_MS, monday + 9 * DAY_MS).isSent).toBe(true)
})

test('another weekday brings no second summary in a week', () => {
  expect(planSummary(over, monday + DAY_MS, monday + DAY_MS)).toEqual({ keep: over, isSent: false })
  expect(planSummary(over, monday + 8 * DAY_MS, monday + 8 * DAY_MS).isSent).toBe(true)
})

test('a summary that is refused is sent until it is taken, and one without an answer once more at the most', () => {
  const answer = fc.constantFrom<SendResult>('sent', 'refused', 'unknown')
  fc.assert(
    fc.property(fc.array(answer, { minLength: 40, maxLength: 40 }), answers => {
      let now = monday + 7 * DAY_MS
      let sent = over
      const given: SendResult[] = []
      for (const each of answers) {
        const { keep, isSent } = planSummary(sent, monday + 7 * DAY_MS, now)
        sent = isSent ? afterSummary(keep, each, now) : keep
        if (isSent) given.push(each)
        now += 16 * 60_000
      }
      const mayHaveArrived = given.filter(each => each !== 'refused')
      expect(mayHaveArrived.length).toBeLessThanOrEqual(2)
      expect(given.filter(each => each === 'sent').length).toBeLessThanOrEqual(1)
      if (mayHaveArrived.length === 0) expect(given).toHaveLength(answers.length)
      if (given.includes('sent')) expect(given.at(-1)).toBe('sent')
    }),
  )
})
