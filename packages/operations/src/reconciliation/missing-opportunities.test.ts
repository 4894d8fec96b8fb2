import { HOUR_MS, crmLead, crmOpportunity, PermanentFailure } from '@ponte/contracts'
import { markFingerprint } from '@ponte/mappers'
import { createLook, createTimelines, type MarkRecord, stateKey } from '@ponte/state'
import { expect, test } from 'vitest'
import { findMissingOpportunities } from './find-missing-opportunities.ts'
import { openTenant } from './testing/open-tenant.ts'

const now = Date.now()
const leadOf = (id: string, email = `${id}@cliente.example`) => crmLead.parse({ id, emails: [{ email }] })
const opportunity = crmOpportunity.parse({ id: 'one', leadId: 'a', status: 'WON', totalValue: 5 })

interface Given {
  /** As it is in TOTVS CRM now. */
  readonly now?: object
  readonly recorded?: Partial<MarkRecord>
  /** Ponte has read it since its last change. */
  readonly isLookedAt?: boolean
  readonly email?: string
  readonly getLead?: (id: string) => Promise<never>
}

/** RD Station was told of the sale two hours ago, and Ponte looked at it then. An hour ago it was changed. */
async function missingOf({ now: changes = {}, recorded = {}, isLookedAt = false, email, getLead }: Given) {
  await using world = openTenant()
  const { deps } = world
  const { redis, tenant, fingerprint } = deps
  const { person } = markFingerprint({ opportunity, lead: leadOf('a') }, fingerprint.exact)
  const record: MarkRecord = { marked: 'won', contact: 'c', lead: 'a', person, worth: { cents: 500 }, ...recorded }
  await redis.set(stateKey(tenant.name, 'mark', 'one'), JSON.stringify(record))
  const look = createLook()
  const updatedAt = now - (isLookedAt ? HOUR_MS : 2 * HOUR_MS)
  look.see({ id: 'one', updatedAt: new Date(updatedAt).toISOString() }, '/api/v1/opportunity/opportunities')
  const of = { event: 'opportunity.won', key: 'k', receivedAt: '2026-01-01T00:00:00Z', jobId: 'j', identities: ['o'] }
  const end = { kind: 'run', at: 1, event: of.event, jobId: 'j', outcome: 'skipped' } as const
  await createTimelines(redis, tenant.name, fingerprint).record(of, end, { look })
  const changed = { opportunity: crmOpportunity.parse({ ...opportunity, ...changes }), updatedAt: now - HOUR_MS }
  const crm = { getLead: getLead ?? ((id: string) => Promise.resolve(leadOf(id, email))) }
  return (await findMissingOpportunities([changed], crm, deps)).map(({ opportunityId }) => opportunityId)
}

test.each<[string, Given]>([
  ['a sale that was missed', { recorded: { marked: 'open', worth: undefined } }],
  ['a sale that was given to another lead', { now: { leadId: 'b' } }],
  ['a sale whose lead names another person', { email: 'outra@cliente.example' }],
  ['a sale whose value was changed', { now: { totalValue: 7 } }],
  [
    'a loss whose reason was changed',
    { now: { status: 'LOST' }, recorded: { marked: 'lost', worth: { reason: 'Preço' } } },
  ],
  ['a mark that nobody knows the end of', { recorded: { pending: true } }],
  [
    'an open opportunity that was given to another lead',
    { now: { leadId: 'b', status: 'PROGRESS' }, recorded: { marked: 'open' } },
  ],
  ['one that was given away and then discarded', { now: { leadId: 'b', status: 'DISCARDED' } }],
  ['one whose lead cannot be read', { getLead: () => Promise.reject(new PermanentFailure('CRM_UNREADABLE')) }],
])('%s is missing', async (_what, given) => {
  expect(await missingOf(given)).toEqual(['one'])
  expect(await missingOf({ ...given, isLookedAt: true })).toEqual([])
})

test.each<[string, Given]>([
  ['a sale that was told as it is', { now: { description: 'Outra' } }],
  [
    'one that another program told',
    { recorded: { contact: undefined, lead: undefined, person: undefined, worth: undefined }, now: { totalValue: 7 } },
  ],
  ['a discarded opportunity', { now: { status: 'DISCARDED' }, recorded: { marked: 'none', contact: undefined } }],
])('%s is not missing', async (_what, given) => {
  expect(await missingOf(given)).toEqual([])
})
