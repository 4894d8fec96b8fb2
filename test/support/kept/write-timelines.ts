import * as state from '@ponte/state'
import { at, email, path, phone, testFingerprint, type Writer } from './writer.ts'

/** So many sales tell what a sale looks like; after so many without its value the value is gone. */
const [SALES, WITHOUT_VALUE] = [200, 50]

/** What happened to events, and what was counted and observed with it. */
export async function writeTimelines({ redis, tenant, now }: Writer): Promise<void> {
  const timelines = state.createTimelines(redis, tenant, testFingerprint, state.createCalendar('UTC'))
  const own = { event: 'lead.registered', key: 'event-1', jobId: 'j1', receivedAt: new Date(at).toISOString() }
  const of = { ...own, identities: [] }
  await timelines.begin({ ...own, identities: [email, phone] }, { delivery: 'delivery-1' })
  await timelines.record(of, { kind: 'duplicate', at: now })
  await timelines.record(of, { kind: 'duplicate', at: now + 1 })

  const ends = state.createFigureCounts()
  ends.ended('lead.registered', 'failed', 'CRM_REJECTED')
  const run = { kind: 'run', at: now, event: 'lead.registered', jobId: 'j1' } as const
  const failed = { ...run, outcome: 'failed', code: 'CRM_REJECTED' } as const
  await timelines.record(of, failed, { figures: { counts: countWork(), ends: ends.counts } })
  await timelines.record(of, { kind: 'edited', at: now, by: 'ana', jobId: 'j1', fields: ['name'] })
  await timelines.record(of, { kind: 'retried', at: now, by: 'ana', jobId: 'j1' })
  const summary = { key: 'lead-created', values: { lead: 'l1' } }
  const rest = { retry: 'retry-1', opportunityId: 'o1', derivedEvents: [{ event: 'lead.registered', key: 'event-2' }] }
  const done = { ...run, outcome: 'done', summary, ...rest } as const
  await timelines.record(of, done, observed())
  await timelines.record(of, { kind: 'superseded', at: now, event: 'lead.registered', jobId: 'j0' })
  await timelines.record(of, { kind: 'removed', at: now, by: 'ana', jobId: 'j1' })
}

/** Everything that is counted. */
function countWork(): state.FigureCounts['counts'] {
  const figures = state.createFigureCounts()
  figures.firstTry()
  figures.took(1000)
  figures.lead('created')
  figures.lead('updated')
  figures.conversion({ source: 'google', identifier: 'orcamento' })
  figures.defaultUser()
  figures.opportunity()
  figures.mark('opportunity')
  figures.mark('sale', { cents: 129_900 })
  figures.mark('loss', { reason: 'price' })
  for (const kind of ['contacts', 'events', 'crm'] as const) figures.call(kind)
  return figures.counts
}

/** What the run of an opportunity saw. */
function observed() {
  const drift = state.createDriftObserver()
  for (let sale = 0; sale < SALES + WITHOUT_VALUE; sale += 1)
    drift.see('crm.opportunity.won', sale < SALES ? { totalValue: 1 } : {}, `sale-${sale}`)
  drift.seeUnknown('crm.opportunity', 'status', 'SUSPENDED')
  const look = state.createLook()
  look.see({ id: 'o1', updatedAt: '2026-01-01T00:00:00Z' }, path)
  return { drift, look }
}
