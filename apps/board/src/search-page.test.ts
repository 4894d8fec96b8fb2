import { createStories, storyId } from '@ponte/state'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { basicOf, type OpenBoard, openBoard, viewer } from './testing/open-board.ts'
import { leadData, operate, options, person, receivedAt, textOf } from './testing/operate.ts'

let board: OpenBoard
beforeEach(async () => {
  board = await openBoard()
})
afterEach(() => board.close())

const { visit, send } = operate(() => board)

const storyOf = (key: string, jobId: string, identities: readonly string[] = []) => ({
  ...{ event: 'lead.registered', key, receivedAt, jobId, identities },
})

test('however long a queue is, an event that waits in the middle of it is found by e-mail, phone and key', async () => {
  const queue = board['totvs-crm']
  await queue.pause()
  const other = { v: 1, key: 'other', receivedAt, lead: { email: 'other@x.example', notes: [] } }
  const fill = (count: number) =>
    queue.addBulk(Array.from({ length: count }, () => ({ name: 'lead.registered', data: other, opts: options })))
  await fill(600)
  await queue.add('lead.registered', leadData('key-0'), { ...options, jobId: 'job-0' })
  await fill(600)
  // As the ingress does.
  await createStories(board.redis, board.name).begin(storyOf('key-0', 'job-0', [person.email, '48999991234']))

  for (const q of [person.email.toUpperCase(), '+55 (48) 99999-1234', 'key-0']) {
    const answer = await send('/search', { q }, basicOf(viewer))
    expect([q, answer.statusCode]).toEqual([q, 303])
    const page = textOf((await visit(String(answer.headers.location), { as: basicOf(viewer) })).body)
    expect(page).toMatch(/lead\.registered · in the queue .*What happened .*Received/)
  }
  // Among others, its state and, masked, whom it is about.
  await createStories(board.redis, board.name).begin(storyOf('key-1', 'gone', [person.email]))
  const list = textOf((await send('/search', { q: person.email })).body)
  expect(list).toMatch(/2 events .*lead\.registered m\*\*\*@p\*\*\*\.br in the queue/)
})

test('an event that was read out of quarantine and its delivery lead to each other', async () => {
  const stories = createStories(board.redis, board.name)
  const delivery = { event: 'delivery', key: 'delivery-1', receivedAt, jobId: 'delivery-1', identities: [person.email] }
  const run = { kind: 'run', at: Date.now(), event: 'delivery', jobId: 'delivery-1', outcome: 'done' } as const
  await stories.tell(delivery, { ...run, became: [{ event: 'lead.registered', key: 'key-0' }] })
  await stories.begin(storyOf('key-0', 'job-0', [person.email]), { delivery: 'delivery-1' })

  expect(textOf((await send('/search', { q: person.email })).body)).toMatch(/2 events/)
  const event = await visit(`/events/${board.name}/${storyId('key-0')}`)
  expect(textOf(event.body)).toContain('Received from the delivery that was in quarantine, delivery-1')
  const there = `/events/${board.name}/${storyId('delivery-1')}`
  expect(event.body).toContain(`href="${there}"`)
  const quarantined = await visit(there)
  expect(textOf(quarantined.body)).toMatch(/Done .*became lead\.registered key-0/)
  expect(quarantined.body).toContain(`href="/events/${board.name}/${storyId('key-0')}"`)
})

test('the story tells how often the sender repeated an event', async () => {
  const stories = createStories(board.redis, board.name)
  await stories.begin(storyOf('key-0', 'job-0'))
  for (const at of [1, 2, 3]) await stories.tell(storyOf('key-0', 'job-0'), { kind: 'duplicate', at: Date.now() + at })
  const address = `/events/${board.name}/${storyId('key-0')}`
  expect(textOf((await visit(address)).body)).toMatch(/Received .*Received again: a repeat, nothing to do \(3 times/)
  expect(textOf((await visit(address, { language: 'pt-BR' })).body)).toContain('Recebido de novo: repetição')
})
