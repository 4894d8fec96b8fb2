import { setTimeout as sleep } from 'node:timers/promises'
import { createCrmSession, createTotvsCrmClient, type RdStationClient, type TotvsCrmClient } from '@ponte/clients'
import {
  type DeliveredEvent,
  Failure,
  type FailureCode,
  HOUR_MS,
  identitiesOfJob,
  PermanentFailure,
  type QuarantinedDelivery,
} from '@ponte/contracts'
import { enqueueEvent, quarantineDelivery, QuarantineFullError, type Tenant, type TenantQueues } from '@ponte/runtime'
import {
  createCalendar,
  createLookedAt,
  createRateLimiter,
  createReconcileRecord,
  createTenantMode,
  createTimelines,
  type Fingerprint,
  packageUntil,
  readTenantTime,
  type RedisClient,
  servedSince,
  type Timelines,
} from '@ponte/state'
import { createCommandCallGuard, withSpareSlots } from '../connect/call-guards.ts'
import { openStoredRdStation, type StoredAccess } from '../connect/open-clients.ts'
import { type ContactsRequest, findMissingContacts, type UnreadableContacts } from './find-missing-contacts.ts'
import { findMissingOpportunities, type MissingDeps } from './find-missing-opportunities.ts'
import { readChangedOpportunities, type Unreadable } from './read-changed-opportunities.ts'

/**
 * So many are enqueued at once, and then a pause: 25 a second, in steps that take Redis and a worker a moment. All at once would take every
 * slot of a worker, and live events would be slow meanwhile (docs/performance.md#where-the-time-goes).
 */
const AT_ONCE = 5
const PAUSE_MS = 200

export interface ReconcileDeps extends MissingDeps, Delivering {
  readonly timelines: MissingDeps['timelines'] & Delivering['timelines']
  readonly crm: Pick<TotvsCrmClient, 'findOpportunity' | 'getLead' | 'listOpportunities'>
  /** Asked for only where a segmentation is set. */
  readonly rd: () => Promise<ContactsRequest['rd']> | RdStationClient
}

export interface ReconcileRequest {
  /** Milliseconds since 1970. */
  readonly since: number
  readonly now: number
  /** Nothing is enqueued. */
  readonly isDryRun?: boolean
  readonly readsWholeList?: boolean
  /** Asked before events are enqueued. */
  readonly mayGoOn?: () => boolean
  /** Between two lots of events that are enqueued. */
  readonly pause?: (ms: number) => Promise<unknown>
}

/** One direction. `missing`: of these `sent` were enqueued, or are duplicates of what has come meanwhile. */
export interface Direction {
  readonly read: number
  readonly missing: number
  readonly sent: number
}

/** The system could not be asked: it does not answer, or refuses the credential. */
export interface NotAsked {
  readonly notAsked: Failure
}

export type OpportunitiesResult =
  | NotAsked
  | (Direction & { readonly trust: 'filter' | 'whole-list'; readonly unread: number })
  | { readonly unreadable: Unreadable; readonly code?: FailureCode }
export type ContactsResult =
  | NotAsked
  /** `unread`: contacts that cannot be read. They are missing, too, and those that are `quarantined` were kept. */
  | (Direction & { readonly unread: number; readonly quarantined: number; readonly unmatched: number })
  | { readonly tooMany: number }
  | { readonly unreadable: UnreadableContacts | 'refused'; readonly code?: FailureCode }

export interface Reconciled {
  /** Milliseconds since 1970: never before Ponte's work for the tenant, nor before the package was off. */
  readonly since: number
  readonly opportunities: OpportunitiesResult
  /** Absent where no segmentation is set. */
  readonly contacts?: ContactsResult
}

/**
 * Makes up for webhooks that never came (docs/behaviour/reconcile.md). May be repeated and cut off at any moment: what was enqueued is a
 * duplicate the next time. What one system does not answer keeps nothing of the other back.
 */
export async function reconcile(request: ReconcileRequest, deps: ReconcileDeps): Promise<Reconciled> {
  const { tenant, redis } = deps
  const { marksSince, reconcile: setting } = tenant.settings
  const [time, mode] = await Promise.all([readTenantTime(redis, tenant), createTenantMode(redis, tenant.name).read()])
  const begins = [servedSince(time), marksSince === undefined ? 0 : Date.parse(marksSince), packageUntil(mode) ?? 0]
  const since = Math.max(request.since, ...begins)
  const segmentation = setting?.segmentation
  // The events of opportunities would take the quota that contacts are read with. Opportunities are read first, so that they are not those
  // that missed leads open.
  const sendOpportunities = await unlessNotAsked(readOpportunities({ ...request, since }, deps))
  const sendContacts =
    segmentation === undefined
      ? undefined
      : await unlessNotAsked(readContacts({ ...request, since }, segmentation, deps))
  const opportunities = await sendOpportunities()
  return { since, opportunities, ...(sendContacts && { contacts: await sendContacts() }) }
}

type Sending<Result> = () => Promise<Result>

async function unlessNotAsked<Result>(reading: Promise<Sending<Result>>): Promise<Sending<Result | NotAsked>> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Failure) return async () => ({ notAsked: error })
    throw error
  }
}

async function readOpportunities(
  request: ReconcileRequest,
  deps: ReconcileDeps,
): Promise<Sending<OpportunitiesResult>> {
  const { crm, redis, tenant } = deps
  const { since, readsWholeList = false } = request
  const recorded = await createLookedAt(redis, tenant.name).newest(5)
  const changed = await readChangedOpportunities({ crm, since, recorded, readsWholeList })
  if ('unreadable' in changed) {
    const { unreadable, failure } = changed
    return async () => ({ unreadable, ...(failure !== undefined && { code: failure.code }) })
  }
  const missing = await findMissingOpportunities(changed.items, crm, deps)
  return async () => {
    const sent = await sendAll(missing, request, event => deliverMissing(event, deps))
    return { read: changed.items.length, missing: missing.length, sent, unread: changed.unread, trust: changed.trust }
  }
}

async function readContacts(
  request: ReconcileRequest,
  segmentation: string,
  deps: ReconcileDeps,
): Promise<Sending<ContactsResult>> {
  const { since, now, isDryRun = false } = request
  const rd = await deps.rd()
  const found = await findMissingContacts({ rd, segmentation, since, now, isDryRun }, deps).catch((error: unknown) => {
    if (!(error instanceof PermanentFailure)) throw error
    return { unreadable: 'refused', code: error.code } as const
  })
  if (!('events' in found)) return async () => found
  const { read, unmatched, events, unread } = found
  return async () => {
    const sent = await sendAll(events, request, event => deliverMissing(event, deps))
    const quarantined = await sendAll(unread, request, body => quarantineMissing(body, deps))
    return { read, missing: events.length + unread.length, sent, unread: unread.length, quarantined, unmatched }
  }
}

/** Returns how many were sent. One that finds no room keeps no other back. */
async function sendAll<Item>(
  items: readonly Item[],
  { isDryRun = false, mayGoOn = () => true, pause = sleep }: ReconcileRequest,
  send: (item: Item) => Promise<boolean>,
): Promise<number> {
  let sent = 0
  for (let start = 0; !isDryRun && start < items.length; start += AT_ONCE) {
    if (start > 0) await pause(PAUSE_MS)
    if (!mayGoOn()) break
    const areSent = await Promise.all(items.slice(start, start + AT_ONCE).map(send))
    sent += areSent.filter(Boolean).length
  }
  return sent
}

const resultsOf = ({ opportunities, contacts }: Reconciled) => [opportunities, ...(contacts ? [contacts] : [])]

/** Something could not be read, or a person has to decide. */
export const isUnclear = (reconciled: Reconciled): boolean =>
  resultsOf(reconciled).some(
    each =>
      'unreadable' in each ||
      'tooMany' in each ||
      ('unread' in each && each.unread > 0) ||
      ('unmatched' in each && each.unmatched > 0),
  )

/** What was missing and sent, over both directions. So many that nothing was sent are missing, too. */
export function totalOf(reconciled: Reconciled): Pick<Direction, 'missing' | 'sent'> {
  const results = resultsOf(reconciled)
  const missing = results.map(each => ('missing' in each ? each.missing : 'tooMany' in each ? each.tooMany : 0))
  const sent = results.map(each => ('sent' in each ? each.sent : 0))
  return { missing: sumOf(missing), sent: sumOf(sent) }
}

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)

/** A system could not be asked. */
export const isUnasked = (reconciled: Reconciled): boolean => resultsOf(reconciled).some(each => 'notAsked' in each)

/**
 * Keeps what a reconcile has found, for the overview and the alert. Where a system could not be asked and the other has nothing missing, what
 * is kept stays: nobody knows that nothing was missed.
 */
export async function recordReconciled(
  reconciled: Reconciled,
  { redis, tenant, now, wholeDay }: { redis: RedisClient; tenant: string; now: number; wholeDay?: string | undefined },
): Promise<void> {
  const sum = totalOf(reconciled)
  if (isUnasked(reconciled) && sum.missing === 0) return
  const ofDay = wholeDay === undefined || isUnasked(reconciled) ? {} : { wholeDay }
  await createReconcileRecord(redis, tenant).write({
    ...{ at: now, ...sum, needsPerson: isUnclear(reconciled) },
    ...ofDay,
  })
}

/** BullMQ starts jobs without a priority first, and then those with the lowest number. */
const PRIORITY = 5

export interface Delivering {
  readonly tenant: Tenant
  readonly queues: TenantQueues
  readonly timelines: Pick<Timelines, 'begin'>
}

/**
 * Puts an event that was missed into its queue, behind all live events, and begins its timeline. Does nothing when it is a duplicate,
 * because its webhook or another reconcile was faster. True: it is there.
 */
async function deliverMissing(event: DeliveredEvent, { tenant, queues, timelines }: Delivering): Promise<boolean> {
  const receivedAt = new Date().toISOString()
  const { outcome, jobId } = await enqueueEvent(queues, tenant, event, { receivedAt }, { priority: PRIORITY })
  if (outcome === 'duplicate') return true
  const of = { event: event.name, key: event.key, receivedAt, jobId, identities: identitiesOfJob(event) }
  // The event is safe. A timeline that cannot be written must not fail it.
  await timelines.begin(of).catch(() => undefined)
  return true
}

/** Keeps what was missed and cannot be read in quarantine, as the ingress does. False when the quarantine is full. */
const quarantineMissing = async (
  body: unknown,
  { tenant, queues }: Pick<Delivering, 'tenant' | 'queues'>,
): Promise<boolean> => {
  const delivery: QuarantinedDelivery = {
    v: 1,
    receivedAt: new Date().toISOString(),
    source: 'rd-station',
    body: JSON.stringify(body),
    encoding: 'utf8',
    form: false,
  }
  try {
    await quarantineDelivery(queues, tenant, delivery)
    return true
  } catch (error) {
    if (error instanceof QuarantineFullError) return false
    throw error
  }
}

interface OnceDeps extends StoredAccess {
  readonly tenant: Tenant
  readonly queues: TenantQueues
  readonly fingerprint: Fingerprint
  readonly timeZone: string
}

/** Reconciles because a person asked for it, beside the workers: with the stored tokens, and calls that take nobody's place in the quota. */
export async function reconcileOnce(
  { queues, fingerprint, timeZone, ...access }: OnceDeps,
  { lookbackMs, isDryRun }: { readonly lookbackMs: number; readonly isDryRun: boolean },
): Promise<Reconciled> {
  const { tenant, redis } = access
  const { name, settings } = tenant
  const now = Date.now()
  const ownGuard = createCommandCallGuard()
  const rateLimiter = createRateLimiter(redis, name, { callsPerMinute: settings.rdStation.callsPerMinute })
  const guard = withSpareSlots(ownGuard, rateLimiter)
  const session = createCrmSession({ settings: settings.totvsCrm, guard: ownGuard })
  const reconciled = await reconcile(
    { since: now - lookbackMs, now, isDryRun },
    {
      ...{ tenant, redis, queues, fingerprint },
      timelines: createTimelines(redis, name, fingerprint, createCalendar(timeZone)),
      crm: createTotvsCrmClient({ settings: settings.totvsCrm, session, guard: ownGuard }),
      rd: () => openStoredRdStation(access, { guard }),
    },
  )
  // A shorter one knows nothing of the time before: it neither delays the next reconcile nor ends an alert.
  const leastMs = (settings.reconcile?.lookbackHours ?? 0) * HOUR_MS
  if (!isDryRun && lookbackMs >= leastMs) await recordReconciled(reconciled, { redis, tenant: name, now })
  return reconciled
}
