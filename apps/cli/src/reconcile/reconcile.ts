import { MINUTE_MS } from '@ponte/contracts'
import {
  isUnasked,
  isUnclear,
  type Reconciled,
  reconcileOnce,
  totalOf,
  type ContactsResult,
  type OpportunitiesResult,
} from '@ponte/operations'
import { type ExitCode, exitCodes, UsageError, type Command, outcomeOf, type Words } from '../session.ts'
import { recordAction, withQueues, onlyLive, chooseTenants, readAllSettings } from '../installation.ts'
import { formatMoment } from '@ponte/runtime'
import { explainFailure } from '../failures/failures.ts'

const units: Readonly<Record<string, number>> = { m: MINUTE_MS, h: 60 * MINUTE_MS, d: 24 * 60 * MINUTE_MS }
/** What is recorded of opportunities is kept for 400 days. */
const MAX_MS = 400 * 24 * 60 * MINUTE_MS

/** `90m`, `36h` or `2d` in milliseconds: from a minute to 400 days. Undefined for anything else. */
export function readDuration(text: string): number | undefined {
  const { count, unit } = /^(?<count>[1-9]\d{0,5})(?<unit>[mhd])$/.exec(text.slice(0, 20))?.groups ?? {}
  const ms = Number(count) * (units[unit ?? ''] ?? Number.NaN)
  return ms <= MAX_MS ? ms : undefined
}

/** What a person reads of one tenant. */
export function describeReconciled(
  tenant: string,
  { since, opportunities, contacts }: Reconciled,
  { isDryRun, session, timeZone }: { readonly isDryRun: boolean; readonly session: Words; readonly timeZone: string },
): readonly string[] {
  const { texts, language, paint } = session
  const words = texts.reconcile
  const time = formatMoment(since, language, timeZone)
  const linesOf = (heading: string, result: OpportunitiesResult | ContactsResult): readonly string[] => [
    `  ${heading}`,
    ...directionLines(result, isDryRun, session).map(line => `    ${line}`),
  ]
  return [
    paint('heading', words.title(tenant, time)),
    ...linesOf(words.opportunities, opportunities),
    ...(contacts === undefined
      ? [`  ${words.contacts}`, `    ${words.noSegmentation}`]
      : linesOf(words.contacts, contacts)),
  ]
}

function directionLines(
  result: OpportunitiesResult | ContactsResult,
  isDryRun: boolean,
  session: Words,
): readonly string[] {
  const words = session.texts.reconcile
  if ('notAsked' in result) return explainFailure(result.notAsked, session).lines
  if ('tooMany' in result) return [words.tooMany(result.tooMany)]
  if ('unreadable' in result) {
    const { unreadable, code } = result
    return [words.unknown(`${words.unreadable[unreadable]}${code === undefined ? '' : ` (${code})`}`)]
  }
  const { read, missing, sent } = result
  const [unread, unmatched] = ['unread' in result ? result.unread : 0, 'unmatched' in result ? result.unmatched : 0]
  const quarantined = 'quarantined' in result ? result.quarantined : 0
  const lines = [
    ...(quarantined > 0 ? [words.quarantined(quarantined)] : []),
    ...(unmatched > 0 ? [words.unmatched(unmatched)] : []),
    ...(unread > quarantined ? [words.unread(unread - quarantined)] : []),
    ...('quarantined' in result && unread > quarantined && !isDryRun ? [words.notKept] : []),
    ...('trust' in result && result.trust === 'whole-list' ? [words.wholeList] : []),
  ]
  if (missing > 0) return [words.missing(missing, read), isDryRun ? words.dry : words.sent(sent), ...lines]
  return [unread + unmatched > 0 ? words.nothingElse(read) : words.nothing(read), ...lines]
}

/** Makes up for webhooks that never came (docs/behaviour/reconcile.md). */
export const reconcile: Command<{
  readonly since: string
  readonly tenant?: string
  readonly dryRun?: boolean
}> = async ({ since, tenant, dryRun = false }, session) => {
  const lookbackMs = readDuration(since)
  if (lookbackMs === undefined) throw new UsageError(session.texts.reconcile.sinceInvalid(since))
  const settings = await readAllSettings(session, ['rdCredentials', 'crmCredentials'])
  const tenants = chooseTenants(settings.tenants, tenant, session)
  return await withQueues({ settings, tenants, session }, async ({ redis, queues }) => {
    const results: (Reconciled & { readonly tenant: string })[] = []
    for (const each of await onlyLive(redis, tenants, session)) {
      session.progress(session.texts.reconcile.asking(each.name))
      const reconciled = await reconcileOnce(
        { ...settings, tenant: each, redis, queues: queues.of(each.name), timeZone: settings.BOARD_TIME_ZONE },
        { lookbackMs, isDryRun: dryRun },
      )
      const sent = { action: 'reconcile', tenant: each.name, detail: String(totalOf(reconciled).sent) } as const
      if (!dryRun) await recordAction(redis, sent)
      results.push({ tenant: each.name, ...reconciled })
    }
    const reader = { isDryRun: dryRun, session, timeZone: settings.BOARD_TIME_ZONE }
    const lines = results.flatMap(result => describeReconciled(result.tenant, result, reader))
    return outcomeOf(exitCodeOf(results), { dryRun, tenants: results.map(dataOf) }, lines)
  })
}

function exitCodeOf(results: readonly Reconciled[]): ExitCode {
  if (results.some(isUnasked)) return exitCodes.notReachable
  return results.some(isUnclear) ? exitCodes.problems : exitCodes.ok
}

/** For scripts (docs/cli.md#after-an-outage). */
function dataOf({ tenant, since, opportunities, contacts }: Reconciled & { readonly tenant: string }): object {
  const direction = (result: NonNullable<typeof contacts> | typeof opportunities): object =>
    'notAsked' in result ? { notAsked: result.notAsked.code } : result
  return {
    tenant,
    since: new Date(since).toISOString(),
    opportunities: direction(opportunities),
    contacts: contacts === undefined ? null : direction(contacts),
  }
}
