import { afterEach, expect, test, vi } from 'vitest'

// Other files of this process get their own share again.
afterEach(() => {
  vi.unstubAllEnvs()
  vi.resetModules()
})

test('processes that run tests beside each other are never given the same port', async () => {
  const ports: number[] = []
  for (const id of ['1', '2', '3']) {
    vi.stubEnv('VITEST_POOL_ID', id)
    vi.resetModules()
    const { freePort } = await import('./free-port.ts')
    for (let count = 0; count < 3; count += 1) ports.push(await freePort())
  }
  const shares = ports.map(port => port % 12)
  expect(shares.slice(0, 3)).toEqual([shares[0], shares[0], shares[0]])
  expect(new Set(shares).size).toBe(3)
})
