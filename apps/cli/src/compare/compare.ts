import { Failure, failures, isFailureCode } from '@ponte/contracts'
import { formatMoment, type Tenant } from '@ponte/runtime'
import { createMarkLedger, createRecordedPersons, createTenantMode, type RedisClient } from '@ponte/state'
import { openForReading, createContactStates } from '@ponte/operations'
import { UsageError } from '../exit-codes.ts'
import { withRedis } from '../redis/with-redis.ts'
import type { Command, Outcome, Session } from '../session.ts'
import { type AllSettings, chooseTenant, readAllSettings, requireFingerprintKey } from '../settings/read-settings.ts'
import { compareLead } from './compare-lead.ts'
import { compareOpportunity } from './compare-opportunity.ts'
import { type Comparison, comparedAs } from './comparison.ts'
import { describeComparisons } from './describe-comparisons.ts'
import { chooseEvents } from './choose-events.ts'

export interface CompareOptions {
  readonly tenant?: string
  /** How many of the last events are looked at. */
  readonly last?: number
  /** Shows values, which are personal data. */
  readonly show?: boolean
}

export const LAST_EVENTS = 500
/** As many as a shadow keeps. */
export const MOST_EVENTS = 5000

/**
 * Compares what Ponte would have done in the shadow with what both systems hold. Writes nothing, not even into Redis: only a token of RD
 * Station that has expired is renewed.
 */
export const compare: Command<CompareOptions> = async (options, session) => {
  const settings = await readAllSettings(session, ['rdCredentials', 'crmCredentials'])
  const tenant = chooseTenant(settings.tenants, options.tenant, session)
  const { fingerprint } = settings
  return await withRedis({ target: settings.REDIS, session }, async redis => {
    await requireFingerprintKey(redis, { tenants: [tenant], fingerprint }, session)
    return await compareTenant(options, { tenant, redis, settings, session })
  })
}

interface Deps {
  readonly tenant: Tenant
  readonly redis: RedisClient
  readonly settings: AllSettings
  readonly session: Session
}

async function compareTenant(
  { last = LAST_EVENTS, show = false }: CompareOptions,
  { tenant, redis, settings, session }: Deps,
): Promise<Outcome> {
  const words = session.texts.compare
  const shadow = createTenantMode(redis, tenant.name)
  const mode = await shadow.read()
  if (mode.shadowSince === undefined) throw new UsageError(words.noShadow(tenant.name))
  const events = await shadow.newest(last)
  const chosen = chooseEvents(events, Date.now())

  const { box, replicas } = settings
  const { crm, rd } = openForReading({ tenant, redis, box, replicas })
  const readRecorded = createRecordedPersons(redis, tenant.name, settings.fingerprint)
  const leadDeps = { settings: tenant.settings, crm, readRecorded }
  const marks = createMarkLedger(redis, tenant.name)
  const opportunityDeps = {
    ...{ settings: tenant.settings, crm, states: createContactStates(rd), fingerprint: settings.fingerprint },
    readMark: async (id: string) => (await marks.peek([id]))[0],
  }
  const total = chosen.leads.length + chosen.opportunities.length
  const ask = createAsking(done => session.progressBriefly(words.comparing(done, total)))
  const leads = await ask(chosen.leads, lead => compareLead(lead, leadDeps))
  const opportunities = await ask(chosen.opportunities, each => compareOpportunity(each, opportunityDeps))
  return describeComparisons(
    { tenant: tenant.name, mode, events, chosen, leads, opportunities },
    {
      session,
      showsValues: show,
      momentOf: at => formatMoment(at, session.language, settings.BOARD_TIME_ZONE),
    },
  )
}

/** Where so many questions in a row have no answer, the rest would have none either. */
const MOST_UNASKED = 3

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
      isStopped ||= unaskedInARow === MOST_UNASKED || (unaskedInARow > 0 && isRefused(why))
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
