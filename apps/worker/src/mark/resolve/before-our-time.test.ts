import type { TenantTime } from '@ponte/state'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { testTenant } from '../../testing/test-tenant.ts'
import { isFromBefore } from './before-our-time.ts'

const time = (text: string): number => Date.parse(text)
const served = { start: time('2026-11-26T12:00:00Z'), absences: [] }

/** By the clock of December 1st. */
const isOld = (createdAt: unknown, { marksSince, packageUntil, ...times }: Times = {}) => {
  const tenant = testTenant(marksSince === undefined ? {} : { marksSince })
  const mode = () => ({ isShadow: false, isLate: false, packageUntil, mayWrite: () => true })
  const context = { tenant, redis: new Redis({ lazyConnect: true }), mode }
  return isFromBefore({ createdAt, served, ...times }, context, time('2026-12-01T12:00:00Z'))
}
interface Times {
  readonly marksSince?: string
  readonly packageUntil?: number
  readonly served?: TenantTime
}

test.each([
  ['before the start', '2026-11-26T11:59:59.999Z', true],
  ['at the start', '2026-11-26T12:00:00.000Z', false],
  ['before the start, with another offset', '2026-11-26T08:59:59-03:00', true],
  ['after the start, with another offset', '2026-11-26T09:00:01-03:00', false],
  ['before the start, by the clock of Brasília', '2026-11-26T08:59:59', true],
  ['after the start, by the clock of Brasília', '2026-11-26T09:00:01', false],
  ['before the start, with hours alone as offset', '2026-11-26T08:59:59-03', true],
  ['after the start, with hours alone as offset', '2026-11-26T09:00:01-03', false],
  ['before the start, in seconds', 1_795_694_399, true],
  ['after the start, in seconds as text', '1795694401', false],
  ['before the start, in milliseconds', 1_795_694_399_999, true],
  ['before the start, in milliseconds as text', '1795694399999', true],
  ['after the start, in milliseconds', 1_795_694_400_001, false],
  ['before the start, as Brazilians write it', '26/11/2026 08:59:59', true],
  ['after the start, as Brazilians write it', '26/11/2026 09:00:01', false],
  ['on a day before, as Brazilians write it', '25/11/2026', true],
  ['on a day before', '2026-11-25', true],
  ['on the day of the start, which began in Brasília before', '2026-11-26', true],
  ['nobody knows when', undefined, false],
])('created %s', async (_when, createdAt, isBefore) => {
  expect(await isOld(createdAt)).toBe(isBefore)
})

const absences = [{ from: time('2026-11-27T00:00:00Z'), until: time('2026-11-30T00:00:00Z') }]
const longAgo = { start: time('2020-01-01T00:00:00Z'), absences: [] }

test.each([
  [
    'the later of marksSince and the start counts',
    '2026-11-27T12:00:00Z',
    { marksSince: '2026-11-28T00:00:00-03:00' },
    true,
  ],
  ['what came after both is new', '2026-11-28T12:00:00Z', { marksSince: '2026-11-28T00:00:00-03:00' }, false],
  ['an early marksSince changes nothing', '2026-11-26T11:00:00Z', { marksSince: '2026-11-01T00:00:00-03:00' }, true],
  [
    'the package marked beside the shadow',
    '2026-11-29T23:59:59Z',
    { packageUntil: time('2026-11-30T00:00:00Z') },
    true,
  ],
  ['the package had ended', '2026-11-30T00:00:00Z', { packageUntil: time('2026-11-30T00:00:00Z') }, false],
  ['nobody served the tenant', '2026-11-28T12:00:00Z', { served: { ...served, absences } }, true],
  ['Ponte served the tenant before', '2026-11-26T12:00:00Z', { served: { ...served, absences } }, false],
  ['Ponte served the tenant again', '2026-11-30T00:00:00Z', { served: { ...served, absences } }, false],
  ['older than records are kept, however long Ponte has run', '2025-10-01T00:00:00Z', { served: longAgo }, true],
  ['not older than records are kept', '2025-11-01T00:00:00Z', { served: longAgo }, false],
])('created when %s', async (_when, createdAt, times, isBefore) => {
  expect(await isOld(createdAt, times)).toBe(isBefore)
})

test.each(['ontem', 'Nov 28, 2026 10:00:00 AM', '31/02/2026', 20_261_128, true, {}])(
  'an opportunity that was created at %j, which cannot be read, is a failure and never new',
  async createdAt => {
    await expect(isOld(createdAt)).rejects.toThrow(/^CRM_CREATION_UNREADABLE: /)
  },
)
