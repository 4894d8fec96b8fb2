import { crmEventNames, type EventName, events } from '@ponte/contracts'
import type { QueueKind } from '@ponte/runtime'
import { timelineId } from '@ponte/state'
import { Job } from 'bullmq'
import { expect, test, vi } from 'vitest'
import { basic } from '../../testing/open-board.ts'
import { useBoard } from '../../testing/use-board.ts'
import { keptLeadData, leadData, leads, person, receivedAt, rejected, textOf } from '../../testing/operate.ts'

const { board, read, fail, visit, send, ownAudit } = useBoard()
const address = (rest: string): string => `/jobs/${board().name}/totvs-crm/job-0/${rest}`
const { name, email, mobilePhone } = person
const contextUrl = '/api/v1/opportunity/opportunities'

/** Checks an edit of the city. Returns what its confirmation sends. */
async function check(city: string): Promise<Record<string, string>> {
  const fields = { name, email, mobilePhone, city }
  const { body } = await send(address('preview'), fields)
  expect(textOf(body)).toContain(city)
  return { ...fields, seen: /name="seen" value="(\w+)"/.exec(body)?.[1] ?? '' }
}
const apply = async (city: string) => await send(address('apply'), await check(city))
const timeline = async () => await board().timelines.read(timelineId('key-0'))

test('an edit changes its field alone, keeps the original, and is in the audit trail and the timeline without its values', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(1, rejected))
  expect((await visit(address('edit'))).body).toContain(email)
  expect((await apply('Florianópolis')).statusCode).toBe(303)
  expect(await queue.getJobState('job-0')).toBe('waiting')
  const { lead, edited, ...rest } = (await queue.getJob('job-0'))?.data ?? {}
  expect(rest).toEqual({ owner: 'ponte', v: 1, key: 'key-0', receivedAt })
  expect(lead).toEqual({ ...person, city: 'Florianópolis' })
  expect(edited).toMatchObject({ original: { ...person }, changes: [{ by: 'operação', fields: ['city'] }] })

  expect((await ownAudit()).map(({ action, detail, jobId }) => [action, detail, jobId])).toEqual([
    ['edit', 'city', 'job-0'],
    ['open', undefined, 'job-0'],
  ])
  expect((await timeline()).map(({ kind }) => kind)).toEqual(['received', 'edited', 'retried'])
  expect(await read('/audit', { language: 'pt-BR' })).toMatch(/corrigiu e reenviou · Cidade/)
  const page = await visit(`/events/${board().name}/${timelineId('key-0')}`, { language: 'pt-BR' })
  expect(textOf(page.body)).toContain('Corrigido por operação: Cidade')
  expect(JSON.stringify([await timeline(), await ownAudit()])).not.toMatch(
    /maria|Floria|Floripa|9999-?1234|(?<![\da-f])99999(?![\da-f])/,
  )
})

const noticeOf = ({ body }: { body: string }): string | undefined => /role="alert">([^<]*)</.exec(body)?.[1]

test('an edit that comes too late says why: edited by somebody else, retried, removed; or that nothing can be edited', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(1, rejected))
  const confirmed = await check('Um')
  await (await queue.getJob('job-0'))?.updateData(leadData('other'))
  const changed = await send(address('apply'), confirmed)
  expect([changed.statusCode, noticeOf(changed)]).toEqual([409, expect.stringContaining('somebody else edited')])
  expect((await queue.getJob('job-0'))?.data).toEqual(leadData('other'))

  expect((await send(address('retry'), {})).statusCode).toBe(303)
  for (const rest of ['preview', 'apply', 'edit']) {
    const retried = await send(address(rest), confirmed)
    expect([retried.statusCode, noticeOf(retried)]).toEqual([409, expect.stringContaining('Somebody retried it')])
  }
  expect((await send(address('retry'), {})).statusCode).toBe(409)

  await queue.remove('job-0')
  const removed = await send(address('apply'), confirmed)
  expect([removed.statusCode, noticeOf(removed)]).toEqual([404, expect.stringContaining('no longer in the queue')])

  const data = { v: 1, key: 'status', receivedAt, opportunityId: 'o', contextUrl: '/x' }
  await fail(queue, [{ name: 'status-rd.changed', id: 'job-0', data, reason: rejected }])
  const list = await visit(`/failures/${board().name}/totvs-crm/CRM_REJECTED`)
  expect([list.body.includes('/retry'), list.body.includes('/edit')]).toEqual([true, false])
  const textless = await visit(address('edit'), { language: 'pt-BR' })
  expect([textless.statusCode, noticeOf(textless)]).toEqual([409, expect.stringContaining('não tem nenhum texto')])
})

test('the form and the preview show messages of Ponte in Portuguese to a Portuguese reader', async () => {
  await fail(board()['totvs-crm'], leads(1, rejected))
  const page = await visit(address('edit'), { language: 'pt-BR' })
  expect(textOf(page.body)).toContain('O TOTVS CRM recusou os dados. Corrija os dados')
  const long = { name, email, mobilePhone, city: 'x'.repeat(300) }
  const preview = await send(address('preview'), long, basic, 'pt-BR')
  expect(preview.body).toContain('city cortado: tem 300 caracteres, o TOTVS CRM aceita 255')
})

interface Retried {
  readonly event: EventName
  readonly kind: QueueKind
  readonly name?: string
  readonly data: object
  readonly given: Record<string, string>
}
const delivery = { v: 1, receivedAt, source: 'totvs-crm', intent: 'opportunity-won', encoding: 'utf8', form: false }
const retried: readonly Retried[] = [
  { event: 'lead.registered', kind: 'totvs-crm', data: leadData('key'), given: { name, email, city: 'Um' } },
  ...crmEventNames.map(event => ({
    event,
    kind: events[event].destination,
    data: { v: 1, key: 'key', receivedAt, opportunityId: 'o-1', contextUrl },
    given: { opportunityId: 'o-2', contextUrl },
  })),
  {
    event: 'opportunity.won',
    kind: 'quarantine',
    name: 'delivery',
    data: { ...delivery, body: '{}' },
    given: { body: JSON.stringify({ eventId: 'e', source: { row: { id: 'o-1' }, object: { contextUrl } } }) },
  },
]

test.each(retried)(
  'before $event is retried in the queue $kind, the page says what it will do',
  async ({ event, kind, name = event, data, given }) => {
    await fail(board()[kind], [{ name, id: 'job-0', data, reason: rejected }])
    const { en, pt } = events[event].does
    for (const [language, sentence] of [
      ['en', `Ponte ${en}.`],
      ['pt-BR', `O Ponte ${pt}.`],
    ] as const) {
      const { body } = await send(`/jobs/${board().name}/${kind}/job-0/preview`, given, basic, language)
      expect(textOf(body)).toContain(sentence)
    }
  },
)

test('of edits that are confirmed at the same time one is kept, and only that one is recorded; the others are refused', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(1, rejected))
  const cities = ['Um', 'Dois', 'Três']
  const confirmed = await Promise.all(cities.map(check))
  const answers = await Promise.all(confirmed.map(fields => send(address('apply'), fields)))
  expect(answers.map(({ statusCode }) => statusCode).toSorted((one, other) => one - other)).toEqual([303, 409, 409])

  const winner = cities[answers.findIndex(({ statusCode }) => statusCode === 303)]
  const { lead, edited } = (await queue.getJob('job-0'))?.data ?? {}
  expect(lead.city).toBe(winner)
  expect(edited.changes).toHaveLength(1)
  expect((await ownAudit()).map(({ action, outcome }) => [action, outcome])).toEqual([['edit', 'done']])
  expect((await timeline()).map(({ kind }) => kind)).toEqual(['received', 'edited', 'retried'])
})

test('an edit and a retry at the same time: either the event runs with the correction, or the editor reads that it was not saved', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(1, rejected))
  const confirmed = await check('Um')
  const [edit, retry] = await Promise.all([send(address('apply'), confirmed), send(address('retry'), {})])
  const { city } = (await queue.getJob('job-0'))?.data.lead ?? {}
  const edits = (await ownAudit()).filter(({ action }) => action === 'edit')
  const expected = edit.statusCode === 303 ? ['Um', 1] : ['Floripa', 0]
  expect([city, edits.length]).toEqual(expected)
  expect((await timeline()).filter(({ kind }) => kind === 'retried')).toHaveLength(1)
  expect([edit.statusCode, retry.statusCode]).toContain(303)
  expect(await queue.getJobState('job-0')).toBe('waiting')
})

test('when Redis fails between edit and retry, the event is as it was and no page says that it was edited', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(1, rejected))
  const confirmed = await check('Um')
  const retry = vi.spyOn(Job.prototype, 'retry').mockRejectedValueOnce(new Error('Connection is closed.'))
  expect((await send(address('apply'), confirmed)).statusCode).toBeGreaterThanOrEqual(500)
  retry.mockRestore()
  expect((await queue.getJob('job-0'))?.data).toEqual(keptLeadData('key-0'))
  expect(await queue.getJobState('job-0')).toBe('failed')
  expect(await ownAudit()).toEqual([
    expect.objectContaining({ action: 'edit', outcome: 'failed', jobId: 'job-0', detail: 'city' }),
  ])
  expect(await timeline()).toEqual([])
  expect((await visit(address('original'))).statusCode).toBe(404)
  // What was confirmed can be confirmed again.
  expect((await send(address('apply'), confirmed)).statusCode).toBe(303)
})

test('the original is beside the current data for an operator, also when the job is gone; opening it is recorded', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(1, rejected))
  expect((await visit(address('original'))).statusCode).toBe(404)
  await apply('Florianópolis')
  await queue.remove('job-0')

  const page = await visit(address('original'))
  expect(page.statusCode).toBe(200)
  expect(textOf(page.body)).toMatch(
    /New lead from RD Station .*City +Floripa +Florianópolis .*E-mail of the owner.*Corrections .*operação +City/,
  )
  expect(page.body).toMatch(/<del>Floripa<\/del>/)
  const [opened] = await ownAudit()
  expect(opened).toMatchObject({ user: 'operação', action: 'open', outcome: 'done', jobId: 'job-0' })
  const audit = await visit('/audit')
  expect(audit.body).toContain(`href="${address('original')}"`)
})

test('the form of an event that was edited before leads to its original, also when the record of the edit has ended', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(1, rejected))
  const link = `href="${address('original')}"`
  expect((await visit(address('edit'))).body).not.toContain(link)
  const job = await queue.getJob('job-0')
  const edited = { original: { city: 'Antes' }, changes: [{ at: receivedAt, by: 'ana', fields: ['city'] }] }
  await job?.updateData({ ...leadData('key-0'), edited })
  expect((await visit(address('edit'))).body).toContain(link)
  expect(await read(address('original'))).toMatch(/City +Antes +Floripa/)
})

test('on Bull Board everybody sees who corrected which fields when, and nobody the values', async () => {
  await fail(board()['totvs-crm'], leads(1, rejected))
  await apply('Florianópolis')
  const url = `/queues/api/queues/${board()['totvs-crm'].name}/job-0`
  const { job } = (await board().app.inject({ url, headers: { authorization: basic } })).json()
  expect(job.data.edited.changes).toEqual([
    { at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), by: 'operação', fields: ['city'] },
  ])
  expect(job.data.edited.original).toMatchObject({ name: '***', email: '***' })
})

test('a body that is too long to be looked through is edited all the same, and is not parsed for its preview', async () => {
  const queue = board().quarantine
  const reason = 'BODY_NOT_JSON: The body is not valid JSON.'
  const short = '{"leads":[{"name":"x'
  const long = `{"leads":[{"name":"${'x'.repeat(200_000)}`
  const of = (id: string, rest: string): string => `/jobs/${board().name}/quarantine/${id}/${rest}`
  const jobs = Object.entries({ short, long }).map(([id, body]) => ({
    name: 'delivery',
    id,
    reason,
    data: { v: 1, receivedAt, source: 'rd-station', body, encoding: 'utf8', form: false },
  }))
  await fail(queue, jobs)
  const refused = await send(of('short', 'preview'), { body: `${short}y` })
  expect([refused.statusCode, textOf(refused.body)]).toEqual([422, expect.stringContaining('cannot read this yet')])
  for (const body of ['{"leads":[]}', ''])
    expect((await send(of('short', 'preview'), { body })).statusCode, body).toBe(422)

  expect((await visit(`/failures/${board().name}/quarantine/BODY_NOT_JSON`)).body).toContain(of('long', 'edit'))
  expect((await visit(of('long', 'edit'))).body).toContain('x'.repeat(200_000))
  const body = `${long}y`
  const preview = await send(of('long', 'preview'), { body }, basic, 'pt-BR')
  expect([preview.statusCode, textOf(preview.body)]).toEqual([200, expect.stringContaining('O corpo é longo demais')])
  const seen = /name="seen" value="(\w+)"/.exec(preview.body)?.[1] ?? ''
  expect((await send(of('long', 'apply'), { body, seen })).statusCode).toBe(303)
  expect(await queue.getJobState('long')).toBe('waiting')
  expect((await queue.getJob('long'))?.data).toMatchObject({ body })
})
