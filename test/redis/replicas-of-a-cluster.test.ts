import { createReplicas } from '@ponte/state'
import { startCluster } from '@ponte/testbed'
import { Cluster } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'

test(
  'a step is confirmed by the replicas of its slot, also when the slot has moved and nobody has told the connection',
  { timeout: 120_000 },
  async () => {
    const servers = await startCluster({ replicas: true })
    onTestFinished(() => servers.stop())
    const [address = ''] = servers.addresses.split(',')
    const [host = '', port] = address.split(':')
    const redis = new Cluster([{ host, port: Number(port) }], { slotsRefreshInterval: 3_600_000 })
    redis.on('error', () => {})
    onTestFinished(() => redis.disconnect())
    const replicas = createReplicas({ wanted: 1, waitMs: 3000 })
    const key = '{t}:mark'
    const set = (value: string) => replicas.confirm(redis, 'mark', pipeline => pipeline.set(key, value))

    expect(await set('one')).toEqual({ answer: 'OK', isKept: true })
    await redis.del(key)
    await servers.moveSlotOf(key)
    expect(await set('two')).toEqual({ answer: 'OK', isKept: true })
    expect(await redis.get(key)).toBe('two')
  },
)
