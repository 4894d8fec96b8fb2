import { resealAll } from '@ponte/state'
import { exitCodes } from '../exit-codes.ts'
import { recordAction } from '../redis/record-action.ts'
import { rewriteAppendOnlyFile } from '../redis/rewrite-append-only-file.ts'
import type { Command } from '../session.ts'
import { readAllSettings, requireFingerprintKey } from '../settings/read-settings.ts'
import { keyTexts } from './key-texts.ts'
import { withRedis } from '../redis/with-redis.ts'

export interface RotateKeyOptions {
  readonly dryRun?: boolean
}

/** Seals anew, with PONTE_SECRET_KEY, what was sealed with one of PONTE_OTHER_SECRET_KEYS, beside workers that run. */
export const rotateKey: Command<RotateKeyOptions> = async ({ dryRun = false }, session) => {
  const words = keyTexts[session.language]
  const { REDIS_URL, tenants, box, fingerprint } = await readAllSettings(session, [])
  return await withRedis({ url: REDIS_URL, session }, async redis => {
    // The fingerprint key that is derived from the former secret key has to be set on its own by now.
    await requireFingerprintKey(redis, { tenants, fingerprint }, session)
    const { resealed, current, unreadable } = await resealAll(redis, box, { dryRun })
    const isChanged = !dryRun && resealed > 0
    if (isChanged) await recordAction(redis, { action: 'rotate-key', detail: String(resealed) })
    // The append-only file holds what was sealed with the former key.
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
        ...unreadable.map(key => `! ${words.unreadable(key)}`),
        ...(isDone && !dryRun ? [words.done] : []),
      ],
    }
  })
}
