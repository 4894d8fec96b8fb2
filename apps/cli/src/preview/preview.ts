import { buffer } from 'node:stream/consumers'
import { failures, identitiesOf, isFailureCode, type QuarantinedDelivery, type RegisteredLead } from '@ponte/contracts'
import {
  createCrmReader,
  type DeliveryPreview,
  previewDelivery,
  previewLead,
  type PreviewDeps,
} from '@ponte/registration'
import type { Tenant } from '@ponte/runtime'
import { createRecordedPersons, type Fingerprint, type RedisClient } from '@ponte/state'
import { parseQuarantined, toDelivery } from '@ponte/webhooks'
import { readDelivery } from '../calls/read-delivery.ts'
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts'
import { recordAction } from '../redis/record-action.ts'
import { connectRedis, withQueues } from '../redis/with-redis.ts'
import type { Command, Outcome, Session } from '../session.ts'
import {
  chooseTenant,
  chooseTenants,
  readSettingsWithFingerprints,
  requireFingerprintKey,
} from '../settings/read-settings.ts'
import { describePreview } from './describe-preview.ts'
import { findLeadJob, type FoundJob } from './find-lead-job.ts'

export interface PreviewOptions {
  /** A file, the name of an example, `-`, or the key of an event. */
  readonly what?: string
  readonly tenant?: string
}

/** Shows what would become of the leads of a body, or of an event that is kept. Reads TOTVS CRM and sends nothing. */
export const preview: Command<PreviewOptions> = async (options, session) => {
  const { what } = options
  if (what === undefined) throw new UsageError(session.texts.preview.missing)
  const settings = await readSettingsWithFingerprints(session, ['crmCredentials'])
  const bytes = what === '-' ? await buffer(session.stdin) : (await readDelivery(what))?.bytes
  if (bytes !== undefined)
    return await previewBody(bytes, chooseTenant(settings.tenants, options.tenant, session), settings, session)

  const { fingerprint } = settings
  const tenants = chooseTenants(settings.tenants, options.tenant, session)
  return await withQueues({ settings, tenants, session }, async ({ redis, queues }) => {
    const found = await findLeadJob(what, { redis, queues, tenants, fingerprint })
    if (found === undefined) throw new UsageError(session.texts.preview.unknown(what))
    return report(await previewJob(found, { redis, fingerprint, session }), found.tenant, session)
  })
}

/** The preview of a body also works without Redis, then without what Ponte has recorded. */
async function previewBody(
  bytes: Buffer,
  tenant: Tenant,
  { fingerprint, REDIS }: Awaited<ReturnType<typeof readSettingsWithFingerprints>>,
  session: Session,
): Promise<Outcome> {
  const redis = await connectRedis(REDIS)
  if (redis === undefined) session.notice(session.texts.preview.withoutRedis)
  try {
    if (redis !== undefined) await requireFingerprintKey(redis, { tenants: [tenant], fingerprint }, session)
    const delivery = toDelivery(bytes, new Date().toISOString())
    return report(await previewParts(delivery, tenant, { redis, fingerprint, session }), tenant, session)
  } finally {
    redis?.disconnect()
  }
}

interface Deps {
  readonly redis: RedisClient | undefined
  readonly fingerprint: Fingerprint
  readonly session: Session
}

const depsOf = ({ name, settings }: Tenant, { redis, fingerprint }: Deps): PreviewDeps => ({
  settings,
  openCrm: createCrmReader(settings.totvsCrm),
  ...(redis && { readRecorded: createRecordedPersons(redis, name, fingerprint) }),
})

async function previewJob(found: FoundJob, deps: Deps): Promise<readonly DeliveryPreview[]> {
  if (found.kind === 'other') throw new UsageError(deps.session.texts.preview.notALead(found.event))
  if (found.kind === 'delivery') return await previewParts(found.delivery, found.tenant, deps)
  await recordLookups([found.data.lead], found.tenant, deps)
  return [await previewLead(found.data, depsOf(found.tenant, deps))]
}

/** Leads in one entry of the audit trail. */
const MOST_LEADS = 50

/**
 * Records whom the command looks up, as the board does. There is no limit, because a person who runs it has the credentials of TOTVS CRM.
 */
async function recordLookups(
  leads: readonly RegisteredLead[],
  { name: tenant }: Tenant,
  { redis, fingerprint }: Deps,
): Promise<void> {
  if (redis === undefined) return
  for (let from = 0; from < leads.length; from += MOST_LEADS) {
    const some = leads.slice(from, from + MOST_LEADS).flatMap(lead => identitiesOf(lead) ?? [])
    const persons = [...new Set(some.map(({ value }) => fingerprint(value)))].join(' ')
    await recordAction(redis, { action: 'preview', tenant, ...(persons !== '' && { persons }) })
  }
}

async function previewParts(
  delivery: QuarantinedDelivery,
  tenant: Tenant,
  deps: Deps,
): Promise<readonly DeliveryPreview[]> {
  const { events, quarantined, ignored } = parseQuarantined(delivery, tenant.settings)
  const leads = events.flatMap(event => ('lead' in event ? [event] : []))
  await recordLookups(
    leads.map(({ lead }) => lead),
    tenant,
    deps,
  )
  const previews: DeliveryPreview[] = []
  const parts = previewDelivery(
    { events: leads, quarantined, ignored },
    { ...depsOf(tenant, deps), receivedAt: delivery.receivedAt },
  )
  for await (const part of parts) {
    previews.push(part)
    if (leads.length > 1 && part.kind === 'lead')
      deps.session.progress(deps.session.texts.preview.previewing(previews.length))
  }
  return previews
}

function report(previews: readonly DeliveryPreview[], tenant: Tenant, session: Session): Outcome {
  const exitCode = exitCodeOf(previews)
  const lines = previews.flatMap(each => {
    const name = each.kind === 'lead' ? `${tenant.name} · ${each.key}` : tenant.name
    return [session.paint('heading', name), ...describePreview(each, session).map(line => `  ${line}`), '']
  })
  return {
    exitCode,
    data: { ok: exitCode === exitCodes.ok, tenant: tenant.name, previews },
    lines: lines.length === 0 ? [session.texts.preview.nothing] : lines,
  }
}

/** If TOTVS CRM does not answer, the rest is unknown, so this counts first. */
function exitCodeOf(previews: readonly DeliveryPreview[]): ExitCode {
  const unanswered = previews.flatMap(each => (each.kind === 'lead' && each.crmFailure ? [each.crmFailure.key] : []))
  if (unanswered.some(code => !isFailureCode(code) || failures[code].breakerReason !== 'revoked'))
    return exitCodes.notReachable
  const isBad = (each: DeliveryPreview): boolean =>
    each.kind === 'quarantined' ||
    (each.kind === 'lead' && (each.outcome === 'failed' || each.crmFailure !== undefined))
  return previews.some(isBad) ? exitCodes.problems : exitCodes.ok
}
