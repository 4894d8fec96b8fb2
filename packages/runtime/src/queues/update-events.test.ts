import { crmEventNames } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { isUpdateId, updateId } from './queues.ts'

test('an event never waits in the job of another event of its opportunity', () => {
  const ids = crmEventNames.map(name => updateId(name, 'o-1'))
  expect(new Set(ids).size).toBe(crmEventNames.length)
  expect(ids.every(isUpdateId)).toBe(true)
})
