import { Failure, failures, isFailureCode } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import {
  createMarkLedger,
  createRecordedPersons,
  createTenantMode,
  type Fingerprint,
  type ModeRecord,
} from '@ponte/state'
import { openForReading, type StoredAccess } from '../calls/open-clients.ts'
import { type ChosenEvents, chooseEvents } from './choose-events.ts'
import { compareLead } from './compare-lead.ts'
import { compareOpportunity } from './compare-opportunity.ts'
import { type Comparison, comparedAs } from './comparison.ts'
import { createContactStates } from './contact-states.ts'

/** What Ponte would have made in the shadow, beside what both systems hold. */
export interface ShadowComparison {
  readonly tenant: string
  readonly mode: ModeRecord
  /** How many events were looked at. */
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
