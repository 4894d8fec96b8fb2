import type { CallGuard, HttpCall } from '@ponte/clients'
import { expect, test } from 'vitest'
import { withSpareSlots } from '../connect/call-guards.ts'

const call = { system: 'rd-station', method: 'GET', path: '/', writes: false, quota: 'contacts' } as const
const intervalMs = 300

/** Says how long it is to the next slot: one answer after the other, and the last of them for ever. 0: there is one now. */
function open(waits: readonly number[], { signal, maxWaitMs }: { signal?: AbortSignal; maxWaitMs?: number } = {}) {
  const asked: unknown[] = []
  const made: HttpCall[] = []
  const rateLimiter = {
    intervalMs,
    async reserve(quota: string, options: object) {
      const waitMs = waits[Math.min(asked.length, waits.length - 1)] ?? 0
      asked.push({ quota, ...options })
      return { granted: waitMs === 0, waitMs }
    },
  }
  const guard: CallGuard = {
    before: async each => void made.push(each),
    after: async () => undefined,
    ...(signal && { signal }),
  }
  const { before } = withSpareSlots(guard, rateLimiter, maxWaitMs === undefined ? {} : { maxWaitMs })
  return { before, asked, made }
}

test('a call waits until its quota has a slot at that moment, and never takes one that comes later', async () => {
  const { before, asked, made } = open([15, 10, 0])
  const startedAt = performance.now()
  const waiting = before(call)
  expect(made).toEqual([])
  await waiting
  // Each time until the slot, and half an interval more for whoever waits for it. A timer may be a millisecond early.
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(15 + 10 + intervalMs - 2)
  expect(asked).toEqual(Array.from({ length: 3 }, () => ({ quota: 'contacts', maxWaitMs: 0 })))
  // The guard behind it would take a second slot for a call that names its quota.
  const { quota: _, ...withoutQuota } = call
  expect(made).toEqual([withoutQuota])
})

test('a call that counts towards no quota asks for no slot', async () => {
  const { before, asked, made } = open([10_000])
  const crmCall = { system: 'totvs-crm', method: 'GET', path: '/', writes: false } as const
  await before(crmCall)
  expect([asked, made]).toEqual([[], [crmCall]])
})

test('a call for which there is no slot in time is not made, and says when to come again', async () => {
  const { before, made } = open([10], { maxWaitMs: 60 })
  await expect(before(call)).rejects.toMatchObject({ code: 'RD_QUOTA_EXCEEDED', retryAfterMs: 10, scope: 'job' })
  expect(made).toEqual([])
})

test('an interruption ends the wait', async () => {
  const { before, made } = open([600_000], { signal: AbortSignal.timeout(10), maxWaitMs: Infinity })
  await expect(before(call)).rejects.toMatchObject({ name: 'AbortError' })
  expect(made).toEqual([])
})
