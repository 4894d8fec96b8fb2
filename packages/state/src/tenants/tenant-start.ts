import { onConnected, type RedisClient } from '../redis/redis-client.ts'
import { stateKey } from '../redis/keys.ts'
import { loadScript } from '../redis/load-script.ts'
import { type Reading, readTexts } from '../redis/reading.ts'

const keepStart = loadScript(import.meta.dirname, 'keep-start.lua')

const AGAIN_MS = 500

/** Since when Ponte has worked for a tenant with this Redis, in milliseconds since 1970. The first process that asks decides it. */
export const readTenantStart = async (redis: RedisClient, tenant: string): Promise<number> =>
  Number(await keepStart(redis, [stateKey(tenant, 'start')], []))

/** The start as a part of a step. Undefined until a process has called `readTenantStart`. */
export const tenantStartOf = (tenant: string): Reading<number | undefined> =>
  readTexts([stateKey(tenant, 'start')], ([text]) => (text === undefined ? undefined : Number(text)))

/**
 * Keeps the start of every tenant as soon as Redis answers, also of those that are added later, and again after each new connection: a
 * Redis that came back empty begins a new time.
 */
export function keepTenantStarts(
  redis: RedisClient,
  tenants: {
    current(): readonly Named[]
    onChange(listener: (change: { readonly added: readonly Named[] }) => void): void
  },
): void {
  const keep = (name: string): void => {
    // Tried until it succeeds: an opportunity from before a start that is kept late would be adopted, and its marks never made.
    void readTenantStart(redis, name).catch(() =>
      setTimeout(() => redis.status === 'ready' && keep(name), AGAIN_MS).unref(),
    )
  }
  const keepAll = (): void => {
    for (const { name } of tenants.current()) keep(name)
  }
  onConnected(redis, keepAll)
  tenants.onChange(({ added }) => {
    for (const { name } of added) if (redis.status === 'ready') keep(name)
  })
}

interface Named {
  readonly name: string
}
