import { buffer } from 'node:stream/consumers'
import { isFailureCode } from '@ponte/contracts'
import { createPreviewReader, findLeadJob, type PreparedPreview } from '@ponte/operations'
import { type DeliveryPreview, type PreviewFact, previewInWords, type RowInWords } from '@ponte/registration'
import type { Tenant } from '@ponte/runtime'
import { toDelivery } from '@ponte/webhooks'
import { readDelivery } from '../send/send.ts'
import {
  type ExitCode,
  exitCodeOfFailure,
  exitCodes,
  UsageError,
  type Command,
  type Outcome,
  outcomeOf,
  type Session,
  type Words,
} from '../session.ts'
import {
  recordAction,
  connectRedis,
  withQueues,
  chooseTenant,
  chooseTenants,
  readSettingsWithFingerprints,
  requireFingerprintKey,
} from '../installation.ts'
import { clipText } from '@ponte/mappers'
import type { Look } from '../terminal/paint.ts'

/** A preview as lines for a terminal. */
function describePreview(preview: DeliveryPreview, { language, paint }: Words): readonly string[] {
  const { title, issues, warnings, facts, rows, withoutValue, notes } = previewInWords(preview, language)
  const mark = (sign: string): string => paint(looks[sign] ?? 'quiet', sign)
  return [
    title,
    ...issues.map(issue => `  ${issue}`),
    ...warnings.map(each => `  ${mark('!')} ${each}`),
    ...facts.flatMap(factLines),
    ...rows.flatMap(row => [`  ${mark(marks[row.outcome])} ${rowText(row)}`, `      ${row.result}`]),
    ...(withoutValue === undefined ? [] : [`  ${mark('-')} ${labelled(withoutValue)}`]),
    ...(notes === undefined ? [] : [`  ${notes.label.toLowerCase()}:`, ...notes.texts.map(note => `    ${note}`)]),
  ]
}

const labelled = ({ label, texts, why = '' }: PreviewFact): string =>
  `${label.toLowerCase()}: ${[texts.join(', '), why].filter(text => text !== '').join(' – ')}`

const factLines = (fact: PreviewFact): readonly string[] => [
  `  ${labelled(fact)}`,
  ...(fact.conditions ?? []).map(condition => `    ${condition}`),
]

const marks: Readonly<Record<RowInWords['outcome'], string>> = {
  written: '✓',
  cut: '✂',
  same: '=',
  kept: '-',
  'left-out': '✗',
  overruled: '-',
  'no-value': '-',
  'not-opened': '-',
  unknown: '?',
}

const looks: Readonly<Record<string, Look>> = { '✓': 'good', '✂': 'warning', '!': 'warning', '✗': 'bad' }

function rowText({ target, place, given, value, rule, current }: RowInWords): string {
  const source = given === undefined ? place : `${place} ${quote(given)}`
  const now = value === undefined ? '' : ` → ${quote(value)}`
  const further = [rule, current === undefined ? undefined : `TOTVS CRM: ${quote(current)}`]
  return [`${target} ← ${source}${now}`, ...further.filter(text => text !== undefined)].join(' · ')
}

const MAX_SHOWN = 120

const quote = (text: string): string => `"${text.length > MAX_SHOWN ? `${clipText(text, MAX_SHOWN).text}…` : text}"`

/** Shows what would become of the leads of a body, or of an event that is kept. Reads TOTVS CRM and sends nothing. */
export const preview: Command<{ readonly what?: string | undefined; readonly tenant?: string }> = async (
  options,
  session,
) => {
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
    const { tenant, job } = found
    const prepared = openReader({ redis, fingerprint, session }).ofJob(tenant, job)
    if (typeof prepared === 'string') throw new UsageError(session.texts.preview.notALead(job.name))
    return await run(prepared, tenant, { redis, fingerprint, session })
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
    const prepared = openReader({ redis, fingerprint, session }).ofDelivery(tenant, delivery)
    return await run(prepared, tenant, { redis, fingerprint, session })
  } finally {
    redis?.disconnect()
  }
}

type Deps = Parameters<typeof createPreviewReader>[0] & { readonly session: Session }

/** Of everything: a person who runs a command has the credentials of TOTVS CRM. */
function openReader({ session, ...deps }: Deps) {
  const { previewing } = session.texts.preview
  const onPart = (made: number, leads: number) => leads > 1 && session.progress(previewing(made))
  return createPreviewReader(deps, { parts: Infinity, bytes: Infinity, onPart })
}

/** Leads in one entry of the audit trail. */
const MAX_LEADS = 50

/** Records whom the command looks up, as the board does, and makes the preview. */
async function run(
  { persons, run: makePreviews }: PreparedPreview,
  tenant: Tenant,
  { redis, fingerprint, session }: Deps,
): Promise<Outcome> {
  for (let from = 0; redis !== undefined && from < persons.length; from += MAX_LEADS) {
    const prints = persons.slice(from, from + MAX_LEADS).flatMap(each => each.map(fingerprint))
    const some = [...new Set(prints)].join(' ')
    await recordAction(redis, { action: 'preview', tenant: tenant.name, ...(some !== '' && { persons: some }) })
  }
  return report((await makePreviews()).shown, tenant, session)
}

function report(previews: readonly DeliveryPreview[], tenant: Tenant, session: Session): Outcome {
  const lines = previews.flatMap(each => {
    const name = each.kind === 'lead' ? `${tenant.name} · ${each.key}` : tenant.name
    return [session.paint('heading', name), ...describePreview(each, session).map(line => `  ${line}`), '']
  })
  const shown = lines.length === 0 ? [session.texts.preview.nothing] : lines
  return outcomeOf(exitCodeOf(previews), { tenant: tenant.name, previews }, shown)
}

/** If TOTVS CRM does not answer, the rest is unknown, so this counts first. */
function exitCodeOf(previews: readonly DeliveryPreview[]): ExitCode {
  const unanswered = previews.flatMap(each => (each.kind === 'lead' && each.crmFailure ? [each.crmFailure.key] : []))
  if (unanswered.some(code => isFailureCode(code) && exitCodeOfFailure(code) === exitCodes.notReachable))
    return exitCodes.notReachable
  const isBad = (each: DeliveryPreview): boolean =>
    each.kind === 'quarantined' ||
    (each.kind === 'lead' && (each.outcome === 'failed' || each.crmFailure !== undefined))
  return previews.some(isBad) ? exitCodes.problems : exitCodes.ok
}
