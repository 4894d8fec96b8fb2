import { expect, test } from 'vitest'
import { readOnce } from './read-once.ts'

test('a queue that is asked for twice is read once, and each queue is itself', async () => {
  const asked: string[] = []
  const reader = readOnce({
    read: async ({ queue }) => {
      asked.push(queue.name)
      return { jobs: [], whole: queue.name === 'one' }
    },
  })
  const of = (name: string) => ({ kind: 'totvs-crm', queue: { name, toKey: (type: string) => type } }) as const
  const read = await Promise.all(['one', 'two', 'one'].map(name => reader.read(of(name))))
  expect([asked, read.map(({ whole }) => whole)]).toEqual([
    ['one', 'two'],
    [true, false, true],
  ])
})
