import { phoneDigits } from '@ponte/contracts'
import { queueLabel } from '@ponte/runtime'
import type { RedisClient } from '@ponte/state'
import { type Erasure, erasePerson } from './erase-person.ts'
import { createPerson, LEAST_DIGITS, nameWords } from './person.ts'
import { readStoredTenants } from './read-keyspace.ts'
import { UsageError, type Command, outcomeOf, type Session, requireConsent } from '../session.ts'
import {
  recordAction,
  rewriteAppendOnlyFile,
  withQueues,
  readSettingsWithFingerprints,
  unknownTenant,
} from '../installation.ts'

export interface EraseOptions {
  readonly email?: string
  readonly phone?: string
  readonly name?: string
  readonly tenant?: string
  readonly dryRun?: boolean
  readonly yes?: boolean
}

/** Removes a person's data from everything that Ponte stores (LGPD, art. 18) and reports what was removed. */
export const erase: Command<EraseOptions> = async (
  { email, phone, name: fullName, tenant, dryRun = false, yes },
  session,
) => {
  const { texts } = session
  requirePerson({ email, phone, name: fullName }, session)
  const settings = await readSettingsWithFingerprints(session)
  const { fingerprint } = settings
  const configured = settings.tenants.map(({ name }) => name)
  const choose = (redis: RedisClient) => chooseAll(redis, { configured, wanted: tenant, session })
  return await withQueues({ settings, tenants: choose, session }, async ({ redis, queues, tenants }) => {
    if (!dryRun) await requireConsent(texts.erase.consent(tenants.length), { yes, session })
    const erasures: Erased[] = []
    for (const { name, isConfigured } of tenants) {
      const own = queues.of(name)
      const person = createPerson({ email, phone, name: fullName })
      const reporting = session.json ? {} : { onSearch: reportOf(name, session) }
      const erasure = await erasePerson({ redis, tenant: name, queues: own, person, fingerprint, dryRun, ...reporting })
      erasures.push({ tenant: name, configured: isConfigured, ...erasure })
      const detail = Object.entries(erasure.removed)
        .map(([kind, count]) => `${kind} ${count}`)
        .join(', ')
      if (!dryRun && detail !== '') await recordAction(redis, { action: 'erase', tenant: name, detail })
    }
    const isAnythingRemoved = !dryRun && erasures.some(({ removed }) => Object.keys(removed).length > 0)
    // The append-only file still contains what was removed.
    const isRewritten = isAnythingRemoved && (await rewriteAppendOnlyFile(redis))
    const left = erasures.some(
      ({ left: active, unread, nameless }) => active.length + unread.length + nameless.length > 0,
    )
    return outcomeOf(!left, { dryRun, appendOnlyFileRewritten: isRewritten, tenants: erasures }, [
      ...erasures.flatMap(erasure => toLines(erasure, dryRun, session)),
      ...(isAnythingRemoved ? [isRewritten ? texts.erase.rewritten : texts.erase.notRewritten] : []),
      texts.erase.elsewhere,
    ])
  })
}

type Erased = Erasure & {
  readonly tenant: string
  /** False: the tenant is no longer in the tenants file, but still has data in Redis. */
  readonly configured: boolean
}

/** The tenants of the file, then those that only have data in Redis; or the one that is wanted. */
async function chooseAll(
  redis: RedisClient,
  { configured, wanted, session }: { configured: readonly string[]; wanted: string | undefined; session: Session },
): Promise<readonly { name: string; isConfigured: boolean }[]> {
  const former = (await readStoredTenants(redis)).filter(name => !configured.includes(name))
  const all = [
    ...configured.map(name => ({ name, isConfigured: true })),
    ...former.map(name => ({ name, isConfigured: false })),
  ]
  const chosen = wanted === undefined ? all : all.filter(({ name }) => name === wanted)
  if (wanted !== undefined && chosen.length === 0) throw unknownTenant(wanted, all, session)
  return chosen
}

const reportOf =
  (tenant: string, { progress, progressBriefly, texts }: Session) =>
  ({ isFinished, ...search }: { pass: number; keys: number; isFinished: boolean }): void =>
    isFinished
      ? progress(texts.erase.searched({ tenant, ...search }))
      : progressBriefly(texts.erase.searchingKeys({ tenant, ...search }))

function requirePerson({ email, phone, name }: Parameters<typeof createPerson>[0], { texts }: Session) {
  if (email === undefined && phone === undefined) throw new UsageError(texts.erase.personNeeded)
  if (email !== undefined && !/^[^\s@]+@[^\s@]+$/.test(email.trim())) throw new UsageError(texts.erase.emailInvalid)
  if (phone !== undefined && phoneDigits(phone).length < LEAST_DIGITS) throw new UsageError(texts.erase.phoneInvalid)
  if (name !== undefined && nameWords(name) === undefined) throw new UsageError(texts.erase.nameInvalid)
}

function toLines(erased: Erased, dryRun: boolean, { texts, paint, language }: Session): string[] {
  const warning = (text: string): string => `  ${paint('warning', `! ${text}`)}`
  const { tenant, configured, removed, left, withOthers, shared, unread, nameless } = erased
  const kinds = Object.entries(removed)
  return [
    paint('heading', configured ? tenant : texts.erase.former(tenant)),
    ...(kinds.length === 0 ? [`  ${texts.erase.nothing}`] : []),
    ...kinds.map(([kind, count]) => `  ${texts.erase.removed({ kind, count, dryRun })}`),
    ...left.map(({ queue, jobId }) => warning(texts.erase.left(queueLabel(queue, language), jobId))),
    ...unread.map(jobId => warning(texts.erase.unread(jobId))),
    ...nameless.map(jobId => warning(texts.erase.nameless(jobId))),
    ...(withOthers > 0 ? [warning(texts.erase.withOthers({ count: withOthers, dryRun }))] : []),
    ...(shared > 0 ? [`  ${texts.erase.shared(shared)}`] : []),
    '',
  ]
}
