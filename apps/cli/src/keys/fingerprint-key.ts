import { countWorkers } from '@ponte/operations'
import { deriveFingerprintKey } from '@ponte/runtime'
import { createFingerprint, findOtherFingerprintKeys, replaceFingerprintKey, type RedisClient } from '@ponte/state'
import { exitCodes } from '../exit-codes.ts'
import { recordAction } from '../redis/record-action.ts'
import { type Command, type Outcome, type Session, unsuccessful } from '../session.ts'
import { type AllSettings, readAllSettings } from '../settings/read-settings.ts'
import { withRedis } from '../redis/with-redis.ts'

export interface FingerprintKeyOptions {
  /** Use the configured key from now on, whichever key the data in Redis was made with. */
  readonly adopt?: boolean
}

/** Prints the fingerprint key that the data in Redis was made with, if it is configured or derived from a configured secret key. */
export const fingerprintKey: Command<FingerprintKeyOptions> = async ({ adopt = false }, session) => {
  const settings = await readAllSettings(session, [])
  return await withRedis({ target: settings.REDIS, session }, async redis => {
    if (adopt) return await adoptKey(redis, settings, session)
    const keys = [
      settings.PONTE_FINGERPRINT_KEY,
      ...[settings.PONTE_SECRET_KEY, ...settings.PONTE_OTHER_SECRET_KEYS].map(deriveFingerprintKey),
    ]
    let unknown: readonly string[] = []
    for (const key of keys) {
      const others = await findOtherFingerprintKeys(redis, settings.tenants, createFingerprint(key))
      if (others.length > 0) {
        unknown = others
        continue
      }
      const line = `PONTE_FINGERPRINT_KEY=${key.toString('base64')}`
      return { exitCode: exitCodes.ok, data: { ok: true, line }, lines: [line] }
    }
    return unsuccessful('FINGERPRINT_KEY_UNKNOWN', unknown.map(session.texts.keys.noKey))
  })
}

async function adoptKey(redis: RedisClient, { tenants, fingerprint }: AllSettings, session: Session): Promise<Outcome> {
  const words = session.texts.keys
  const others = await findOtherFingerprintKeys(redis, tenants, fingerprint)
  const workers = await countWorkers(redis, others)
  const working = others.find(tenant => (workers?.get(tenant) ?? 0) > 0)
  if (working !== undefined) return unsuccessful('WORKERS_CONNECTED', [words.workerConnected(working)])
  for (const tenant of others) {
    await replaceFingerprintKey(redis, tenant, fingerprint)
    await recordAction(redis, { action: 'adopt-fingerprint-key', tenant })
  }
  return { exitCode: exitCodes.ok, data: { ok: true, adopted: others }, lines: [words.adopted(tenants.length)] }
}
