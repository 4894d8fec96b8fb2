import { createStories, storyId } from '@ponte/state'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { basicOf, type OpenBoard, openBoard, viewer } from './testing/open-board.ts'
import { leadData, leads, operate, options, person, receivedAt, rejected, textOf } from './testing/operate.ts'

const withoutRole = 'CRM_DEFAULT_USER_WITHOUT_ROLE: The default user has no role in TOTVS CRM. (user=a@x.example)'

let board: OpenBoard
beforeEach(async () => {
  board = await openBoard()
})
afterEach(() => board.close())

const { fail, visit, send, ownAudit } = operate(() => board)

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
  for (const url of ['/audit', `${job}/edit`, `${job}/original`])
    expect([url, (await visit(url, { as })).statusCode]).toEqual([url, 403])
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
