import { phoneDigits } from '@ponte/contracts'
import { type Erasure, erasePerson } from '../erase/erase-person.ts'
import { createPerson, LEAST_DIGITS } from '../erase/person.ts'
import { exitCodes, UsageError } from '../exit-codes.ts'
import { recordDeed } from '../record-deed.ts'
import type { Command, Session } from '../session.ts'
import { chooseTenants, readSettings } from '../tenants.ts'
import { withQueues } from '../with-redis.ts'

export interface EraseOptions {
  readonly email?: string
  readonly phone?: string
  readonly tenant?: string
  readonly dryRun?: boolean
}

/** Removes a person from everything that Ponte keeps (LGPD, art. 18), and says what that was. */
export const erase: Command<EraseOptions> = async ({ email, phone, tenant, dryRun = false }, session) => {
  const { texts, progress } = session
  requirePerson({ email, phone }, session)
  const settings = await readSettings(session)
  const tenants = chooseTenants(settings.tenants, tenant, session)
  return await withQueues({ url: settings.REDIS_URL, tenants, session }, async ({ redis, queues }) => {
    const erasures: ({ tenant: string } & Erasure)[] = []
    for (const { name } of tenants) {
      const own = queues.of(name)
      if (own === undefined) continue
      progress(texts.erase.searching(name))
      const person = createPerson({ email, phone })
      const erasure = await erasePerson({ redis, tenant: name, queues: own, person, dryRun })
      erasures.push({ tenant: name, ...erasure })
      const detail = Object.entries(erasure.removed)
        .map(([kind, count]) => `${kind} ${count}`)
        .join(', ')
      if (!dryRun && detail !== '') await recordDeed(redis, { action: 'erase', tenant: name, detail })
    }
    const isAnythingRemoved = !dryRun && erasures.some(({ removed }) => Object.keys(removed).length > 0)
    // The append-only file holds what was written before; a Redis without one has nothing to rewrite.
    const isRewritten =
      isAnythingRemoved &&
      (await redis.bgrewriteaof().then(
        () => true,
        () => false,
      ))
    const left = erasures.some(erasure => erasure.left.length > 0)
    return {
      exitCode: left ? exitCodes.problems : exitCodes.ok,
      data: { ok: !left, dryRun, appendOnlyFileRewritten: isRewritten, tenants: erasures },
      lines: [
        ...erasures.flatMap(erasure => toLines(erasure, dryRun, session)),
        ...(isAnythingRemoved ? [isRewritten ? texts.erase.rewritten : texts.erase.notRewritten] : []),
        texts.erase.elsewhere,
      ],
    }
  })
}

function requirePerson({ email, phone }: { email: string | undefined; phone: string | undefined }, { texts }: Session) {
  if (email === undefined && phone === undefined) throw new UsageError(texts.erase.personNeeded)
  if (email !== undefined && !/^[^\s@]+@[^\s@]+$/.test(email.trim())) throw new UsageError(texts.erase.emailInvalid)
  if (phone !== undefined && phoneDigits(phone).length < LEAST_DIGITS) throw new UsageError(texts.erase.phoneInvalid)
}

function toLines({ tenant, removed, left, shared }: { tenant: string } & Erasure, dryRun: boolean, session: Session) {
  const { texts } = session
  const kinds = Object.entries(removed)
  return [
    tenant,
    ...(kinds.length === 0 ? [`  ${texts.erase.nothing}`] : []),
    ...kinds.map(([kind, count]) => `  ${texts.erase.removed({ kind, count, dryRun })}`),
    ...left.map(({ queue, jobId }) => `  ! ${texts.erase.left(queue, jobId)}`),
    ...(shared > 0 ? [`  ${texts.erase.shared(shared)}`] : []),
    '',
  ]
}
