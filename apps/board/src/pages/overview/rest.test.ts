import { asPontes } from '@ponte/contracts'
import {
  acquireLock,
  createTenantMode,
  createTimelines,
  goingLiveLock,
  type TenantMode,
  timelineId,
} from '@ponte/state'
import { beforeEach, expect, test } from 'vitest'
import { basicOf, credentials, viewer } from '../../testing/open-board.ts'
import { leadData, textOf } from '../../testing/operate.ts'
import { useBoard } from '../../testing/use-board.ts'

const { board, visit, send, ownAudit } = useBoard()
let mode: TenantMode
beforeEach(async () => {
  mode = createTenantMode(board().redis, board().name)
  await mode.declare('live')
  await mode.goBack('now')
  await keep('one')
  await keep('two')
})

const keep = (id: string) =>
  mode.rest.keep({
    id,
    queue: 'totvs-crm',
    name: 'lead.registered',
    data: asPontes(leadData(id)),
    receivedAt: Date.now(),
  })
const address = (how: 'send' | 'drop') => `/rest/${board().name}/${how}`
const confirmed = (count: number) => ({ confirmed: String(count) })
const waiting = async () => (await board()['totvs-crm'].getWaiting()).map(({ data }) => data.key)

test('an operator sends what a way back left undone, after a question that says what that does', async () => {
  const overview = (await visit('/')).body
  expect(overview).toContain(`<form method="post" action="${address('send')}">`)
  expect(textOf(overview)).toMatch(/Send 2 events\s+Drop 2 events/)
  const question = await send(address('send'), {})
  expect(textOf(question.body)).toContain('Send 2 events?')
  expect(textOf(question.body)).toContain('also while the tenant is in the shadow')
  expect([await mode.rest.count(), await waiting(), await ownAudit()]).toEqual([2, [], []])

  const { statusCode, body } = await send(address('send'), confirmed(2))
  expect([statusCode, textOf(body)]).toEqual([200, expect.stringContaining('2 events sent')])
  expect(textOf(body)).toContain('No event waits outside the queues now.')
  expect([await mode.rest.count(), await waiting()]).toEqual([0, ['one', 'two']])
  const done = { user: credentials.user, action: 'rest-send', outcome: 'done', detail: '2' }
  expect(await ownAudit()).toEqual([expect.objectContaining(done)])
  expect(textOf((await visit('/audit')).body)).toContain('sent what a way back left undone · 2')
})

test('what an operator drops is in no queue any more, and its timeline says who it was', async () => {
  const question = textOf((await send(address('drop'), {}, undefined, 'pt-BR')).body)
  expect(question).toContain('Descartar 2 eventos?')
  expect(question).toContain('Eles se perdem de vez')
  const { body } = await send(address('drop'), confirmed(2), undefined, 'pt-BR')
  expect(textOf(body)).toContain('2 eventos descartados')
  expect(textOf(body)).toContain('Nenhum evento aguarda fora das filas agora.')
  expect([await mode.rest.count(), await waiting()]).toEqual([0, []])
  expect(await ownAudit()).toMatchObject([{ action: 'rest-drop', outcome: 'done', detail: '2' }])
  const timelines = createTimelines(board().redis, board().name, board().fingerprint)
  expect((await timelines.peek(timelineId('one'))).at(-1)).toMatchObject({ kind: 'removed', by: credentials.user })
  // Again, as after a reload.
  expect((await send(address('drop'), confirmed(2))).statusCode).toBe(409)
})

test('a viewer has no button, and neither a viewer nor a forged form changes anything', async () => {
  expect((await visit('/', { as: basicOf(viewer) })).body).not.toContain('action="/rest/')
  expect((await send(address('drop'), confirmed(2), basicOf(viewer))).statusCode).toBe(403)
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://elsewhere.example' }])
    expect((await board().ask('POST', address('drop'), confirmed(2), headers)).statusCode).toBe(403)
  expect((await send('/rest/nobody/drop', confirmed(2))).statusCode).toBe(404)
  expect([await mode.rest.count(), await waiting()]).toEqual([2, []])
  expect(await ownAudit()).toEqual([
    expect.objectContaining({ user: viewer.user, action: 'rest-drop', outcome: 'refused' }),
  ])
})

test('who answered for another number is asked again, and while somebody else decides nothing is done', async () => {
  await keep('three')
  expect(textOf((await send(address('drop'), confirmed(2))).body)).toContain('Drop 3 events?')
  const other = await acquireLock(board().redis, [goingLiveLock(board().name)], { waitMs: 0 })
  const busy = await send(address('drop'), confirmed(3))
  expect([busy.statusCode, textOf(busy.body)]).toEqual([
    409,
    expect.stringContaining('3 events wait outside the queues'),
  ])
  expect([await mode.rest.count(), await waiting()]).toEqual([3, []])
  expect(await ownAudit()).toMatchObject([{ action: 'rest-drop', outcome: 'failed', detail: '3' }])
  await other?.release()
})
