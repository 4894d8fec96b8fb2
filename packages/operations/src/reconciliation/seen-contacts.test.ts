import { jobs, requireIdentities } from '@ponte/contracts'
import { enqueueImport, newImportId } from '@ponte/runtime'
import { change, createContactLinks, createLeadLedger, type LeadHistory } from '@ponte/state'
import { expect, onTestFinished, test } from 'vitest'
import { type ContactsRequest, findMissingContacts } from './find-missing-contacts.ts'
import { openTenant } from './testing/open-tenant.ts'

const now = Date.parse('2026-11-29T12:00:00Z')
const AT = Date.parse('2026-11-29T11:00:00Z')
const person = { uuid: '5e3a0d1c-0000-4000-8000-000000000000', email: 'ana@cliente.example' }

/** A contact whose conversion a segmentation lists, and one of its events. */
function open({ listed = '2026-11-29T08:00:00-03:00', event = listed }: { listed?: string; event?: string } = {}) {
  const { deps, ...tenant } = openTenant()
  onTestFinished(() => tenant[Symbol.asyncDispose]())
  const rd: ContactsRequest['rd'] = {
    findContact: async () => person,
    listContactEvents: async () => [{ event_type: 'CONVERSION', event_timestamp: event, event_identifier: 'contato' }],
    listSegmentationContacts: async () => ({ contacts: [{ ...person, last_conversion_date: listed }], isLast: true }),
  }
  return {
    deps,
    conversionAt: (at: number) => createLeadLedger(deps.redis, deps.tenant.name, deps).conversionOf(person, at),
    async record(history: LeadHistory): Promise<void> {
      const leads = createLeadLedger(deps.redis, deps.tenant.name, deps)
      const links = createContactLinks(deps.redis, deps.tenant.name, deps.fingerprint)
      await change(deps.redis, [
        leads.beginningOf('lead-1', history),
        ...links.rememberingLead(requireIdentities(person), 'lead-1'),
      ])
    },
    async missing(): Promise<readonly (string | undefined)[]> {
      const found = await findMissingContacts({ rd, segmentation: '7', since: now - 86_400_000, now }, deps)
      if (!('events' in found)) throw new Error('the segmentation is read')
      return found.events.map(({ lead }) => lead.convertedAt)
    },
  }
}

const isMissing = ['2026-11-29T11:00:00.000Z']

test.each([-2000, 0, 2000])(
  'a conversion that was decided %d ms from what the segmentation says is not missing',
  async offMs => {
    const { record, missing, conversionAt } = open()
    await record({ convertedAt: AT + offMs, decided: [{ key: 'rd1-1', ...conversionAt(AT + offMs) }] })
    expect(await missing()).toEqual([])
  },
)

test('a conversion that was decided before a newer one is not missing', async () => {
  const { record, missing, conversionAt } = open()
  await record({ convertedAt: AT + 60_000, decided: [{ key: 'rd1-1', ...conversionAt(AT) }] })
  expect(await missing()).toEqual([])
})

test('an older conversion than one that was applied is not missing: it would be skipped', async () => {
  const { record, missing } = open()
  await record({ convertedAt: AT + 60_000 })
  expect(await missing()).toEqual([])
})

test('a conversion of which only a row of an import has told, which may open no opportunity, is missing', async () => {
  const { deps, record, missing } = open()
  await record({ convertedAt: AT })
  const convertedAt = new Date(AT).toISOString()
  const { lead } = jobs['lead.registered'].data.parse({
    ...{ v: 1, key: 'k', receivedAt: convertedAt, lead: { ...person, convertedAt } },
  })
  const rowOf = async (opensOpportunity: boolean) => {
    const event = { name: 'lead.registered', key: `import-${opensOpportunity}`, lead } as const
    const [jobId, receivedAt] = [newImportId(), new Date(now).toISOString()]
    const options = { jobId, receivedAt, import: { opensOpportunity, isUndated: false } }
    await enqueueImport(deps.queues, deps.tenant, event, options)
    const identities = [person.email]
    await deps.timelines.begin({ event: event.name, key: event.key, receivedAt, jobId, identities })
    return jobId
  }
  const jobId = await rowOf(false)
  expect(await missing()).toEqual(isMissing)
  await deps.queues['totvs-crm'].remove(jobId)
  expect(await missing()).toEqual(isMissing)
  await rowOf(true)
  expect(await missing()).toEqual([])
})

test.each(['2026-11-29 11:00:00', '2026-11-29 08:00:00', '2026-11-29 11:00:01.900'])(
  'an event at %s without an offset is read in the zone in which it is the conversion that is sought',
  async event => {
    const [found] = await open({ event }).missing()
    expect(Math.abs(Date.parse(found ?? '') - AT)).toBeLessThanOrEqual(2000)
  },
)

test('an event without an offset that is the conversion in neither zone is another one', async () => {
  expect(await open({ event: '2026-11-29 05:00:00' }).missing()).toEqual([])
})
