import { jobOptions, queuePrefix } from '@ponte/runtime'
import { createAudit, createStories, storyId } from '@ponte/state'
import { type Job, type Queue, UnrecoverableError, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { basic, basicOf, type OpenBoard, openBoard, viewer } from './testing/open-board.ts'

const rejected = 'CRM_REJECTED: TOTVS CRM refused the data. (status=422)'
const withoutRole = 'CRM_DEFAULT_USER_WITHOUT_ROLE: The default user has no role in TOTVS CRM. (user=a@x.example)'
const person = {
  name: 'Maria Souza',
  email: 'maria.souza@padaria.com.br',
  mobilePhone: '48 99999-1234',
  city: 'Floripa',
}
const receivedAt = '2026-01-02T03:04:05.000Z'
const leadData = (key: string) => ({ v: 1, key, receivedAt, lead: { ...person, notes: [] } })

let board: OpenBoard
beforeEach(async () => {
  board = await openBoard()
})
afterEach(() => board.close())

const options = jobOptions({ attempts: 3, firstDelaySeconds: 0, maxDelaySeconds: 0 })

/** Adds jobs and fails them for good, as a worker does. */
async function fail(queue: Queue, jobs: readonly { name: string; id: string; data: unknown; reason: string }[]) {
  const reasons = new Map(jobs.map(({ id, reason }) => [id, reason]))
  for (const { name, id, data } of jobs) await queue.add(name, data, { ...options, jobId: id })
  const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
  const worker = new Worker(
    queue.name,
    async (job: Job) => {
      await job.log(`${new Date().toISOString()} totvs-crm POST /api → 422 9 ms for ${person.email}`)
      throw new UnrecoverableError(reasons.get(job.id ?? ''))
    },
    { connection, prefix: queuePrefix(board.name), concurrency: 20 },
  )
  await expect.poll(() => queue.getFailedCount()).toBe(jobs.length)
  await worker.close()
  connection.disconnect()
}

const leads = (count: number, reason: string, from = 0) =>
  Array.from({ length: count }, (_, index) => ({
    ...{ name: 'lead.registered', id: `job-${from + index}`, reason },
    data: leadData(`key-${from + index}`),
  }))

const visit = (url: string, { as = basic, language = 'en' }: { as?: string; language?: string } = {}) =>
  board.app.inject({ url, headers: { authorization: as, 'accept-language': language } })

const send = (url: string, fields: Record<string, string>, as = basic) =>
  board.app.inject({
    method: 'POST',
    url,
    payload: new URLSearchParams(fields).toString(),
    headers: {
      authorization: as,
      'accept-language': 'en',
      'content-type': 'application/x-www-form-urlencoded',
    },
  })

const textOf = (markup: string): string =>
  markup
    .replaceAll(/<style>.*?<\/style>/gs, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll(/\s+/g, ' ')

const ownAudit = async () =>
  (await createAudit(board.redis).read({ count: 1000 })).filter(({ tenant }) => tenant === board.name)

test('causes are grouped by code, with number, what to do in the language of the browser, and nothing personal', async () => {
  await fail(board['totvs-crm'], [...leads(2, rejected), ...leads(1, withoutRole, 2)])
  await fail(board.quarantine, [
    {
      name: 'delivery',
      id: 'delivery-1',
      data: { body: person.email },
      reason: 'BODY_NOT_JSON: The body is not valid JSON. at 1',
    },
  ])
  const english = await visit('/causes')
  const text = textOf(english.body)
  expect(text).toMatch(/4 failed events/)
  expect(text).toMatch(
    /CRM_REJECTED TOTVS CRM refused the data\. status=422 2 failed events .*What to do Read the log of the job\./,
  )
  expect(text).toMatch(/CRM_DEFAULT_USER_WITHOUT_ROLE .* \w\*\*\*@x\*\*\*\.example 1 failed event/)
  expect(text).toMatch(/BODY_NOT_JSON .* queue quarantine/)
  expect(english.body).not.toMatch(/maria\.souza|Souza|a@x/)
  expect(textOf((await visit('/causes', { language: 'pt-BR' })).body)).toMatch(
    /CRM_REJECTED O TOTVS CRM recusou os dados\. .*O que fazer Leia o log/,
  )
  expect(textOf((await visit('/causes?code=BODY_NOT_JSON')).body)).not.toContain('CRM_REJECTED')
})

test('"retry all of this cause" starts just those again, each with the whole series, and says how many', async () => {
  const queue = board['totvs-crm']
  await fail(queue, [...leads(3, rejected), ...leads(2, withoutRole, 3)])
  const answer = await send('/causes/retry', { tenant: board.name, kind: 'totvs-crm', code: 'CRM_REJECTED' })
  expect(answer.headers.location).toBe('/causes?retried=3&skipped=0')
  expect(new Set((await queue.getWaiting()).map(({ id, attemptsMade }) => `${id} ${attemptsMade}`))).toEqual(
    new Set(['job-0 0', 'job-1 0', 'job-2 0']),
  )
  expect(await queue.getFailedCount()).toBe(2)
  expect(await ownAudit()).toEqual([
    expect.objectContaining({
      action: 'retry-all',
      who: 'operação',
      queue: 'totvs-crm',
      code: 'CRM_REJECTED',
      detail: '3',
    }),
  ])
  const story = await createStories(board.redis, board.name).read(storyId('key-1'))
  expect(story).toEqual([
    expect.objectContaining({ kind: 'received', at: Date.parse(receivedAt), jobId: 'job-1' }),
    expect.objectContaining({ kind: 'retried', by: 'operação' }),
  ])
})

test('more than fifty are retried only after a second yes', async () => {
  const queue = board['totvs-crm']
  await fail(queue, leads(51, rejected))
  const form = { tenant: board.name, kind: 'totvs-crm', code: 'CRM_REJECTED' }
  const question = await send('/causes/retry', form)
  expect(question.statusCode).toBe(200)
  expect(textOf(question.body)).toContain('Retry 51 events?')
  expect(await queue.getFailedCount()).toBe(51)
  await send('/causes/retry', { ...form, confirmed: 'yes' })
  expect(await queue.getFailedCount()).toBe(0)
})

test('an edit changes its field alone, keeps the original, and is in the audit trail and the story without its values', async () => {
  const queue = board['totvs-crm']
  const job = `/jobs/${board.name}/totvs-crm/job-0`
  const { email, name, mobilePhone } = person
  const edit = async (city: string) => {
    const fields = { name, email, mobilePhone, city }
    const preview = await send(`${job}/preview`, fields)
    expect(textOf(preview.body)).toContain(city)
    const seen = /name="seen" value="(\w+)"/.exec(preview.body)?.[1] ?? ''
    return await send(`${job}/apply`, { ...fields, seen })
  }
  await fail(queue, leads(1, rejected))
  expect((await visit(`${job}/edit`)).body).toContain(email)
  expect((await edit('Florianópolis')).statusCode).toBe(303)
  expect(await queue.getJobState('job-0')).toBe('waiting')
  const { lead, edited, ...rest } = (await queue.getJob('job-0'))?.data ?? {}
  expect(rest).toEqual({ v: 1, key: 'key-0', receivedAt })
  expect(lead).toEqual({ ...person, city: 'Florianópolis', notes: [] })
  expect(edited).toMatchObject({ original: { ...person }, changes: [{ by: 'operação', fields: ['city'] }] })

  expect((await ownAudit()).map(({ action, detail, jobId }) => [action, detail, jobId])).toEqual([
    ['edit', 'city', 'job-0'],
    ['open', undefined, 'job-0'],
  ])
  const story = await createStories(board.redis, board.name).read(storyId('key-0'))
  expect(story.map(({ kind }) => kind)).toEqual(['received', 'edited', 'retried'])
  expect(JSON.stringify([story, await ownAudit()])).not.toMatch(/maria|Floria|Floripa|99999/)
})

test('of two edits at the same time the second is refused, and a retried event is no longer edited', async () => {
  const queue = board['totvs-crm']
  const job = `/jobs/${board.name}/totvs-crm/job-0`
  const fields = { name: person.name, email: person.email, city: 'Um' }
  await fail(queue, leads(1, rejected))
  const { body } = await send(`${job}/preview`, fields)
  const seen = /name="seen" value="(\w+)"/.exec(body)?.[1] ?? ''
  await (await queue.getJob('job-0'))?.updateData(leadData('other'))
  expect((await send(`${job}/apply`, { ...fields, seen })).statusCode).toBe(409)
  expect((await queue.getJob('job-0'))?.data).toEqual(leadData('other'))

  expect((await send(`${job}/retry`, {})).statusCode).toBe(303)
  expect((await send(`${job}/preview`, fields)).statusCode).toBe(409)
  expect((await send(`${job}/retry`, {})).statusCode).toBe(409)
})

test('a search leaves no personal data in an address, and finds an event that has not run yet', async () => {
  const queue = board['totvs-crm']
  await queue.pause()
  await queue.add('lead.registered', leadData('key-0'), { ...options, jobId: 'job-0' })
  for (const q of [person.email.toUpperCase(), '+55 (48) 99999-1234', 'key-0', 'job-0']) {
    const answer = await send('/search', { q }, basicOf(viewer))
    expect([q, answer.statusCode]).toEqual([q, 303])
    expect(answer.headers.location).toMatch(/^\/events\/board-\w+\/[0-9a-f]{32}\?kind=totvs-crm&job=job-0$/)
    const page = await visit(String(answer.headers.location), { as: basicOf(viewer) })
    expect(textOf(page.body)).toMatch(/m\*\*\*@p\*\*\*\.br .*in the queue .*Received/)
    expect(page.body).not.toMatch(/maria|Souza|99999/)
  }
  expect(textOf((await send('/search', { q: 'nobody@x.example' })).body)).toContain('Nothing found.')
  expect((await visit(`/events/${board.name}/${storyId('never')}`)).statusCode).toBe(404)
})

test('the page of a failed event shows each HTTP attempt and why it failed, masked for the operator too', async () => {
  await fail(board['totvs-crm'], leads(1, rejected))
  const page = await visit(`/events/${board.name}/${storyId('key-0')}?kind=totvs-crm&job=job-0`)
  expect(textOf(page.body)).toMatch(
    /lead\.registered · failed .*CRM_REJECTED: TOTVS CRM refused the data\. .*What happened .*Received .*POST \/api → 422 9 ms for m\*\*\*@p\*\*\*\.br/,
  )
})

test('whatever a viewer asks to change is refused by the server, and the buttons are not there', async () => {
  const queue = board['totvs-crm']
  await fail(queue, leads(1, rejected))
  const as = basicOf(viewer)
  const page = await visit('/causes', { as })
  expect(page.body).toContain('CRM_REJECTED')
  expect(page.body).not.toMatch(/action="\/(?:causes|jobs)|\/audit/)
  const list = await visit(`/causes/${board.name}/totvs-crm/CRM_REJECTED`, { as })
  expect(list.body).not.toMatch(/action="|\/edit/)

  const shown = (await visit(`/api/queues?activeQueue=${queue.name}&status=failed`, { as })).json()
  for (const each of shown.queues) {
    expect(each).toMatchObject({ readOnlyMode: true, allowRetries: false, allowCompletedRetries: false })
  }
  expect((await visit('/api/queues')).json().queues[0]).toMatchObject({ readOnlyMode: false, allowRetries: true })

  const job = `/jobs/${board.name}/totvs-crm/job-0`
  const forms = ['/causes/retry', `${job}/retry`, `${job}/preview`, `${job}/edit`, `${job}/apply`]
  for (const url of forms) expect([url, (await send(url, {}, as)).statusCode]).toEqual([url, 403])
  for (const url of ['/audit', `${job}/edit`]) expect([url, (await visit(url, { as })).statusCode]).toEqual([url, 403])
  const api = `/api/queues/${queue.name}`
  for (const url of [
    `${api}/job-0/retry`,
    `${api}/retry/failed`,
    `${api}/pause`,
    `${api}/job-0/clean`,
    '/api/queues/pause',
  ]) {
    const answer = await board.app.inject({ method: 'PUT', url, headers: { authorization: as } })
    expect([url, answer.statusCode]).toEqual([url, 403])
  }
  expect(await queue.getFailedCount()).toBe(1)
  expect(await queue.isPaused()).toBe(false)
})

test('what is done through Bull Board is in the audit trail: who, what, where, and what was refused', async () => {
  const queue = board['totvs-crm']
  await fail(queue, leads(3, rejected))
  const api = `/api/queues/${queue.name}`
  for (const url of [`${api}/pause`, `${api}/job-0/retry`, `${api}/job-1/clean`, `${api}/retry/failed`, `${api}/empty`])
    await board.ask('PUT', url)
  const refusedViewer = { method: 'PUT', url: `${api}/resume`, headers: { authorization: basicOf(viewer) } } as const
  await board.app.inject(refusedViewer)

  const trail = (await ownAudit()).map(({ who, action, outcome, queue, jobId, code, detail }) =>
    [who, action, outcome, queue, jobId, code, detail].filter(Boolean).join(' '),
  )
  expect(trail.toReversed()).toEqual([
    'operação pause done totvs-crm',
    'operação retry done totvs-crm job-0 CRM_REJECTED',
    'operação remove done totvs-crm job-1 CRM_REJECTED',
    'operação retry-all done totvs-crm failed 1',
    'operação empty refused totvs-crm',
    'visitante resume refused totvs-crm',
  ])
  expect((await createStories(board.redis, board.name).read(storyId('key-1'))).at(-1)).toMatchObject({
    kind: 'removed',
    by: 'operação',
  })
  expect(textOf((await visit('/audit')).body)).toMatch(/operação retried CRM_REJECTED .*job-0/)
})
