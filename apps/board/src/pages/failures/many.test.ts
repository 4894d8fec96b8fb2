import { failedEventsDocument } from '@ponte/operations'
import { expect, onTestFinished, test } from 'vitest'
import { apiTokens, askApi } from '../../testing/api-tokens.ts'
import { openBoard } from '../../testing/open-board.ts'
import { leadData, rejected, textOf } from '../../testing/operate.ts'

const MANY = 10_500

test('more than 10,000 failures have their right number in the sentence, the menu, on Failures, in status and in the API', async () => {
  const board = await openBoard({ apiTokens })
  onTestFinished(() => board.close())
  const queue = board['totvs-crm']
  const data = JSON.stringify(leadData('many'))
  const planting = board.redis.pipeline()
  for (let index = 0; index < MANY; index += 1)
    planting
      .hset(queue.toKey(`job-${index}`), { failedReason: rejected, name: 'lead.registered', data, timestamp: 1 })
      .zadd(queue.toKey('failed'), 1_790_000_000_000 + index, `job-${index}`)
  await planting.exec()
  const get = async (url: string) => (await board.ask('GET', url, undefined, { 'accept-language': 'en' })).body
  // The first page may not wait for its menu until all are counted.
  await get('/')
  const overview = textOf(await get('/'))
  expect(overview).toContain('10,500 events failed')
  expect(overview).toMatch(/Failures 10,500 /)
  const failures = textOf(await get('/failures'))
  expect(failures).toContain('Retry all 10,500')
  expect(textOf(await get(`/failures/${board.name}/totvs-crm/CRM_REJECTED`))).toContain('10,500 events')
  const ask = askApi(() => board)
  const json = async (url: string): Promise<unknown> => (await ask(url)).json()
  expect(await json('/status')).toMatchObject({ tenants: [{ failed: MANY, failures: [{ count: MANY }] }] })
  expect(await json('/failures')).toMatchObject({ failures: [{ code: 'CRM_REJECTED', count: MANY }] })
  expect(await json('/failures/CRM_REJECTED')).toMatchObject({ total: MANY, pages: MANY / 50 })
  const last = failedEventsDocument.parse(await json(`/failures/CRM_REJECTED?page=${MANY / 50}`))
  expect([last.events.length, last.events.at(-1)?.job]).toEqual([50, 'job-0'])
})
