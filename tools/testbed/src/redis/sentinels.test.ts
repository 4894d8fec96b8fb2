import { Redis } from 'ioredis'
import { expect, inject, onTestFinished, test } from 'vitest'
import type { RedisMember } from './redis-member.ts'
import { startSentinels } from './sentinels.ts'

function connect({ url }: RedisMember): Redis {
  const redis = new Redis(url, { commandTimeout: 1000, retryStrategy: () => 50 })
  redis.on('error', () => {})
  onTestFinished(() => redis.disconnect())
  return redis
}

// Four failovers take a minute.
test.runIf(inject('isLongRun'))(
  'a set fails over when its primary is cut off, frozen or lost, and is whole again afterwards',
  async () => {
    const set = await startSentinels()
    onTestFinished(() => set.stop())
    const first = await set.primary()
    await connect(first).set('lead', 'kept')

    first.cutOff('members')
    // Its clients still reach it, and it still takes their writes.
    expect(await connect(first).set('lead', 'written alone')).toBe('OK')
    const second = await set.untilOtherThan(first)
    expect(await connect(second).get('lead')).toBe('kept')
    first.reconnect()
    await set.untilWhole()
    expect(await connect(first).get('lead')).toBe('kept')

    second.pause()
    const third = await set.untilOtherThan(second)
    second.resume()
    await set.untilWhole()

    await third.lose()
    const fourth = await set.untilOtherThan(third)
    await third.restart()
    await set.untilWhole()
    expect(await connect(fourth).get('lead')).toBe('kept')

    fourth.cutOff('everyone')
    await expect(connect(fourth).get('lead')).rejects.toThrow('Command timed out')
    await set.untilOtherThan(fourth)
    fourth.reconnect()
    await expect.poll(() => connect(fourth).get('lead')).toBe('kept')
  },
)
