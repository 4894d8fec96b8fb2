import { expect, test } from 'vitest'
import { createQuotaUse } from './metrics.ts'

test('the share of a quota counts the calls of the last minute, separately for each tenant and quota', () => {
  let now = 0
  const use = createQuotaUse(() => now)
  for (let call = 0; call < 60; call += 1) use.count('acme', 'contacts', 120)
  now = 30_000
  for (let call = 0; call < 30; call += 1) use.count('acme', 'contacts', 120)
  use.count('acme', 'events', 120)
  use.count('other', 'contacts', 500)
  expect(use.shares()).toEqual([
    { tenant: 'acme', quota: 'contacts', share: 0.75 },
    { tenant: 'acme', quota: 'events', share: 1 / 120 },
    { tenant: 'other', quota: 'contacts', share: 1 / 500 },
  ])
  // The tenants file has another quota now.
  use.count('other', 'contacts', 200)
  expect(use.shares()[2]?.share).toBe(2 / 200)
  now = 60_000
  expect(use.shares()[0]?.share).toBe(0.25)
  now = 90_000
  expect(use.shares().map(({ share }) => share)).toEqual([0, 0, 0])
})
