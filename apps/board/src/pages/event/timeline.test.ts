import { failureMessage } from '@ponte/contracts'
import { createTimelines, timelineId } from '@ponte/state'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type OpenBoard, openBoard } from '../../testing/open-board.ts'
import { operate, receivedAt, textOf } from '../../testing/operate.ts'

let board: OpenBoard
beforeEach(async () => {
  board = await openBoard()
})
afterEach(() => board.close())
const { visit } = operate(() => board)

test('the history says what was refused after it was repaired, too', async () => {
  const { redis, name, fingerprint } = board
  const timelines = createTimelines(redis, name, fingerprint)
  const of = { event: 'opportunity.won', key: 'key', receivedAt, jobId: 'job', identities: [] }
  const run = { kind: 'run', at: Date.now(), event: of.event, jobId: of.jobId } as const
  const answer = 'must be less than or equal to 10000 (value)'
  const summary = failureMessage('RD_REJECTED', { status: 400 })
  await timelines.record(of, { ...run, outcome: 'failed', code: 'RD_REJECTED', summary, answer })
  await timelines.record(of, { ...run, outcome: 'done' })
  const { body } = await visit(`/events/${name}/${timelineId('key')}`, { language: 'pt-BR' })
  expect(textOf(body)).toMatch(/RD_REJECTED Valor acima de 10\.000 · RD Station/)
  expect(textOf(body)).not.toContain('recusou os dados')
})
