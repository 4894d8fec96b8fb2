import { resealAll } from '@ponte/state'
import { exitCodes } from '../exit-codes.ts'
import { recordDeed } from '../record-deed.ts'
import { rewriteAppendOnlyFile } from '../rewrite-append-only-file.ts'
import type { Command } from '../session.ts'
import { readAllSettings, requireFingerprintKey } from '../tenants.ts'
import { keyTexts } from '../texts/key-texts.ts'
import { withRedis } from '../with-redis.ts'

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
    if (isChanged) await recordDeed(redis, { action: 'rotate-key', detail: String(resealed) })
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
