import { MINUTE_MS } from '@ponte/contracts'
import type { AuditRecord } from '@ponte/state'
import { expect, test } from 'vitest'
import { readAudit } from './read-audit.ts'

const NOW = Date.parse('2026-11-30T12:00:00Z')

/** A trail with one record a minute, newest first. */
function trailOf(count: number, record: (index: number) => Partial<AuditRecord> = () => ({})) {
  const all = Array.from({ length: count }, (_, index): AuditRecord => {
    const at = NOW - index * MINUTE_MS
    return { id: `${at}-0`, at, user: 'ana', action: 'retry', outcome: 'done', ...record(index) }
  })
  return {
    async read({ before, count: most }: { before?: string | undefined; count: number }) {
      const from = before === undefined ? 0 : all.findIndex(({ id }) => id === before) + 1
      return all.slice(from, from + most)
    },
  }
}

const everything = { name: 'ops', role: 'operator' } as const

test('whom, what, where and since when can be chosen, together', async () => {
  const trail = trailOf(3000, index => ({
    user: index % 2 === 0 ? 'ana' : 'bia',
    action: index % 3 === 0 ? 'login' : 'retry',
    ...(index % 5 === 0 && { tenant: 'acme' }),
  }))
  const filters = { user: 'ana', action: 'login', tenant: 'acme', since: NOW - 24 * 60 * MINUTE_MS } as const
  const { records, next } = await readAudit(trail, filters, everything)
  expect(records).toHaveLength((24 * 60) / 30 + 1)
  for (const record of records) expect(record).toMatchObject({ user: 'ana', action: 'login', tenant: 'acme' })
  expect(records.at(-1)?.at).toBe(NOW - 24 * 60 * MINUTE_MS)
  expect(next).toBeUndefined()
})

test('the pages of a filter follow each other without a gap, and say when they end', async () => {
  const trail = trailOf(1700, index => ({ user: index % 7 === 0 ? 'ana' : 'bia' }))
  const found: string[] = []
  let before: string | undefined
  do {
    const { records, next } = await readAudit(trail, { user: 'ana', before }, everything)
    found.push(...records.map(({ id }) => id))
    before = next
  } while (before !== undefined)
  expect(found).toEqual(Array.from({ length: 243 }, (_, index) => `${NOW - index * 7 * MINUTE_MS}-0`))
})

test('a page that finds little reads no more than 10,000 records, and the next one goes on from there', async () => {
  const trail = trailOf(12_000, index => ({ user: index === 11_000 ? 'rare' : 'ana' }))
  const first = await readAudit(trail, { user: 'rare' }, everything)
  expect(first.records).toEqual([])
  const second = await readAudit(trail, { user: 'rare', before: first.next }, everything)
  expect(second.records).toHaveLength(1)
})

test('what was done to a tenant is found also when it is in the tenants file no longer', async () => {
  const trail = trailOf(10, index => ({ tenant: index < 3 ? 'gone' : 'acme' }))
  expect((await readAudit(trail, { tenant: 'gone' }, everything)).records).toHaveLength(3)
})

test('records and users are those that the reader may see, and the user who is asked for', async () => {
  const trail = trailOf(9, index => ({
    user: `user-${index % 3}`,
    ...(index % 3 !== 1 && { tenant: index % 3 === 0 ? 'hidden' : 'acme' }),
  }))
  const reader = { ...everything, name: 'user-1', tenants: ['acme'] }
  const { records, users } = await readAudit(trail, {}, reader)
  expect(records.map(({ user }) => user)).toEqual(['user-1', 'user-2', 'user-1', 'user-2', 'user-1', 'user-2'])
  expect(users).toEqual(['user-1', 'user-2'])
  expect((await readAudit(trail, { user: 'long gone' }, reader)).users).toEqual(['long gone', ...users])
})
