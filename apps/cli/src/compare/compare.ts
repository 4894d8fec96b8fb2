import { compareShadow } from '@ponte/operations'
import { UsageError } from '../exit-codes.ts'
import { withRedis } from '../redis/with-redis.ts'
import type { Command } from '../session.ts'
import { chooseTenant, readAllSettings, requireFingerprintKey } from '../settings/read-settings.ts'
import { describeComparison } from './describe-comparison.ts'

export interface CompareOptions {
  readonly tenant?: string
  /** How many of the last events are looked at. */
  readonly last?: number
  /** Shows values, which are personal data. */
  readonly show?: boolean
}

export const LAST_EVENTS = 500
/** As many as a shadow keeps. */
export const MOST_EVENTS = 5000

/** Compares what Ponte would have done in the shadow with what both systems hold. Writes nothing. */
export const compare: Command<CompareOptions> = async ({ last = LAST_EVENTS, show = false, ...options }, session) => {
  const settings = await readAllSettings(session, ['rdCredentials', 'crmCredentials'])
  const tenant = chooseTenant(settings.tenants, options.tenant, session)
  const { comparing, noShadow } = session.texts.compare
  return await withRedis({ target: settings.REDIS, session }, async redis => {
    await requireFingerprintKey(redis, { tenants: [tenant], fingerprint: settings.fingerprint }, session)
    const compared = await compareShadow(
      { ...settings, tenant, redis },
      { last, onProgress: (done, total) => session.progressBriefly(comparing(done, total)) },
    )
    if (compared === undefined) throw new UsageError(noShadow(tenant.name))
    return describeComparison(compared, { session, showsValues: show, timeZone: settings.BOARD_TIME_ZONE })
  })
}
