import { hkdfSync } from 'node:crypto'
import { ConfigurationError } from './configuration-error.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type ProblemLanguage, problemWords } from './problem-words.ts'

/** The key of the fingerprints when none is set. `secretKey` cannot be derived from it. */
export const deriveFingerprintKey = (secretKey: Buffer): Buffer =>
  Buffer.from(hkdfSync('sha256', secretKey, Buffer.alloc(0), 'ponte fingerprint key v1', 32))

/** The fingerprints of these tenants in Redis were made with another key. */
export const otherFingerprintKey = (tenants: readonly string[], language: ProblemLanguage = 'en'): ConfigurationError =>
  new ConfigurationError(tenants.map(tenant => `PONTE_FINGERPRINT_KEY: ${problemWords[language].otherKey(tenant)}`))

/** For a process that does no harm with the wrong key: it logs an error and goes on. */
export async function warnOfOtherKey(log: Logger, tenants: Promise<readonly string[]>): Promise<void> {
  for (const problem of otherFingerprintKey(await tenants).problems) log.error({ problem }, 'another fingerprint key')
}
