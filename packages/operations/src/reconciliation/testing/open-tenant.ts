import { tenantsFile } from '@ponte/contracts'
import { createLogger, openQueues } from '@ponte/runtime'
import { createFingerprint, createTimelines } from '@ponte/state'
import { Redis } from 'ioredis'
import { inject } from 'vitest'

const required = {
  webhookTokens: { rdStation: 'rd-webhook-token-1234', totvsCrm: 'crm-webhook-token-1234' },
  rdStation: { clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh' },
  totvsCrm: { username: 'user', password: 'password', tenant: 'acme' },
  variables: { totvs_crm_default_user: 'vendas@acme.example' },
}

/** For tests: a tenant with queues of its own, and what a reconcile needs of it. Settings that are not given have their defaults. */
export function openTenant(given: object = {}) {
  const redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
  const name = `t-${crypto.randomUUID()}`
  const settings = tenantsFile.parse({ tenants: { [name]: { ...required, ...given } } }).tenants[name]
  if (settings === undefined) throw new Error('there is no tenant')
  const tenant = { name, settings }
  const queues = openQueues([tenant], redis, createLogger({ level: 'silent', process: 'test' }))
  const fingerprint = createFingerprint(Buffer.alloc(32, 1))
  const timelines = createTimelines(redis, name, fingerprint)
  return {
    deps: { tenant, redis, queues: queues.of(name), fingerprint, timelines },
    async [Symbol.asyncDispose]() {
      await queues.close()
      redis.disconnect()
    },
  }
}
