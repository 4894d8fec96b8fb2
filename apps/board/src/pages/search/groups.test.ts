import { message } from '@ponte/contracts'
import { createTimelines, type TimelineRun } from '@ponte/state'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type OpenBoard, openBoard } from '../../testing/open-board.ts'
import { leadData, leads, operate, options, person, rejected, textOf } from '../../testing/operate.ts'

let board: OpenBoard
beforeEach(async () => {
  board = await openBoard()
})
afterEach(() => board.close())

const { fail, send } = operate(() => board)

const start = Date.parse('2026-01-02T03:04:05.000Z')
const minute = (count: number): number => start + count * 60_000

interface Happened {
  readonly event: string
  readonly key: string
  readonly at: number
  readonly identities: readonly string[]
  readonly run: Pick<TimelineRun, 'outcome'> & Partial<TimelineRun>
}

async function happened({ event, key, at, identities, run }: Happened): Promise<void> {
  const timelines = createTimelines(board.redis, board.name, board.fingerprint)
  const of = { event, key, receivedAt: new Date(at).toISOString(), jobId: `job-${key}`, identities }
  await timelines.record(of, { kind: 'run', at: at + 1000, event, jobId: `job-${key}`, ...run })
}

/** A lead, its opportunity and its sale; another person with the same telephone, and a lead that waits. */
async function plant(): Promise<void> {
  const phone = ['48999991234']
  const ofOpportunity = { identities: ['opp-1'] }
  const opened = [message('lead-created', { lead: 'lead-1' }), message('opportunity-opened')]
  const sold = [message('marked', { marks: ['sale'] }), message('sale-value', { reais: 150_000 })]
  await happened({
    event: 'lead.registered',
    key: 'first',
    at: minute(0),
    identities: phone,
    run: { outcome: 'done', summary: opened, opportunityId: 'opp-1' },
  })
  await happened({
    event: 'opportunity.created',
    key: 'created',
    at: minute(1),
    ...ofOpportunity,
    run: { outcome: 'done', summary: message('marked', { marks: ['opportunity'] }), opportunityId: 'opp-1' },
  })
  await happened({
    event: 'opportunity.won',
    key: 'won',
    at: minute(2),
    ...ofOpportunity,
    run: { outcome: 'done', summary: sold, opportunityId: 'opp-1' },
  })
  await happened({
    event: 'opportunity.updated',
    key: 'same',
    at: minute(3),
    ...ofOpportunity,
    run: { outcome: 'skipped', summary: message('mark-up-to-date', { state: 'won' }), opportunityId: 'opp-1' },
  })
  await happened({
    event: 'lead.registered',
    key: 'other',
    at: minute(4),
    identities: phone,
    run: { outcome: 'done', summary: message('lead-updated', { lead: 'lead-2' }) },
  })
}

/** For each group: what came of it, whom it is about, and its lines. */
const groupsIn = (body: string): readonly (readonly string[])[] =>
  [...body.matchAll(/<section class="card journey">(.*?)<\/section>/gs)].map(([, group = '']) => [
    textOf(/<h2>(.*?)<\/h2>/s.exec(group)?.[1] ?? '').trim(),
    textOf(/<p class="soft tight">(.*?)<\/p>/s.exec(group)?.[1] ?? '')
      .trim()
      .replace(board.name, 'TENANT'),
    ...[...group.matchAll(/<\/time>(.*?)<\/li>/gs)].map(([, line = '']) => textOf(line).trim()),
  ])

test('a lead, its opportunity and its sale are one timeline, with what came of it; another lead with the same phone is another', async () => {
  await plant()
  const { body } = await send('/search', { q: '48 99999-1234' })
  expect(groupsIn(body)).toEqual([
    ['Lead updated', 'TENANT', 'New lead from RD Station Done'],
    [
      'Lead created → opportunity → sale R$150,000',
      'TENANT · opportunity opp-1',
      'New lead from RD Station Done',
      'Opportunity created Done',
      'Opportunity won Done',
      'Opportunity updated No change',
    ],
  ])
  expect(body).toContain('<strong class="good">Done</strong>')
  expect(body).toContain('<strong class="soft">No change</strong>')
  const portuguese = groupsIn((await send('/search', { q: '48 99999-1234' }, undefined, 'pt-BR')).body)
  expect(portuguese.map(([journey]) => journey)).toEqual([
    'Lead atualizado',
    'Lead criado → oportunidade → venda R$ 150.000',
  ])
})

test('what failed and what waits of one person is one timeline, also before anything came of it', async () => {
  const queue = board['totvs-crm']
  await fail(queue, leads(1, rejected))
  await queue.pause()
  await queue.add('lead.registered', leadData('key-1'), { ...options, jobId: 'job-1' })
  const timelines = createTimelines(board.redis, board.name, board.fingerprint)
  for (const index of [0, 1])
    await timelines.begin({
      event: 'lead.registered',
      key: `key-${index}`,
      receivedAt: new Date(minute(index)).toISOString(),
      jobId: `job-${index}`,
      identities: [person.email],
    })
  const [group, ...others] = groupsIn((await send('/search', { q: person.email })).body)
  expect(others).toEqual([])
  expect(group).toEqual([
    'Failed',
    'TENANT · m***@p***.br · ***34',
    expect.stringContaining('Failed: needs you'),
    expect.stringContaining('In the queue'),
  ])
})

test('a search that finds nothing says what to check and where else to look', async () => {
  const page = await send('/search', { q: 'nobody@x.example' })
  expect(textOf(page.body)).toMatch(/Nothing found\. .*area code.*30 days.*webhook.*Show the failures/)
})
