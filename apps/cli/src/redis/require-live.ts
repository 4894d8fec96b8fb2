import { isInShadow } from '@ponte/operations'
import type { Tenant } from '@ponte/runtime'
import type { RedisClient } from '@ponte/state'
import { UsageError } from '../exit-codes.ts'
import type { Session } from '../session.ts'

/** For commands that write. Throws UsageError while the tenant is in the shadow. */
export async function requireLive(
  redis: RedisClient,
  tenant: Tenant,
  { texts }: Pick<Session, 'texts'>,
): Promise<void> {
  if (await isInShadow(redis, tenant)) throw new UsageError(texts.errors.inShadow(tenant.name))
}

/** Those of the tenants that are not in the shadow, and a notice of each other one. Throws UsageError when all are. */
export async function onlyLive(
  redis: RedisClient,
  tenants: readonly Tenant[],
  { texts, notice }: Pick<Session, 'texts' | 'notice'>,
): Promise<readonly Tenant[]> {
  const inShadow = await Promise.all(tenants.map(tenant => isInShadow(redis, tenant)))
  const live = tenants.filter((_, index) => inShadow[index] === false)
  const others = tenants.filter(tenant => !live.includes(tenant)).map(({ name }) => texts.errors.inShadow(name))
  if (live.length === 0) throw new UsageError(others.join('\n'))
  for (const text of others) notice(text)
  return live
}
