import {
  resealAll,
  createFingerprint,
  findOtherFingerprintKeys,
  replaceFingerprintKey,
  type RedisClient,
} from '@ponte/state'
import {
  recordAction,
  rewriteAppendOnlyFile,
  withRedis,
  readAllSettings,
  requireFingerprintKey,
  type AllSettings,
} from '../installation.ts'
import { type Command, type Outcome, outcomeOf, type Session, unsuccessful } from '../session.ts'
import { countWorkers } from '@ponte/operations'
import { deriveFingerprintKey } from '@ponte/runtime'

/** Prints the fingerprint key that the data in Redis was made with, if it is configured or derived from a configured secret key. */
export const fingerprintKey: Command<{ readonly adopt?: boolean }> = async ({ adopt = false }, session) => {
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
      return outcomeOf(true, { line }, [line])
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
  return outcomeOf(true, { adopted: others }, [words.adopted(tenants.length)])
}

/** Encrypts the secrets in Redis again, from one of PONTE_OTHER_SECRET_KEYS to PONTE_SECRET_KEY. Workers may keep running. */
export const rotateKey: Command<{ readonly dryRun?: boolean }> = async ({ dryRun = false }, session) => {
  const words = session.texts.keys
  const { REDIS, tenants, box, fingerprint } = await readAllSettings(session, [])
  return await withRedis({ target: REDIS, session }, async redis => {
    // A fingerprint key derived from the former secret key must be set explicitly before the secret key changes.
    await requireFingerprintKey(redis, { tenants, fingerprint }, session)
    const { resealed, current, unreadable } = await resealAll(redis, box, { dryRun })
    const isChanged = !dryRun && resealed > 0
    if (isChanged) await recordAction(redis, { action: 'rotate-key', detail: String(resealed) })
    // The append-only file still contains the secrets encrypted with the former key.
    const isRewritten = isChanged && (await rewriteAppendOnlyFile(redis))
    const isDone = unreadable.length === 0
    const found = { dryRun, keyId: box.keyId, resealed, current, unreadable }
    return outcomeOf(isDone, { ...found, appendOnlyFileRewritten: isRewritten }, [
      words.resealed({ count: resealed, dryRun }),
      words.current(current),
      ...unreadable.map(key => session.paint('warning', `! ${words.unreadable(key)}`)),
      ...(isDone && !dryRun ? [words.done] : []),
    ])
  })
}
