import { expect, test } from 'vitest'
import { receivedAt, rejected } from '../testing/operate.ts'
import { useBoard } from '../testing/use-board.ts'

const { board, fail, visit } = useBoard({ isShared: true })
/** Half a megabyte of names. To mask all of them would take the board's only thread ten seconds. */
const names = Array.from({ length: 35_000 }, (_, index) => `pessoa ${index} x`)

test('a job of half a megabyte delays nobody: its pages show its size in place of its data at once', async () => {
  const lead = { name: names.join(' '), email: 'a@b.example', notes: names }
  const data = { v: 1, key: 'key-big', receivedAt, lead: { ...lead } }
  await fail(board()['totvs-crm'], [{ name: 'lead.registered', id: 'big', data, reason: rejected }])
  const log = Array.from({ length: 200 }, () => `${receivedAt} CRM_REJECTED: ${names.slice(0, 300).join(' ')}`)
  await board().redis.rpush(`${board()['totvs-crm'].toKey('big')}:logs`, ...log)
  // This thread's own time, so that other work on the machine does not count.
  const start = process.threadCpuUsage()
  const queue = board()['totvs-crm'].name
  for (const url of [
    `/queues/api/queues?activeQueue=${queue}&status=failed`,
    `/queues/api/queues/${queue}/big`,
    `/queues/api/queues/${queue}/big/logs`,
    `/failures/${board().name}/totvs-crm/CRM_REJECTED`,
    '/failures',
    '/waiting',
  ]) {
    const { statusCode, body } = await visit(url)
    expect(statusCode, url).toBe(200)
    expect(body.length, url).toBeLessThan(2 * 1024 * 1024)
  }
  const { user, system } = process.threadCpuUsage(start)
  expect((user + system) / 1000).toBeLessThan(5000)
  expect((await visit(`/queues/api/queues/${queue}/big`)).body).toMatch(/"tooLarge":\d{6}/)
})
