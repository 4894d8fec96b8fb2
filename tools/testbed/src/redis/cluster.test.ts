import { Cluster } from 'ioredis'
import { expect, inject, onTestFinished, test } from 'vitest'
import { startCluster } from './cluster.ts'

// Four failovers take a minute.
test.runIf(inject('isLongRun'))(
  'a Cluster fails over when a primary is cut off, frozen or lost, and is whole again afterwards',
  async () => {
    const cluster = await startCluster({ replicas: true })
    onTestFinished(() => cluster.stop())
    const nodes = cluster.members.map(({ port }) => ({ host: '127.0.0.1', port }))
    const client = new Cluster(nodes, { slotsRefreshInterval: 1000 })
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    const key = '{t}:lead'
    await client.set(key, 'kept')
    const untilWhole = () => cluster.untilWhole(key)

    const first = await untilWhole()
    first.cutOff('members')
    const second = await cluster.untilOtherThan(first, key)
    first.reconnect()
    expect(await untilWhole()).toBe(second)

    second.cutOff('everyone')
    const third = await cluster.untilOtherThan(second, key)
    second.reconnect()
    expect(await untilWhole()).toBe(third)

    third.pause()
    const fourth = await cluster.untilOtherThan(third, key)
    third.resume()
    expect(await untilWhole()).toBe(fourth)

    await fourth.lose()
    const fifth = await cluster.untilOtherThan(fourth, key)
    await fourth.restart()
    expect(await untilWhole()).toBe(fifth)
    expect(await client.get(key)).toBe('kept')
  },
)
