import type { Tenant } from '@ponte/runtime'
import { createTenantMode } from '@ponte/state'
import type { Redis } from 'ioredis'
import { UsageError } from '../exit-codes.ts'
import type { Session } from '../session.ts'

/** For commands that write. Throws UsageError while the tenant is in the shadow; before any worker has run, its settings decide. */
export async function requireLive(
  redis: Redis,
  { name, settings }: Tenant,
  { texts }: Pick<Session, 'texts'>,
): Promise<void> {
  const { mode, since } = await createTenantMode(redis, name).read()
  if ((since === 0 ? settings.mode : mode) === 'shadow') throw new UsageError(texts.errors.inShadow(name))
}
