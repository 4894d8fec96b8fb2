import { exampleSettings } from '@ponte/testbed'
import { expect, test } from 'vitest'
import { useQueues } from '../testing/use-queues.ts'
import { beginRetryOf } from './retry-failures.ts'

const { redis, open } = useQueues()

test('a retry whose record is removed at once was begun all the same, and is not said to have ended', async () => {
  const { name, own } = open()
  const queueRef = {
    tenant: { name, settings: exampleSettings() },
    kind: 'totvs-crm',
    queue: own['totvs-crm'],
  } as const
  const queues = [{ queueRef, code: 'CRM_REJECTED', ids: ['one', 'two'] }] as const
  const retries = { start: async () => 'removed' }
  const asked = { kind: 'all', queues, dryRun: false } as const
  const { retry } = await beginRetryOf({ redis, retries }, { name: 'ana', role: 'operator' }, asked)
  expect(retry).toMatchObject({ id: 'removed', by: 'ana', state: 'sent', ended: false })
  expect(retry?.queues).toMatchObject([{ tenant: name, queue: 'totvs-crm', asked: 2, underWay: 2, delivered: 0 }])
})
