import {
  factsOfJob,
  Failure,
  failures,
  identitiesOf,
  identityText,
  isFailureCode,
  isLeadEvent,
  isMarkEvent,
  type JobData,
  jobs,
} from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import {
  createMarkLedger,
  createRecordedPersons,
  createTenantMode,
  type Fingerprint,
  type KeptJob,
  type ModeRecord,
} from '@ponte/state'
import { comparedAs, compareLead, compareOpportunity, type Comparison } from './compare-records.ts'
import { createContactStates } from './contact-states.ts'
import { openForReading, type StoredAccess } from '../connect/open-clients.ts'

/** What Ponte would have made in the shadow, beside what both systems hold. */
export interface ShadowComparison {
  readonly tenant: string
  readonly mode: ModeRecord
  readonly events: number
  /** When the first and the last of them came, in milliseconds since 1970. */
  readonly period: { readonly from: number; readonly to: number } | undefined
  /** Those that are not compared. */
  readonly left: Pick<ChosenEvents, 'superseded' | 'tooYoung' | 'unreadable'>
  readonly leads: readonly Comparison[]
  readonly opportunities: readonly Comparison[]
}

/**
 * Compares the last events of a shadow with what both systems hold. Writes nothing, not even into Redis: only a token of RD Station that has
 * expired is renewed. Undefined for a tenant that was never in the shadow.
 */
export async function compareShadow(
  { fingerprint, ...access }: StoredAccess & { readonly tenant: Tenant; readonly fingerprint: Fingerprint },
  { last, onProgress }: { readonly last: number; readonly onProgress: (done: number, total: number) => void },
): Promise<ShadowComparison | undefined> {
  const { tenant, redis } = access
  const { name, settings } = tenant
  const shadow = createTenantMode(redis, name)
  const mode = await shadow.read()
  if (mode.shadowSince === undefined) return undefined
  const events = await shadow.newest(last)
  const { leads, opportunities, ...left } = chooseEvents(events, Date.now())

  const { crm, rd } = openForReading(access)
  const leadDeps = { settings, crm, readRecorded: createRecordedPersons(redis, name, fingerprint) }
  const marks = createMarkLedger(redis, name)
  const opportunityDeps = {
    ...{ settings, crm, states: createContactStates(rd), fingerprint },
    readMark: async (id: string) => (await marks.peek([id]))[0],
  }
  const ask = createAsking(done => onProgress(done, leads.length + opportunities.length))
  const times = events.map(({ receivedAt }) => receivedAt)
  return {
    ...{ tenant: name, mode, left },
    events: events.length,
    period: times.length === 0 ? undefined : { from: Math.min(...times), to: Math.max(...times) },
    leads: await ask(leads, lead => compareLead(lead, leadDeps)),
    opportunities: await ask(opportunities, each => compareOpportunity(each, opportunityDeps)),
  }
}

/** Where so many questions in a row have no answer, the rest would have none either. */
const MAX_UNASKED = 3

/** Asks one question after another. What a system does not answer is `unasked`, and the rest too if it seems to be down. */
function createAsking(onDone: (count: number) => void) {
  let [done, unaskedInARow] = [0, 0]
  let isStopped = false
  return async <Item>(
    items: readonly Item[],
    question: (item: Item) => Promise<Comparison>,
  ): Promise<readonly Comparison[]> => {
    const comparisons: Comparison[] = []
    let why = ''
    for (const item of items) {
      const comparison = isStopped ? comparedAs('unasked', { why }) : await orUnasked(question(item))
      comparisons.push(comparison)
      onDone((done += 1))
      if (comparison.result === 'unasked') why = comparison.why ?? ''
      unaskedInARow = comparison.result === 'unasked' ? unaskedInARow + 1 : 0
      // A login that is refused again and again may lock the account.
      isStopped ||= unaskedInARow === MAX_UNASKED || (unaskedInARow > 0 && isRefused(why))
    }
    return comparisons
  }
}

async function orUnasked(question: Promise<Comparison>): Promise<Comparison> {
  try {
    return await question
  } catch (error) {
    if (error instanceof Failure) return comparedAs('unasked', { why: error.code })
    throw error
  }
}

const isRefused = (code: string): boolean => isFailureCode(code) && failures[code].breakerReason === 'revoked'

/** The other program may still be at work with what is younger. */
const COMPARED_AFTER_MS = 10 * 60_000

type Lead = JobData<'lead.registered'>
type OpportunityEvent = JobData<'opportunity.updated'>

export interface ChosenEvents {
  readonly leads: readonly Lead[]
  readonly opportunities: readonly OpportunityEvent[]
  /** Events with a newer one of the same person or opportunity. */
  readonly superseded: number
  /** Events of persons and opportunities that had one a moment ago. */
  readonly tooYoung: number
  readonly unreadable: number
}

/** `events`: the newest first. `now`: milliseconds since 1970. */
export function chooseEvents(events: readonly KeptJob[], now: number): ChosenEvents {
  const leads: Lead[] = []
  const opportunities: OpportunityEvent[] = []
  let [superseded, tooYoung, unreadable] = [0, 0, 0]
  /** Whom and what newer events were about; true when one of these was too young. */
  const seen = new Map<string, boolean>()

  for (const { name, data, receivedAt } of events) {
    // Ponte's own job, from before the tenant came back into the shadow: nobody delivered it.
    if (!factsOfJob(name).isCompared) continue
    const event = readEvent(name, data)
    if (event === undefined) {
      unreadable += 1
      continue
    }
    const names = namesOf(event)
    const newer = names.flatMap(each => seen.get(each) ?? [])
    const isYoung = receivedAt > now - COMPARED_AFTER_MS || newer.includes(true)
    for (const each of names) seen.set(each, isYoung)
    if (isYoung) tooYoung += 1
    else if (newer.length > 0) superseded += 1
    else if (event.kind === 'lead') leads.push(event.data)
    else opportunities.push(event.data)
  }
  return { leads, opportunities, superseded, tooYoung, unreadable }
}

type ReadEvent =
  | { readonly kind: 'lead'; readonly data: Lead }
  | { readonly kind: 'opportunity'; readonly data: OpportunityEvent }

function readEvent(name: string, stored: unknown): ReadEvent | undefined {
  if (isLeadEvent(name)) {
    const { data } = jobs[name].data.safeParse(stored)
    return data && { kind: 'lead', data }
  }
  const { data } = isMarkEvent(name) ? jobs['opportunity.updated'].data.safeParse(stored) : { data: undefined }
  return data && { kind: 'opportunity', data }
}

function namesOf(event: ReadEvent): readonly string[] {
  if (event.kind === 'opportunity') return [`opportunity ${event.data.opportunityId}`]
  // A lead without an identity is nobody else's.
  return identitiesOf(event.data.lead)?.map(identityText) ?? [`key ${event.data.key}`]
}
