import { resealAll } from '@ponte/state'
import { exitCodes } from '../exit-codes.ts'
import { recordAction } from '../redis/record-action.ts'
import type { Command } from '../session.ts'
import { readAllSettings, requireFingerprintKey } from '../settings/read-settings.ts'
import { rewriteAppendOnlyFile, withRedis } from '../redis/with-redis.ts'

export interface RotateKeyOptions {
  readonly dryRun?: boolean
}

/** Encrypts the secrets in Redis again, from one of PONTE_OTHER_SECRET_KEYS to PONTE_SECRET_KEY. Workers may keep running. */
export const rotateKey: Command<RotateKeyOptions> = async ({ dryRun = false }, session) => {
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
    return {
      exitCode: isDone ? exitCodes.ok : exitCodes.problems,
      data: {
        ok: isDone,
        dryRun,
        keyId: box.keyId,
        resealed,
        current,
        unreadable,
        appendOnlyFileRewritten: isRewritten,
      },
      lines: [
        words.resealed({ count: resealed, dryRun }),
        words.current(current),
        ...unreadable.map(key => session.paint('warning', `! ${words.unreadable(key)}`)),
        ...(isDone && !dryRun ? [words.done] : []),
      ],
    }
  })
}
