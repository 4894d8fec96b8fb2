import { expect, test } from 'vitest'
import { z } from 'zod'
import { leadRegistered } from './job-data.ts'

const data = {
  v: 2,
  key: 'import-1',
  receivedAt: '2026-01-02T03:04:05.000Z',
  lead: { email: 'maria@x.example' },
  import: { opensOpportunity: false, isUndated: false },
}
/** What a worker of version 1 checked of a lead. */
const ofVersion1 = z.object({ v: z.literal(1), key: z.string(), receivedAt: z.string(), lead: z.looseObject({}) })

test('a worker that knows only version 1 refuses an imported lead instead of opening its opportunity', () => {
  expect(leadRegistered.safeParse(data).success).toBe(true)
  expect(ofVersion1.safeParse(data).success).toBe(false)
})

test.each([
  { what: 'of a version to come', changed: { v: 3 } },
  { what: 'of version 2 that does not say what the import decides', changed: { import: undefined } },
  { what: 'of version 1 that was imported', changed: { v: 1 } },
])('a lead $what is refused', ({ changed }) => {
  expect(leadRegistered.safeParse({ ...data, ...changed }).success).toBe(false)
})
