import { createTimelines, timelineId } from '@ponte/state'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { basicOf, type OpenBoard, openBoard, viewer } from '../../testing/open-board.ts'
import { leads, operate, person, receivedAt, rejected, textOf } from '../../testing/operate.ts'

let board: OpenBoard
beforeEach(async () => {
  board = await openBoard()
  await fail(board['totvs-crm'], leads(1, rejected))
})
afterEach(() => board.close())

const { fail, visit, send, ownAudit } = operate(() => board)

const address = (): string => `/events/${board.name}/${timelineId('key-0')}`
const named = { kind: 'totvs-crm', job: 'job-0' }
const page = (as?: string) => visit(`${address()}?kind=totvs-crm&job=job-0`, as === undefined ? {} : { as })

test('an operator sees the whole e-mail and phone on request alone, and that is in the audit trail', async () => {
  const { body } = await page()
  expect(textOf(body)).toContain('Contact m***@p***.br · ***34 Show in full')
  expect(body).not.toContain(person.email)
  const [, form = ''] = /<form class="inline" method="post" action="([^"]+)"/.exec(body) ?? []
  expect(form).toBe(`${address()}/contact`)

  const shown = await send(form, named)
  expect(textOf(shown.body)).toContain(`Contact ${person.email} · ${person.mobilePhone} Status`)
  expect(shown.headers['cache-control']).toBe('no-store')
  const [entry] = await ownAudit()
  expect(entry).toMatchObject({ user: 'operação', action: 'open-contact', outcome: 'done', queue: 'totvs-crm' })
  expect(JSON.stringify(entry)).not.toMatch(/maria|9999-?1234|(?<![\da-f])99999(?![\da-f])/i)
  expect(textOf((await visit('/audit')).body)).toContain('operação saw the e-mail and phone')
})

test('what cannot be recorded is not shown', async () => {
  vi.spyOn(board.redis, 'xadd').mockRejectedValueOnce(new Error('Connection is closed.'))
  const { statusCode, body } = await send(`${address()}/contact`, named)
  expect(statusCode).toBeGreaterThanOrEqual(500)
  expect(body).not.toContain(person.email)
})

test('a viewer has no such button and is refused, and a link shows nothing to anybody', async () => {
  const as = basicOf(viewer)
  expect((await page(as)).body).not.toContain('Show in full')
  const refused = await send(`${address()}/contact`, named, as)
  expect([refused.statusCode, refused.body.includes(person.email)]).toEqual([403, false])
  const [entry] = await ownAudit()
  expect(entry).toMatchObject({ user: viewer.user, action: 'open-contact', outcome: 'refused' })
  const linked = await visit(`${address()}/contact`)
  expect([linked.statusCode, linked.headers.location]).toEqual([303, address()])
})

test('an address that names a job of another event shows nothing of it', async () => {
  await fail(board['totvs-crm'], leads(1, rejected, 1))
  const timelines = createTimelines(board.redis, board.name, board.fingerprint)
  await timelines.begin({ event: 'lead.registered', key: 'key-0', receivedAt, jobId: 'gone', identities: [] })
  const { body, statusCode } = await visit(`${address()}?kind=totvs-crm&job=job-1`)
  expect([statusCode, body.includes('aria-label="job-1"'), body.includes('no longer in the queue')]).toEqual([
    200,
    false,
    true,
  ])
  expect((await send(`${address()}/contact`, { ...named, job: 'job-1' })).statusCode).toBe(404)
  expect((await visit(`/events/${board.name}/${timelineId('never')}?kind=totvs-crm&job=job-1`)).statusCode).toBe(404)
})
