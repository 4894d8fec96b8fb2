import { afterEach, beforeEach, expect, test } from 'vitest'
import { type OpenBoard, openBoard } from '../../testing/open-board.ts'
import { leads, operate, rejected, textOf } from '../../testing/operate.ts'

let board: OpenBoard
beforeEach(async () => {
  board = await openBoard({ others: ['-b'] })
})
afterEach(() => board.close())

const { fail, visit, send } = operate(() => board)
const other = () => board.queues.of(`${board.name}-b`)['totvs-crm']
const waiting = async (): Promise<readonly number[]> =>
  await Promise.all([board['totvs-crm'], other()].map(queue => queue.getWaitingCount()))

test('a cause of several tenants is one card, with the count of each and a button for all and for each', async () => {
  await fail(board['totvs-crm'], leads(2, rejected))
  await fail(other(), leads(3, rejected))
  const { body } = await visit('/failures')
  expect(body.match(/<section class="card cause"/g)).toHaveLength(1)
  const { name } = board
  expect(textOf(body)).toMatch(
    new RegExp(
      `${name}-b 3 events ${name} 2 events .*Test one per tenant Retry all 5 By tenant Retry 3 of ${name}-b Retry 2 of ${name} `,
    ),
  )
  const parts = new URLSearchParams()
  for (const tenant of [`${name}-b`, name]) parts.append('part', `${tenant}/totvs-crm/CRM_REJECTED`)
  expect(body).toContain(`name="part" value="${name}-b/totvs-crm/CRM_REJECTED"`)

  const tried = await send('/failures/try', parts)
  expect(await waiting()).toEqual([1, 1])
  expect(textOf((await visit(String(tried.headers.location))).body)).toMatch(
    new RegExp(`Test: 2 under way .*${name} TOTVS CRM refused the data\\. 1 under way ${name}-b TOTVS CRM refused`),
  )
  await send('/failures/retry', { part: `${name}-b/totvs-crm/CRM_REJECTED` })
  expect(await waiting()).toEqual([1, 3])
  const only = textOf((await visit(`/failures?tenant=${name}`)).body)
  expect(only).toMatch(new RegExp(`${name} 1 event .* Retry `))
})
