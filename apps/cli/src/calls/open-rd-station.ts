import { createRdStationClient } from '@ponte/clients'
import type { Tenant } from '@ponte/runtime'
import { createRateLimiter } from '@ponte/state'
import type { Redis } from 'ioredis'
import { createCommandCallGuard } from './command-call-guard.ts'

/** RD Station for one command, with an access token that it has just issued. */
export function openRdStation({ name, settings }: Tenant, redis: Redis, accessToken: string) {
  const { rdStation } = settings
  const token = async () => ({ value: accessToken, isNew: true })
  const tokens = { current: token, renew: token }
  const guard = createCommandCallGuard(createRateLimiter(redis, name, { callsPerMinute: rdStation.callsPerMinute }))
  return createRdStationClient({ settings: rdStation, tokens, guard })
}
