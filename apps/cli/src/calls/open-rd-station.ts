import { createRdStationClient } from '@ponte/clients'
import type { Tenant } from '@ponte/runtime'
import { createRateLimiter } from '@ponte/state'
import type { Redis } from 'ioredis'
import { createCommandCallGuard } from './command-call-guard.ts'

/** RD Station for one command. `renew` issues another access token; without it, `accessToken` is one that was just issued. */
export function openRdStation(
  { name, settings }: Tenant,
  redis: Redis,
  accessToken: string,
  renew?: () => Promise<string>,
) {
  const { rdStation } = settings
  let token = accessToken
  const tokens = {
    current: async () => ({ value: token, isNew: renew === undefined }),
    renew: async () => ({ value: (token = (await renew?.()) ?? token), isNew: true }),
  }
  const guard = createCommandCallGuard(createRateLimiter(redis, name, { callsPerMinute: rdStation.callsPerMinute }))
  return createRdStationClient({ settings: rdStation, tokens, guard })
}
