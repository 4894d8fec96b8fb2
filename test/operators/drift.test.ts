import { Redis } from 'ioredis'
import { type DriftKind, leadFields } from '@ponte/contracts'
import { retryInFull } from '@ponte/runtime'
import { createDriftObserver, createFingerprint, createTimelines } from '@ponte/state'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { openWebhookSink } from '../support/servers/alert-sinks.ts'
import { newEmail, patience, startCompany } from '../support/company.ts'
import { failedJobs, withQueue } from '../support/jobs.ts'
import { untilStatusRd } from '../support/marks/status-rd.ts'

// A vendor changes an answer or a webhook: what Ponte says, and what it does with a sale.
let sink: Awaited<ReturnType<typeof openWebhookSink>>
let company: Awaited<ReturnType<typeof startCompany>>
let redis: Redis
let before: number
beforeAll(async () => {
  redis = new Redis(inject('redisUrl'))
  sink = await openWebhookSink()
  company = await startCompany({
    board: true,
    tenant: {
      filters: { skip: [{ name: 'tudo', when: { tag: 'medido' } }] },
      totvsCrm: { statusMap: { PROGRESS: 'open', WON: 'won', LOST: 'lost' } },
    },
    env: { ALERT_WEBHOOK_URL: sink.url, ALERT_CHECK_SECONDS: '0.3', ALERT_FAILURES: '1000' },
  })
})
afterAll(async () => {
  await company.stop()
  await sink.close()
  redis.disconnect()
})
beforeEach(() => {
  before = sink.texts().length
})

/** What came before: the answers of a day, as runs saw them. */
async function sawBefore(kind: DriftKind, bodies: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  const { name } = company.ponte.tenant
  const drift = createDriftObserver()
  for (const body of bodies) drift.see(kind, body, crypto.randomUUID())
  const of = { event: 'x', key: crypto.randomUUID(), receivedAt: '', jobId: crypto.randomUUID(), identities: [] }
  const timelines = createTimelines(redis, name, createFingerprint(Buffer.alloc(32, 1)))
  await timelines.record(of, { kind: 'run', at: 1, event: 'x', jobId: of.jobId, outcome: 'done' }, { drift })
}

const alerts = (): readonly string[] => sink.texts().slice(before)

async function read(path = '/'): Promise<string> {
  const { board } = company.ponte
  if (board === undefined) throw new Error('there is no board')
  const authorization = `Basic ${Buffer.from(`${board.user}:${board.password}`).toString('base64')}`
  const answer = await fetch(`${board.url}${path}`, { headers: { authorization, 'accept-language': 'en' } })
  return (await answer.text()).replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
}

const metrics = async (): Promise<string> => {
  const answer = await fetch(`${company.ponte.board?.opsUrl}/metrics`)
  return await answer.text()
}

/** A lead as RD Station's API 1.x sends it, which a filter of the tenant keeps out. */
const delivered = (owner: string) => ({
  ...Object.fromEntries(Object.values(leadFields).map(({ keys }) => [keys[0], null])),
  uuid: crypto.randomUUID(),
  email: newEmail(),
  [owner]: 'ana.vendedora@demo.example',
  tags: ['medido'],
  created_at: '2026-11-01T10:00:00-03:00',
  number_conversions: '1',
  opportunity: 'false',
  custom_fields: {},
  last_conversion: { created_at: '2026-11-01T10:00:00-03:00', content: { identificador: crypto.randomUUID() } },
})
const deliveries = (count: number, owner: string) => Array.from({ length: count }, () => delivered(owner))

test('a member that RD Station renamed is told within 50 deliveries: an alert, a line of the overview, a metric; and it is over when the member is back', async () => {
  const { name } = company.ponte.tenant
  await sawBefore('rd.webhook-1', deliveries(250, 'user'))
  await company.deliverBody({ leads: deliveries(50, 'owner') })
  await expect.poll(() => alerts(), patience).toHaveLength(1)
  const [pt, en] = alerts()[0]?.split('\n') ?? []
  expect(pt).toMatch(
    /: o RD Station não envia mais “user” \(webhook \(API 1\.x\)\) · visto pela última vez há .*\. Compare /,
  )
  expect(en).toMatch(/: RD Station no longer sends “user” \(webhook \(API 1\.x\)\) · last seen .* ago\. Compare /)
  expect(await read()).toMatch(
    / 1 change by a vendor to look at .* Changed by a vendor .* RD Station no longer sends “user” \(webhook \(API 1\.x\)\) · last seen /,
  )
  expect(await metrics()).toMatch(
    new RegExp(`^ponte_drift\\{tenant="${name}",kind="rd.webhook-1",member="user",what="member-gone",.*\\} 1$`, 'm'),
  )

  await company.deliverBody({ leads: deliveries(1, 'user') })
  await expect.poll(() => alerts(), patience).toHaveLength(2)
  expect(alerts()[1]).toContain('não aparece mais')
  expect(await read()).not.toContain('Changed by a vendor')
  expect(await metrics()).not.toMatch(/^ponte_drift\{/m)
})

test('a won opportunity without the member of its value is no sale of 0 where nearly all had it, until a person asks', async () => {
  const won = Array.from({ length: 200 }, () => ({ totalValue: 100 }))
  await sawBefore('crm.opportunity.won', won)
  const [renamed, retried, without] = await Promise.all(
    ['Renomeada', 'Reenviada', 'Sem Valor'].map(name => company.bring({ name, email: newEmail() })),
  )
  if (renamed === undefined || retried === undefined || without === undefined) return expect.unreachable()
  for (const { contact } of [renamed, retried, without]) await company.untilMarks(contact, ['OPPORTUNITY'])
  // `null` is a value: none.
  await company.crm.win(without.opportunity.id)
  await company.untilMarks(without.contact, ['OPPORTUNITY', 'SALE'])

  await company.crm.change({ settings: { renamedMembers: { totalValue: 'valorTotal' } } })
  for (const { opportunity } of [renamed, retried]) {
    await company.crm.win(opportunity.id, 100)
    await untilStatusRd(company, opportunity, /^ERRO FINAL 2\/2 CRM_VALUE_MISSING: .*valor 0, escreva REENVIAR/)
  }
  for (const { contact } of [renamed, retried]) expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY'])

  await company.crm.changeOpportunity(renamed.opportunity.id, { customFields: { statusRD: 'REENVIAR' } })
  await company.untilMarks(renamed.contact, ['OPPORTUNITY', 'SALE'])
  const { name } = company.ponte.tenant
  const failed = (await failedJobs(name, 'rd-station')).filter(({ data }) =>
    JSON.stringify(data).includes(retried.opportunity.id),
  )
  await withQueue(name, 'rd-station', async queue => {
    const job = await queue.getJob(failed.at(-1)?.id ?? '')
    if (job !== undefined) await retryInFull(job)
  })
  await company.untilMarks(retried.contact, ['OPPORTUNITY', 'SALE'])
  await untilStatusRd(company, retried.opportunity, /^(?!ERRO)/)
})
