import { once } from 'node:events'
import {
  createLogger,
  openProducerRedis,
  openQueues,
  parseTenants,
  quarantineDelivery,
  QuarantineFullError,
} from '@ponte/runtime'
import { stateKey } from '@ponte/state'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createBoardMetrics } from './queue-metrics.ts'

const MIB = 1024 * 1024
const log = createLogger({ level: 'silent', process: 'test' })

test.each([
  ['its setting', 8, 0],
  ['a quarter of what Redis may use', 256, 8 * MIB],
])(
  'where %s bounds a quarantine, the metric is nearly 1 when a delivery is refused',
  async (_what, mebibytes, maxMemory) => {
    const redis = openProducerRedis(inject('redisUrl'), log)
    if (redis.status !== 'ready') await once(redis, 'ready')
    const name = `t-${crypto.randomUUID()}`
    const settings = {
      webhookTokens: { rdStation: 'rd-webhook-token-1234', totvsCrm: 'crm-webhook-token-1234' },
      rdStation: { clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh' },
      totvsCrm: { username: 'user', password: 'password', tenant: 'demo' },
      variables: { totvs_crm_default_user: 'vendas@demo.example' },
      intake: { quarantineMaxMebibytes: mebibytes },
    }
    const tenants = parseTenants(JSON.stringify({ tenants: { [name]: settings } }), {})
    const [tenant] = tenants
    if (tenant === undefined) throw new Error('the file has a tenant')
    const queues = openQueues(tenants, redis, log)
    onTestFinished(async () => {
      await queues.of(name).quarantine.obliterate({ force: true })
      await queues.close()
      redis.disconnect()
    })
    // As Redis would say it of a server that has this limit.
    await redis.set(stateKey(name, 'memory'), `0 ${maxMemory}`, 'PX', 3_600_000)
    const usedRatio = async (): Promise<number> => {
      const text = await createBoardMetrics({ tenants: { current: () => tenants }, queues, redis }).metrics()
      return Number(
        text
          .split('\n')
          .find(line => line.startsWith('ponte_quarantine_used_ratio{') && line.includes(name))
          ?.split(' ')
          .at(-1),
      )
    }
    expect(await usedRatio()).toBe(0)
    const fill = async (): Promise<void> => {
      for (let count = 0; ; count++) {
        const delivery = {
          v: 1,
          receivedAt: '2026-01-02T03:04:05.000Z',
          source: 'rd-station',
          encoding: 'utf8',
          form: false,
        } as const
        await quarantineDelivery(queues.of(name), tenant, { ...delivery, body: `${count}`.padEnd(MIB / 8, 'x') })
      }
    }
    await expect(fill()).rejects.toThrow(QuarantineFullError)
    const ratio = await usedRatio()
    expect(ratio).toBeGreaterThan(0.9)
    expect(ratio).toBeLessThanOrEqual(1)
  },
)
