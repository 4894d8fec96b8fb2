import { HOUR_MS, type Language, textIn, type Texts, weekdays, type WeeklySummary } from '@ponte/contracts'
import {
  breakdowns,
  type BridgeState,
  createFailedJobs,
  dayAt,
  formatFigure,
  type MeasuredSpan,
  type MeasureName,
  measureNames,
  measures,
  nameIn,
  readBridge,
  readResults,
  stateSentence,
  weekBefore,
} from '@ponte/operations'
import { keepPerTenant, type LiveTenants, type Logger, type Tenant } from '@ponte/runtime'
import {
  createCalendar,
  createSummaryRecord,
  highestFirst,
  type RedisClient,
  type SentSummary,
  stateKey,
  type TimeSpan,
} from '@ponte/state'
import type { AlertSettings } from '../config.ts'
import type { AlertMessage } from '../alerts/alert-texts.ts'
import { type Channel, openChannels, type SendResult } from '../alerts/channels.ts'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import { inTurn, repeatForEach } from '../upkeep/in-turn.ts'
import { afterNotSent, MAX_TRIES } from '../alerts/start-alerts.ts'

export interface SummariesDeps {
  readonly settings: Pick<AlertSettings, 'mail' | 'boardUrl' | 'checkMs' | 'command'>
  readonly timeZone: string
  /** An event that waits for longer is worth a look, in milliseconds. Default: a minute. */
  readonly stuckAfterMs?: number
  readonly tenants: Pick<LiveTenants, 'current'>
  readonly redis: RedisClient
  readonly metrics: Pick<WorkerMetrics, 'summaries'>
  readonly log: Logger
}

/**
 * Sends the weekly summary of each tenant that names somebody. Every worker checks from time to time. What was sent is kept in Redis, under
 * a lock, so that only one of them sends it, also after a restart. If no worker ran at its hour, it is sent late.
 */
export function startSummaries(deps: SummariesDeps) {
  const { settings, tenants, log } = deps
  const summariesOf = keepPerTenant(tenant => {
    const { weeklySummary: summary } = tenant.settings
    return summary === undefined ? [] : [{ tenant, summary, channels: channelsOf(summary, settings) }]
  })
  const wanted = () => tenants.current().flatMap(summariesOf)
  return repeatForEach(wanted, each => checkSummary({ ...each, now: Date.now() }, deps), {
    everyMs: settings.checkMs,
    redis: deps.redis,
    tenantOf: ({ tenant }) => tenant.name,
    onError: (err, { tenant }) => log.debug({ err, tenant: tenant.name }, 'a weekly summary could not be made'),
  })
}

/** The channels that the tenant names. Mail goes through the mail server of the alerts. */
function channelsOf(
  { emails, webhookUrl }: WeeklySummary,
  { mail, command }: SummariesDeps['settings'],
): readonly Channel[] {
  const own = emails === undefined || mail === undefined ? undefined : { ...mail, to: emails }
  return openChannels({ webhookUrl, mail: own, command })
}

export interface DueSummary {
  readonly tenant: Tenant
  readonly summary: WeeklySummary
  readonly channels: readonly Channel[]
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * One check of one tenant. Only reads while nothing is due. Does nothing while another worker checks it. Rejects when Redis does not
 * answer.
 */
export async function checkSummary({ tenant, summary, channels, now }: DueSummary, deps: SummariesDeps): Promise<void> {
  const { redis, timeZone } = deps
  const record = createSummaryRecord(redis, tenant.name)
  const due = lastDue(summary, { now, timeZone })
  const planOf = async ({ name }: Channel) => {
    const sent = await record.read(name)
    const plan = planSummary(sent, due, now)
    return { ...plan, isChanged: plan.keep !== sent }
  }
  const plans = await Promise.all(channels.map(planOf))
  if (!plans.some(({ isChanged }) => isChanged)) return
  await inTurn(redis, stateKey(tenant.name, 'lock', 'summary'), async lock => {
    let message: AlertMessage | undefined
    for (const channel of channels) {
      const { keep, isSent, isChanged } = await planOf(channel)
      if (isSent) message ??= await composeMessage({ tenant, summary, due }, deps)
      if (lock.signal.aborted) return
      // The intention is stored first, so that the next check notices a crash in between.
      if (isChanged) await record.write(channel.name, keep)
      if (!isSent || message === undefined) continue
      const result = await channel.send(message)
      await record.write(channel.name, afterSummary(keep, result, now))
      report({ tenant: tenant.name, channel: channel.name, result }, deps)
    }
  })
}

/**
 * The week before the day on which the summary was due, however late it is sent. It is compared with the week before that one. How the
 * tenant stands is read now.
 */
async function composeMessage(
  { tenant, summary, due }: Pick<DueSummary, 'tenant' | 'summary'> & { readonly due: number },
  { redis, timeZone, settings, stuckAfterMs }: SummariesDeps,
): Promise<AlertMessage> {
  const week = weekBefore(dayAt(due, timeZone))
  // Mail and chats are read by people who may have no login at all.
  const results = await readResults(redis, [tenant], { ...week, now: due, timeZone, readers: 'anybody' })
  const days = results.tenants[0]?.spans ?? []
  const [start, end] = [days[0]?.start, days.at(-1)?.end]
  if (start === undefined || end === undefined) throw new TypeError('a week has days')
  const failedJobs = createFailedJobs(redis)
  const bridge = await readBridge({ redis, tenants: [tenant], failedJobs, stuckAfterMs }, { now: Date.now() })
  const { total: figures, formerTotal: before } = results
  const facts = { tenant: tenant.name, week: { start, end }, figures, before, bridge }
  return summaryMessage(facts, { language: summary.language, timeZone, boardUrl: settings.boardUrl })
}

function report(
  { tenant, channel, result }: { tenant: string; channel: Channel['name']; result: string },
  { metrics, log }: Pick<SummariesDeps, 'metrics' | 'log'>,
): void {
  const isSent = result === 'sent'
  metrics.summaries.inc({ tenant, channel, outcome: isSent ? 'sent' : 'failed' })
  if (isSent) log.info({ tenant, channel }, 'weekly summary sent')
  else log.warn({ tenant, channel, result }, 'weekly summary could not be sent')
}

interface SummaryFacts {
  readonly tenant: string
  readonly week: TimeSpan
  readonly figures: MeasuredSpan
  readonly before: MeasuredSpan
  /** How the tenant stands now. */
  readonly bridge: BridgeState
}

interface SummaryTextOptions {
  readonly language: Language
  readonly timeZone: string
  readonly boardUrl: string | undefined
}

/** The measures in a summary: all of a report except the calls to TOTVS CRM, which have no quota. */
const shownMeasures = measureNames.filter(name => name !== 'crmCalls')

/** The most reasons and the most identifiers that are named. */
const MAX_NAMES = 5

const texts = {
  subject: { en: 'the week from {from} to {to}', pt: 'resumo da semana de {from} a {to}' },
  before: { en: 'the week before: {value}', pt: 'semana anterior: {value}' },
  none: { en: 'none', pt: 'nenhum' },
  now: { en: 'Now', pt: 'Agora' },
} as const satisfies Record<string, Texts>

/** The summary of a week: numbers, Ponte's own names, and names that figures are counted by. `figures`: as anybody may read them. */
function summaryMessage(
  { tenant, week, figures, before, bridge }: SummaryFacts,
  { language, timeZone, boardUrl }: SummaryTextOptions,
): AlertMessage {
  const textOf = (text: Texts, values: Readonly<Record<string, string>> = {}): string =>
    textIn(text, language).replaceAll(/\{(\w+)\}/g, (_whole, name: string) => values[name] ?? '')
  const date = (ms: number): string =>
    new Intl.DateTimeFormat(language, {
      timeZone,
      day: '2-digit',
      month: language === 'en' ? 'short' : '2-digit',
    }).format(ms)
  const valueOf = (name: MeasureName, span: MeasuredSpan): string => {
    const value = measures[name].of(span)
    return value === undefined ? textOf(texts.none) : formatFigure(value, measures[name].unit, language)
  }
  const named = (name: keyof typeof breakdowns): readonly string[] =>
    highestFirst(breakdowns[name].of(figures.figures))
      .slice(0, MAX_NAMES)
      .map(([each, count]) => `  ${withoutLinks(nameIn(each, language))}: ${formatFigure(count, 'count', language)}`)
  const under: Partial<Record<MeasureName, readonly string[]>> = {
    leadsCreated: named('conversionsByIdentifier'),
    losses: named('lossesByReason'),
    failures: named('failuresByCode'),
  }
  const lines = shownMeasures.flatMap(name => [
    `${textOf(measures[name])}: ${valueOf(name, figures)} (${textOf(texts.before, { value: valueOf(name, before) })})`,
    ...(under[name] ?? []),
  ])
  // The last moment of the week belongs to its last day.
  const subject = `Ponte · ${tenant}: ${textOf(texts.subject, { from: date(week.start), to: date(week.end - 1) })}`
  const { headline, detail } = stateSentence(bridge, language)
  const state = `${textOf(texts.now)}: ${headline}. ${detail}`.trim()
  const days = `from=${dayAt(week.start, timeZone)}&to=${dayAt(week.end - 1, timeZone)}`
  const link = boardUrl === undefined ? [] : [`${boardUrl}/results?tenant=${tenant}&${days}`]
  return { subject, text: [subject, '', ...lines, '', state, ...link].join('\n') }
}

/**
 * Mail and chat programs turn what looks like an address into a link. Anybody may choose a conversion's identifier, so Ponte must not send
 * it as one.
 */
const withoutLinks = (text: string): string => text.replaceAll('://', '[:]//').replaceAll(/\.(?=\p{L})/gu, '[.]')

/** The least time between two summaries. When the tenant names another weekday, the next one may come later, but never earlier. */
const LEAST_PAUSE_MS = 6 * 24 * HOUR_MS

/** The last time until now at which a summary was due, in milliseconds since 1970. */
export function lastDue(
  { weekday, hour }: Pick<WeeklySummary, 'weekday' | 'hour'>,
  { now, timeZone }: { readonly now: number; readonly timeZone: string },
): number {
  const calendar = createCalendar(timeZone)
  const wanted = calendar.lastDays(8, now).filter(({ day }) => weekdays[new Date(day).getUTCDay()] === weekday)
  const [latest = now] = wanted
    .map(day => calendar.atHour(day, hour))
    .filter(due => due <= now)
    .toReversed()
  return latest
}

/** What Redis must hold now, and whether a summary is sent once it does. */
export interface SummaryPlan {
  readonly keep: SentSummary
  readonly isSent: boolean
}

/**
 * Decides about the summary that was due last. Each is sent once, late if no worker ran, and at most twice if a worker dies in between.
 * `sent`: what is recorded. Undefined: the tenant has just named somebody, whose first summary is the next one.
 */
export function planSummary(sent: SentSummary | undefined, due: number, now: number): SummaryPlan {
  const next = { due, isOver: false, tries: 1, refusals: 0, notBefore: 0 }
  if (sent === undefined) return { keep: { ...next, isOver: true, tries: 0 }, isSent: false }
  if (due - sent.due >= LEAST_PAUSE_MS) return { keep: next, isSent: true }
  if (sent.isOver || sent.notBefore > now) return { keep: sent, isSent: false }
  if (sent.tries >= MAX_TRIES) return { keep: { ...sent, isOver: true }, isSent: false }
  return { keep: { ...sent, tries: sent.tries + 1 }, isSent: true }
}

/** What Redis must hold after an attempt to send the summary. */
export const afterSummary = (summary: SentSummary, result: SendResult, now: number): SentSummary =>
  result === 'sent' ? { ...summary, isOver: true } : afterNotSent(summary, result, now)
