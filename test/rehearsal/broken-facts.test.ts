import {
  type FaultOrder,
  type CrmSettings,
  opportunityWorkflows,
  openWorld,
  type Ponte,
  type RdSettings,
  startPonte,
} from '@ponte/testbed'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { swift } from '../support/company.ts'
import { brokenIn, sendWebhooks, startRehearsal } from '../support/commands/rehearse.ts'

/** How one of the two systems is not as assumed. */
interface Break {
  readonly rd?: Partial<RdSettings>
  readonly crm?: Partial<CrmSettings>
  readonly fault?: Omit<FaultOrder, 'system' | 'kind' | 'times'>
}

const breaks: Readonly<Record<string, Break>> = {
  'rd-webhook-fields': { rd: { hiddenInWebhooks: ['city'] } },
  'rd-contact-page': { rd: { publicUrlPath: '/contacts/' } },
  'rd-legal-bases': { rd: { conversionPayloadShown: false } },
  'rd-mark-by-times': { rd: { hiddenInWebhooks: ['last_marked_opportunity_date'] } },
  'rd-conversion-times': {
    fault: {
      match: { path: 'event_type=CONVERSION' },
      status: 200,
      body: [
        {
          event_type: 'CONVERSION',
          event_identifier: 'ponte-rehearsal',
          event_timestamp: '2026-01-01T09:00:00.000-03:00',
        },
      ],
    },
  },
  'rd-segmentation-dates': { rd: { segmentationDates: 'day' } },
  'rd-events-soon': { rd: { processingDelayMs: 9000 } },
  'rd-unknown-email-200': { rd: { marksOfUnknownContacts: 'create' } },
  'rd-sale-without-opportunity': { rd: { saleNeedsOpportunity: true } },
  'rd-one-flag': { rd: { opportunityFlag: 'counted' } },
  'rd-reason-255': { rd: { maxReasonLength: 100 } },
  'crm-login': { fault: { match: { path: '/api/login' }, status: 200, body: {} } },
  'crm-integration-path': { fault: { match: { path: '/api/integration' }, status: 404, body: {} } },
  'crm-resources': { fault: { match: { resource: 'stages-integration' }, status: 404, body: {} } },
  'crm-list-form': { fault: { match: { resource: 'pipelines-integration' }, status: 200, body: { data: [] } } },
  'crm-paging': { crm: { pages: 'ignored' } },
  'crm-error-body': { fault: { match: { resource: 'ponte-rehearsal' }, status: 400, body: 'Erro' } },
  'crm-filters-in-lists': { crm: { listFilters: 'dotted-ignored' } },
  'crm-phone-spelling': { crm: { phoneForm: 'spaced' } },
  'crm-create-answer': { crm: { idForm: 'wrapped' } },
  'crm-update-partial': { crm: { updates: 'replace' } },
  'crm-lead-members': { crm: { hiddenMembers: ['addresses'] } },
  'crm-lead-texts': { crm: { hiddenMembers: ['linkedin'] } },
  'crm-opportunity-members': { crm: { hiddenMembers: ['totalValue'] } },
  'crm-created-at': { crm: { createdAtForm: 'words' } },
  'crm-created-at-zone': { crm: { createdAtForm: 'bare-utc' } },
  'crm-updated-at': { crm: { updatedAtForm: 'words' } },
  'crm-filter-updated-at': { crm: { timeFilters: 'nothing' } },
  'crm-won': { crm: { wonStatus: 'GANHA' } },
  'crm-context-url': { fault: { match: { path: '/opportunity/opportunities/' }, status: 404, body: {} } },
  'crm-trigger-texts': { crm: { triggerTexts: 'numbered' } },
  'crm-event-ids': { crm: { eventIds: 'absent' } },
  'crm-field-shown': { crm: { customFieldsShown: 'not-at-all' } },
  'crm-own-write-fires-updated': { crm: { apiUpdatesTrigger: false } },
  'crm-custom-fields-form': { crm: { customFieldForm: 'list' } },
}
const ids = Object.keys(breaks)
const nameOf = (id: string): string => `broken-${ids.indexOf(id)}-${run}`
const run = crypto.randomUUID().slice(0, 6)

let ponte: Ponte
beforeAll(async () => {
  const worlds = await Promise.all(ids.map(id => openWorld(inject('sharedSandboxUrl'), nameOf(id))))
  const tenants = worlds.map(({ client }, index) => [
    nameOf(ids[index] ?? ''),
    {
      ...swift,
      statusRd: { rounds: 2, pauseSeconds: 2 },
      retry: { attempts: 3, firstDelaySeconds: 5, maxDelaySeconds: 5 },
      rdStation: { ...swift.rdStation, baseUrl: client.rdUrl, tokenUrl: `${client.rdUrl}/auth/token` },
      totvsCrm: { baseUrl: client.crmUrl },
    },
  ])
  ponte = await startPonte({
    redisUrl: inject('redisUrl'),
    sandboxUrl: worlds[0]?.url ?? '',
    tenants: Object.fromEntries(tenants),
    workers: 1,
  })
})
afterAll(() => ponte.stop())

async function openCompany(id: string) {
  const tenant = ponte.tenants.find(({ name }) => name === nameOf(id))
  if (tenant === undefined) throw new Error(`${id} has no tenant`)
  const { client: sandbox } = await openWorld(inject('sharedSandboxUrl'), tenant.name)
  const company = { ponte: { tenant, settings: ponte.settings }, rd: sandbox.rd(), crm: sandbox.crm(), sandbox }
  await sendWebhooks(company)
  await company.crm.change({ workflows: opportunityWorkflows(tenant) })
  return company
}

describe.concurrent('a rehearsal names the assumption that does not hold, ends with 1, and leaves nothing of its person behind', () => {
  test.each(ids)('%s', async id => {
    const { rd, crm, sandbox, ...company } = await openCompany(id)
    const { rd: rdSettings = {}, crm: crmSettings = {}, fault } = breaks[id] ?? {}
    await rd.change({ settings: rdSettings })
    await crm.change({ settings: crmSettings })
    const system = id.startsWith('rd-') ? 'rd-station' : 'totvs-crm'
    if (fault !== undefined) await sandbox.addFault({ ...fault, system, kind: 'status', times: 'forever' })

    const report = await startRehearsal(company, []).report()
    // Each of them is broken in a test.
    expect(report.facts.map(fact => fact.id).toSorted()).toEqual(ids.toSorted())
    expect(brokenIn(report), JSON.stringify(report)).toEqual([id])
    expect(report).toMatchObject({ code: 1, ok: false, left: [] })
    expect((await rd.state()).contacts).toEqual([])
    expect(await crm.leads()).toEqual([])
    expect(await crm.opportunities()).toEqual([])
  })
})
