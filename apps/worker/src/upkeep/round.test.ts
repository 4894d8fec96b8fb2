import { stateKey } from '@ponte/state'
import { Cluster, Command } from 'ioredis'
import { expect, test, vi } from 'vitest'
import { openRound } from './round.ts'

/** A Cluster that knows the primary of each tenant. Those in `away` answer nothing. */
function openCluster(primaries: Readonly<Record<string, string>>, away: readonly string[]) {
  const cluster = new Cluster([], { lazyConnect: true })
  const keys = Object.entries(primaries).map(([tenant, primary]) => [stateKey(tenant, 'start'), primary] as const)
  for (const [key, primary] of keys) cluster.slots[new Command('exists', [key]).getSlot()] = [primary]
  const silent = new Set(keys.flatMap(([key, primary]) => (away.includes(primary) ? [key] : [])))
  vi.spyOn(cluster, 'exists').mockImplementation(async (...asked) => {
    if (silent.has(String(asked[0]))) throw new Error('Command timed out')
    return 1
  })
  return cluster
}

/** Whose work was tried, and whose failed, in a round through all of them. */
async function goThrough(cluster: Cluster, tenants: readonly string[], failing: readonly string[]) {
  const round = openRound(cluster)
  const tried: string[] = []
  const failed: string[] = []
  for (const tenant of tenants) {
    const work = async (): Promise<void> => {
      tried.push(tenant)
      if (failing.includes(tenant)) throw new Error('it failed')
    }
    await round(tenant, work).catch(() => failed.push(tenant))
  }
  return { tried, failed }
}

const primaries = { acme: 'one:6379', globex: 'two:6379', initech: 'one:6379', umbrella: 'two:6379', hooli: 'one:6379' }
const tenants = Object.keys(primaries)

test('of the tenants of a primary that is away one is tried in a round, and those of another primary all are', async () => {
  const cluster = openCluster(primaries, ['one:6379'])
  const away = ['acme', 'initech', 'hooli']
  const expected = { tried: ['acme', 'globex', 'umbrella'], failed: away }
  expect(await goThrough(cluster, tenants, away)).toEqual(expected)
  // The next round tries again.
  expect(await goThrough(cluster, tenants, away)).toEqual(expected)
})

test('a tenant whose work fails while its primary answers keeps no other from being tried', async () => {
  const cluster = openCluster(primaries, [])
  expect(await goThrough(cluster, tenants, ['acme'])).toEqual({ tried: tenants, failed: ['acme'] })
})
