import { expect, test } from 'vitest'
import { retryStrategy } from './redis-connection.ts'

test('however long Redis is away, it is asked again every second', () => {
  for (const times of [1, 5, 6, 1000]) expect(retryStrategy(times)).toBeLessThanOrEqual(1000)
})
