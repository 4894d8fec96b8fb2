import { expect, test, vi } from 'vitest'
import { patienceOf, waitFor } from './context.ts'

const { signal } = new AbortController()

test.each([
  [300, { ownPause: [250, 250], systemPause: [1000, 5000], byHandPause: [5000, 5000] }],
  [0, { ownPause: [250, 250], systemPause: [250, 250], byHandPause: [250, 250] }],
])('accounts whose contacts are marked after %i s are asked seldom enough', (minContactAgeSeconds, pauses) => {
  const { ownPause, systemPause, byHandPause } = patienceOf({ rdStation: { minContactAgeSeconds } })
  const shown = Object.entries({ ownPause, systemPause, byHandPause })
  expect(Object.fromEntries(shown.map(([name, { firstMs, mostMs }]) => [name, [firstMs, mostMs]]))).toEqual(pauses)
})

test('where accounts or machines are slow all waits are longer, and neither the pauses nor the wait for a person', () => {
  const settings = { rdStation: { minContactAgeSeconds: 0 } }
  const [usual, patient] = [patienceOf(settings), patienceOf(settings, 8)]
  const longer = ['webhookMs', 'otherFormatMs', 'markMs', 'echoMs', 'recordMs'] as const
  expect(patient).toEqual({ ...usual, ...Object.fromEntries(longer.map(name => [name, 8 * usual[name]])) })
})

test('pauses between looks grow to the longest, and the last look is when the time is up', async () => {
  const startedAt = performance.now()
  const times: number[] = []
  const look = async () => void times.push(performance.now() - startedAt)
  await waitFor(look, { forMs: 650, pause: { firstMs: 100, mostMs: 200 }, signal })
  // Looks at 0, 100, 225, 381, 577 and 650 ms: on a loaded machine later, and then fewer.
  expect(times.length).toBeLessThanOrEqual(8)
  expect(times[1]).toBeGreaterThanOrEqual(99)
  expect((times[3] ?? 0) - (times[2] ?? 0)).toBeGreaterThan(130)
  expect(times.at(-1)).toBeGreaterThanOrEqual(649)
})

test('what is found ends the wait', async () => {
  const look = vi.fn<() => Promise<string>>(async () => 'here')
  expect(await waitFor(look, { forMs: 1000, pause: { firstMs: 100, mostMs: 100 }, signal })).toBe('here')
  expect(look).toHaveBeenCalledTimes(1)
})
