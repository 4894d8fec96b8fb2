import type { Tenant } from '@ponte/runtime'
import { createTenantMode, type ModeRecord, type RedisClient } from '@ponte/state'

/** The mode that a tenant's jobs run in. Before any worker has run, the settings decide. */
export const modeInUse = ({ since, mode }: ModeRecord, { settings }: Tenant): ModeRecord['mode'] =>
  since === 0 ? settings.mode : mode

export const isInShadow = async (redis: RedisClient, tenant: Tenant): Promise<boolean> =>
  modeInUse(await createTenantMode(redis, tenant.name).read(), tenant) === 'shadow'
