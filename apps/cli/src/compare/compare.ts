import {
  compareShadow,
  describeFailure,
  type Comparison,
  type Counts,
  type Discrepancy,
  type ShadowComparison,
} from '@ponte/operations'
import { UsageError, type ExitCode, exitCodes, type Command, type Outcome, outcomeOf, type Words } from '../session.ts'
import { withRedis, chooseTenant, readAllSettings, requireFingerprintKey } from '../installation.ts'
import { clipText } from '@ponte/mappers'
import { formatMoment } from '@ponte/runtime'

/** Records under a field in the text. `--json` has all of them. */
const MAX_RECORDS = 10
const MAX_SHOWN = 120

export function describeComparison(
  compared: ShadowComparison,
  { session, showsValues, timeZone }: { session: Words; showsValues: boolean; timeZone: string },
): Outcome {
  const { tenant, mode, events, period, left, leads, opportunities } = compared
  const { paint, texts, language } = session
  const words = texts.compare
  const [ofLeads, ofOpportunities] = [countsOf(leads), countsOf(opportunities)]
  const all = [...leads, ...opportunities]
  const exitCode = exitCodeOf(all)
  const show = (difference: Discrepancy): Discrepancy => (showsValues ? difference : withoutValues(difference))
  const showsAnyValue = (some: readonly Discrepancy[]): boolean => some.some(({ wanted }) => wanted !== undefined)
  const differences = all.flatMap(each => each.differences).map(show)
  const byDesign = all.flatMap(each => each.byDesign).map(show)
  const unknown = all.flatMap(each => each.unknown)
  const unasked = [...new Set(all.flatMap(({ result, why }) => (result === 'unasked' && why ? [why] : [])))]

  const coverage = { events, people: leads.length, opportunities: opportunities.length }
  const momentOf = (at: number): string => formatMoment(at, language, timeZone)
  const { shadowSince, shadowEndedAt, prunedUntil } = mode

  /** States are words of `--json`, which has English ones. */
  const stateWords = (state: string): string => state.split(', ').map(words.state).join(', ')
  const line = ({ record, of, code, crm, rd, wanted, found }: Discrepancy): string =>
    [
      `${words.record(of)} ${record}`,
      ...(code === undefined ? [] : [`${code}: ${describeFailure(code, language).sentence}`]),
      ...(crm === undefined
        ? []
        : [`TOTVS CRM: ${stateWords(crm)}`, ...(rd === undefined ? [] : [`RD Station: ${stateWords(rd)}`])]),
      ...(wanted === undefined ? [] : [`${quote(wanted)} ← ${found === undefined ? words.nothing : quote(found)}`]),
    ].join('  ')
  const listed = (some: readonly Discrepancy[], isShort: boolean): readonly string[] =>
    [...Map.groupBy(some, ({ field }) => field)].flatMap(([field, records]) => [
      `  ${words.fields[field] ?? field}: ${records.length}`,
      ...(isShort ? [] : records.slice(0, MAX_RECORDS).map(each => `    ${line(each)}`)),
      ...(isShort || records.length <= MAX_RECORDS ? [] : [`    ${words.more(records.length - MAX_RECORDS)}`]),
    ])
  return outcomeOf(
    exitCode,
    {
      tenant,
      shadow: { since: isoOf(shadowSince), endedAt: isoOf(shadowEndedAt), prunedUntil: isoOf(prunedUntil) },
      coverage: { ...coverage, ...left, from: isoOf(period?.from), to: isoOf(period?.to) },
      leads: ofLeads,
      opportunities: ofOpportunities,
      differences: differences.map(toJson),
      byDesign: byDesign.map(toJson),
      unknown: unknown.map(toJson),
      unasked,
    },
    [
      paint('heading', `${tenant} · ${words.shadowSince(momentOf(shadowSince ?? 0))}`),
      words.coverage(coverage),
      ...(period === undefined ? [] : [words.period(momentOf(period.from), momentOf(period.to))]),
      ...(prunedUntil === undefined ? [] : [words.pruned(momentOf(prunedUntil))]),
      words.left(left),
      '',
      words.counts.leads(ofLeads),
      words.counts.opportunities(ofOpportunities),
      ...(showsAnyValue([...differences, ...byDesign]) ? ['', words.legend] : []),
      ...(differences.length === 0 ? [] : ['', paint('warning', words.differences)]),
      ...listed(differences, false),
      ...(unknown.length === 0 ? [] : ['', words.unknown]),
      ...listed(unknown, false),
      ...(byDesign.length === 0 ? [] : ['', words.byDesign]),
      ...listed(byDesign, !showsValues),
      '',
      ...unasked.map(code => `${code}: ${describeFailure(code, language).sentence}`),
      paint(exitCode === exitCodes.ok ? 'good' : 'bad', words.results[nothingBecause(compared) ?? resultOf(all)]),
    ],
  )
}

function countsOf(comparisons: readonly Comparison[]): Counts {
  const counts = { agrees: 0, differs: 0, skipped: 0, unknown: 0, unasked: 0 }
  for (const { result } of comparisons) counts[result] += 1
  return counts
}

/** Why nothing was decided again, where it is not the fault of what came. */
function nothingBecause({ events, left, leads, opportunities }: ShadowComparison): 'empty' | 'tooYoung' | undefined {
  if (events === 0) return 'empty'
  return left.tooYoung > 0 && leads.length + opportunities.length === 0 ? 'tooYoung' : undefined
}

/** `nothing`: no event agrees or differs, so nothing is known. */
function resultOf(all: readonly Comparison[]): 'agrees' | 'differs' | 'unknown' | 'unasked' | 'nothing' {
  const counts = countsOf(all)
  if (counts.unasked > 0) return 'unasked'
  if (counts.differs > 0) return 'differs'
  if (counts.unknown > 0) return 'unknown'
  return counts.agrees > 0 ? 'agrees' : 'nothing'
}

const exitCodeOf = (all: readonly Comparison[]): ExitCode =>
  ({
    agrees: exitCodes.ok,
    differs: exitCodes.problems,
    unknown: exitCodes.problems,
    nothing: exitCodes.problems,
    unasked: exitCodes.notReachable,
  })[resultOf(all)]

function withoutValues({ wanted: _wanted, found: _found, ...rest }: Discrepancy): Discrepancy {
  return rest
}

const toJson = ({ of: _of, ...rest }: Discrepancy) => rest

const isoOf = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString())

const quote = (text: string): string => `"${clipText(text, MAX_SHOWN).text}"`

export const LAST_EVENTS = 500
/** As many as a shadow keeps. */
export const MAX_EVENTS = 5000

/** Compares what Ponte would have done in the shadow with what both systems hold. Writes nothing. */
export const compare: Command<{
  readonly tenant?: string
  /** How many of the last events are looked at. */
  readonly last?: number
  /** Shows values, which are personal data. */
  readonly show?: boolean
}> = async ({ last = LAST_EVENTS, show = false, ...options }, session) => {
  const settings = await readAllSettings(session, ['rdCredentials', 'crmCredentials'])
  const tenant = chooseTenant(settings.tenants, options.tenant, session)
  const { comparing, noShadow } = session.texts.compare
  return await withRedis({ target: settings.REDIS, session }, async redis => {
    await requireFingerprintKey(redis, { tenants: [tenant], fingerprint: settings.fingerprint }, session)
    const compared = await compareShadow(
      { ...settings, tenant, redis },
      { last, onProgress: (done, total) => session.progressBriefly(comparing(done, total)) },
    )
    if (compared === undefined) throw new UsageError(noShadow(tenant.name))
    return describeComparison(compared, { session, showsValues: show, timeZone: settings.BOARD_TIME_ZONE })
  })
}
