import { isTenantName } from '@ponte/contracts'
import { countWorkers, rewriteAppendOnlyFile } from '../redis/upkeep.ts'
import { type Forgotten, forgetKeys } from './forget-keys.ts'
import { exitCodes, UsageError } from '../exit-codes.ts'
import { recordAction } from '../redis/record-action.ts'
import type { Command, Outcome, Session } from '../session.ts'
import { readSettings } from '../settings/read-settings.ts'
import { withRedis } from '../redis/with-redis.ts'

export interface ForgetTenantOptions {
  readonly name: string
  /** Without it, nothing is removed. */
  readonly yes?: boolean
  readonly dryRun?: boolean
}

/**
 * Removes everything in Redis of a tenant that is no longer in the tenants file. No process works for such a tenant, so its failed jobs,
 * with their personal data, would never expire.
 */
export const forgetTenant: Command<ForgetTenantOptions> = async ({ name, yes = false, dryRun = false }, session) => {
  const { texts } = session
  if (!isTenantName(name)) throw new UsageError(texts.forgetTenant.nameInvalid(name))
  const settings = await readSettings(session)
  if (settings.tenants.some(tenant => tenant.name === name)) throw new UsageError(texts.forgetTenant.configured(name))
  if (!yes && !dryRun) throw new UsageError(texts.forgetTenant.yesNeeded)

  // Does not open the tenant's queues: that would create a key for each.
  return await withRedis({ url: settings.REDIS_URL, session }, async redis => {
    const workers = await countWorkers(redis, name)
    if (workers > 0 && !dryRun) return refusal(name, session)

    session.progress(texts.erase.searching(name))
    const forgotten = await forgetKeys({
      redis,
      tenant: name,
      dryRun,
      onRead: keys => session.progressBriefly(texts.forgetTenant.working({ name, count: keys })),
    })
    const isAnythingRemoved = !dryRun && forgotten.keys > 0
    if (isAnythingRemoved)
      await recordAction(redis, { action: 'forget-tenant', tenant: name, detail: `${forgotten.keys} keys` })
    const isRewritten = isAnythingRemoved && (await rewriteAppendOnlyFile(redis))
    const isDone = forgotten.left === 0
    return {
      exitCode: isDone ? exitCodes.ok : exitCodes.problems,
      data: { ok: isDone, tenant: name, dryRun, workers, appendOnlyFileRewritten: isRewritten, ...forgotten },
      lines: [
        ...toLines(forgotten, { name, dryRun, session }),
        ...(workers > 0 ? [texts.forgetTenant.workerConnected(name)] : []),
        ...(isDone ? [] : [texts.forgetTenant.left(forgotten.left)]),
        ...(isAnythingRemoved ? [isRewritten ? texts.erase.rewritten : texts.erase.notRewritten] : []),
      ],
    }
  })
}

const refusal = (name: string, { texts }: Session): Outcome => ({
  exitCode: exitCodes.problems,
  data: { ok: false, error: { code: 'WORKERS_CONNECTED', messages: [texts.forgetTenant.workerConnected(name)] } },
  lines: [texts.forgetTenant.workerConnected(name)],
})

function toLines(
  { removed, keys }: Forgotten,
  { name, dryRun, session }: { name: string; dryRun: boolean; session: Session },
): string[] {
  const { erase, forgetTenant: words } = session.texts
  if (keys === 0) return [name, `  ${erase.nothing}`]
  return [
    name,
    ...Object.entries(removed).map(([kind, count]) => `  ${erase.removed({ kind, count, dryRun })}`),
    `  ${words.keys({ count: keys, dryRun })}`,
  ]
}
