import { setTimeout as sleep } from 'node:timers/promises'
import { claimFingerprintKey, type Fingerprint, type RedisClient } from '@ponte/state'
import type { LiveTenants } from './live-tenants.ts'
import type { Tenant } from './tenants.ts'
import { ConfigurationError } from '../settings/configuration-error.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type ProblemLanguage, problemWords } from '../settings/problem-words.ts'

/** The fingerprints of these tenants in Redis were made with another key. */
export const otherFingerprintKey = (tenants: readonly string[], language: ProblemLanguage = 'en'): ConfigurationError =>
  new ConfigurationError(tenants.map(tenant => `PONTE_FINGERPRINT_KEY: ${problemWords[language].otherKey(tenant)}`))

const AGAIN_MS = 1000

/**
 * Claims the fingerprint key of every tenant, also of those that come, each as soon as Redis answers for it. For a process that does no harm
 * with the wrong key: it logs an error and goes on.
 */
export function warnOfOtherKey(
  redis: RedisClient,
  { tenants, fingerprint, log }: { tenants: LiveTenants; fingerprint: Fingerprint; log: Logger },
): void {
  async function claim(tenant: Tenant): Promise<void> {
    while (tenants.current().includes(tenant)) {
      try {
        const { problems } = otherFingerprintKey(await claimFingerprintKey(redis, [tenant], fingerprint))
        for (const problem of problems) log.error({ problem }, 'another fingerprint key')
        return
      } catch {
        await sleep(AGAIN_MS, undefined, { ref: false })
      }
    }
  }
  for (const tenant of tenants.current()) void claim(tenant)
  tenants.onChange(({ added }) => {
    for (const tenant of added) void claim(tenant)
  })
}
