import {
  crmLead,
  crmOpportunity,
  failureMessage,
  message,
  type RegisteredLead,
  renderMessage,
  TransientFailure,
} from '@ponte/contracts'
import { conversionOf, createFingerprint } from '@ponte/state'
import { expect, test } from 'vitest'
import { type FakeRecords, fakeCrm, userOf } from '../testing/fake-crm.ts'
import { testRoute } from '../testing/test-route.ts'
import { testSettings } from '../testing/test-settings.ts'
import type { PreviewRow } from './lead-preview.ts'
import { previewInWords } from './preview-in-words.ts'
import { previewLead, type PreviewedEvent, type RecordedOfPerson } from './preview-lead.ts'

const maria: RegisteredLead = {
  uuid: 'u-1',
  email: 'maria@cliente.example',
  name: 'Maria',
  state: 'SP',
  conversionIdentifier: 'webinar-crm',
  convertedAt: '2026-03-05T12:00:00.000Z',
}
const fingerprint = createFingerprint(Buffer.alloc(32, 1))
const DEFAULT = 'vendas@acme.example'
const route = (then: Parameters<typeof testRoute>[0]) => ({ ...testRoute(then), when: { state: 'São Paulo' } })

interface Case {
  readonly lead?: Partial<RegisteredLead>
  readonly settings?: object
  readonly records?: FakeRecords
  readonly recorded?: Partial<RecordedOfPerson>
  readonly event?: Partial<PreviewedEvent>
}

async function preview({ lead = {}, settings = {}, records = {}, recorded, event: more }: Case = {}) {
  const { crm, calls } = fakeCrm(records)
  const receivedAt = '2026-03-05T12:00:01.000Z'
  const event: PreviewedEvent = { v: 1, key: 'key-1', receivedAt, lead: { ...maria, ...lead }, ...more }
  const all: RecordedOfPerson = {
    marks: { isOwn: () => false, latestIfOwn: () => undefined },
    linked: [],
    unfinishedCreationAt: undefined,
    historyOf: () => Promise.resolve({}),
    conversionAt: at => conversionOf(event.lead, at, fingerprint),
    mode: { mode: 'live', since: 0 },
    ...recorded,
  }
  const found = await previewLead(event, {
    settings: testSettings(settings),
    openCrm: () => crm,
    readRecorded: () => Promise.resolve(all),
  })
  return { ...found, calls, row: (target: string, rule?: string) => rowOf(found.rows, target, rule) }
}

const rowOf = (rows: readonly PreviewRow[], target: string, rule?: string): PreviewRow | undefined =>
  rows.find(each => each.target === target && each.rule === rule)

const known = crmLead.parse({
  id: 'lead-1',
  name: 'Maria',
  userId: 'ana@acme.example',
  emails: [{ email: 'maria@cliente.example', standard: true }],
})
const open = (more: object = {}) =>
  crmOpportunity.parse({
    id: 'opportunity-1',
    status: 'PROGRESS',
    leadId: 'lead-1',
    opportunityType: { id: 't1', description: 'Integração RD Station' },
    ...more,
  })

test('a new lead is created for the default user with an opportunity where the variables say', async () => {
  const found = await preview()
  expect(found).toMatchObject({
    outcome: 'sent',
    reasons: [],
    crmFailure: undefined,
    lead: { standing: 'new' },
    owner: { standing: 'default', users: [{ id: DEFAULT, email: DEFAULT }] },
    opportunity: { standing: 'opened' },
    place: {
      pipeline: { from: 'variable', id: 'p1', description: 'MQL - Marketing Qualified Lead' },
      stage: { id: 's1' },
      type: { id: 't1' },
    },
  })
  expect(found.row('lead.name')).toMatchObject({ place: 'name', values: ['Maria'], value: 'Maria', outcome: 'written' })
  expect(found.row('lead.jobTitle')).toMatchObject({ place: undefined, value: undefined, outcome: 'no-value' })
  expect(found.row('opportunity.description')).toMatchObject({
    place: 'conversion.identifier',
    value: 'RD Station - Maria - webinar-crm',
    outcome: 'written',
  })
})

test.each([
  [
    'that a filter skips',
    { skip: [{ name: 'sp', when: { state: 'sp' } }] },
    message('lead-skipped-by-rule', { rule: 'sp' }),
  ],
  ['that no filter sends', { send: [{ name: 'rj', when: { state: 'RJ' } }] }, message('lead-sent-by-no-rule')],
])('a lead %s is skipped, the filter is named, and TOTVS CRM is not asked', async (_what, filters, reason) => {
  const { outcome, reasons, rows, calls } = await preview({ settings: { filters } })
  expect({ outcome, reasons, rows, calls }).toEqual({ outcome: 'skipped', reasons: [reason], rows: [], calls: [] })
})

test('a filter that sends a lead is named, with what it wants and what the lead has', async () => {
  const filters = { send: [{ name: 'sp', when: { state: ['SP', 'RJ'], identifier: 'webinar-*' } }] }
  const found = await preview({ settings: { filters } })
  expect(found.reasons).toEqual([message('lead-sent-by-rule', { rule: 'sp' })])
  expect(found.filter).toEqual({
    name: 'sp',
    conditions: [
      { key: 'identifier', patterns: ['webinar-*'], values: ['webinar-crm'] },
      { key: 'state', patterns: ['SP', 'RJ'], values: ['SP'] },
    ],
  })
})

test('a route says pipeline and stage, and its users are all that can take the lead', async () => {
  const owner = ['ana@acme.example', 'bia@acme.example', 'caio@acme.example']
  const users = [userOf('ana@acme.example'), userOf('bia@acme.example', { active: false }), userOf('caio@acme.example')]
  const settings = { routes: [route({ pipeline: 'Enterprise', stage: 'Contato', owner })] }
  const found = await preview({ settings, records: { users } })
  expect(found).toMatchObject({
    outcome: 'sent',
    route: { name: 'enterprise', conditions: [{ key: 'state', values: ['SP'] }] },
    place: { pipeline: { from: 'route', id: 'p2' }, stage: { from: 'route', id: 's2' }, type: { from: 'variable' } },
    owner: { standing: 'in-turn', users: [{ id: 'ana@acme.example' }, { id: 'caio@acme.example' }] },
  })
})

test('a route that cannot be followed fails the lead, and what the rules make of it is shown all the same', async () => {
  const found = await preview({ settings: { routes: [route({ pipeline: 'Gone' })] } })
  expect(found).toMatchObject({
    outcome: 'failed',
    reasons: [failureMessage('ROUTE_NOT_POSSIBLE', { route: 'enterprise', problem: 'pipeline' })],
    place: { pipeline: { wanted: 'Gone', id: undefined } },
  })
  expect(found.row('lead.name')).toMatchObject({ outcome: 'written' })
})

test('a known lead keeps its user, and the opportunity that is open holds up another one', async () => {
  const found = await preview({ records: { leads: [known], opportunities: [open()] } })
  expect(found).toMatchObject({
    lead: { standing: 'known', id: 'lead-1' },
    owner: { standing: 'kept', users: [{ id: 'ana@acme.example' }] },
    opportunity: { standing: 'held-up', id: 'opportunity-1', reason: message('opportunity-in-progress') },
  })
  expect(found.row('lead.name')).toMatchObject({ current: 'Maria', outcome: 'same' })
  expect(found.row('opportunity.description')).toMatchObject({ outcome: 'not-opened' })
})

test("a known lead of the default user gives its opportunity to the route's users", async () => {
  const users = [userOf(DEFAULT), userOf('ana@acme.example')]
  const settings = { routes: [route({ owner: ['ana@acme.example'] })] }
  const found = await preview({ settings, records: { users, leads: [{ ...known, userId: DEFAULT }] } })
  expect(found.owner).toMatchObject({ standing: 'kept', users: [{ id: DEFAULT, name: 'vendas' }] })
  expect(found.opportunity.owner).toMatchObject({ standing: 'in-turn', users: [{ id: 'ana@acme.example' }] })
})

test('when TOTVS CRM does not answer it is asked once, and the rest is shown with what is not known', async () => {
  const failure = new TransientFailure('CRM_UNREACHABLE', { system: 'totvs-crm' })
  const settings = {
    routes: [route({ pipeline: 'Enterprise' })],
    fields: [{ from: 'conversion.identifier', to: 'lead.customFields.origem' }],
  }
  const found = await preview({ settings, records: { failure } })
  expect(found).toMatchObject({
    outcome: 'sent',
    crmFailure: failureMessage('CRM_UNREACHABLE', {}),
    lead: { standing: 'unknown' },
    owner: { standing: 'unknown' },
    route: { name: 'enterprise' },
    place: { pipeline: { wanted: 'Enterprise', id: undefined } },
    opportunity: { standing: 'unknown' },
  })
  expect(found.row('lead.customFields.origem', 'lead.customFields.origem')).toMatchObject({
    value: 'webinar-crm',
    outcome: 'unknown',
  })
  expect(found.calls).toEqual(['findLeads'])
})

test('a conversion that is older than what was applied is skipped, as the worker would', async () => {
  const historyOf = () => Promise.resolve({ convertedAt: Date.parse('2026-03-06T00:00:00Z') })
  const found = await preview({ records: { leads: [known] }, recorded: { historyOf } })
  expect(found).toMatchObject({
    outcome: 'skipped',
    reasons: [message('lead-newer-conversion', { lead: 'lead-1' })],
    lead: { standing: 'known' },
    rows: [],
  })
})

test('a conversion that another event has decided only fills what is empty, and opens no opportunity', async () => {
  const at = Date.parse('2026-03-05T12:00:01.000Z')
  const decided = [{ key: 'key-0', ...conversionOf(maria, at, fingerprint) }]
  const historyOf = () => Promise.resolve({ convertedAt: at, decided })
  const existing = crmLead.parse({ ...known, jobTitle: 'CEO' })
  const lead = { jobTitle: 'Dona', website: 'https://padaria.example' }
  const found = await preview({ lead, records: { leads: [existing] }, recorded: { historyOf } })
  expect(found.opportunity).toMatchObject({ standing: 'held-up', reason: message('conversion-decided-before') })
  expect(found.row('lead.jobTitle')).toMatchObject({ outcome: 'kept' })
  expect(found.row('lead.website')).toMatchObject({ outcome: 'written' })
})

test("the echo of Ponte's own mark opens no opportunity", async () => {
  const lead = { deliveredFor: 'mark', markedAt: '2026-03-05T12:00:00.000Z' } as const
  const marks = { isOwn: () => true, latestIfOwn: () => undefined }
  const ofKnown = await preview({ lead, records: { leads: [known] }, recorded: { marks } })
  expect(ofKnown.opportunity).toMatchObject({ standing: 'held-up', reason: message('own-mark') })
  expect(await preview({ lead, recorded: { marks } })).toMatchObject({
    outcome: 'skipped',
    reasons: [message('own-mark-without-lead')],
  })
})

test('a mark of the time in which a package made the marks opens nothing either', async () => {
  const lead = { deliveredFor: 'mark', markedAt: '2026-03-05T12:00:00.000Z' } as const
  const after = (offAt: string) =>
    preview({ lead, recorded: { mode: { mode: 'live', since: 0, offAt: Date.parse(offAt) } } })
  expect((await after('2026-03-05T12:00:00.000Z')).reasons).toEqual([message('own-mark-without-lead')])
  expect((await after('2026-03-05T11:00:00.000Z')).outcome).toBe('sent')
})

test.each(['shadow', 'live'] as const)(
  "after a way back an event of Ponte's opens none if the person got one since it came, and the mark in it is somebody's (%s)",
  async mode => {
    const shadowSince = Date.parse('2026-03-05T13:00:00Z')
    const recorded = { mode: { mode, since: shadowSince, shadowSince, ...(mode === 'live' && { offAt: Infinity }) } }
    const opened = open({ status: 'LOST', createdAt: '2026-03-05T12:30:00Z', opportunityType: { id: 't9' } })
    const records = { leads: [known], opportunities: [opened] }
    const found = await preview({ records, recorded, event: { owner: 'ponte' } })
    expect(found.opportunity).toMatchObject({ standing: 'held-up', reason: message('opened-since') })
    const lead = { deliveredFor: 'mark', markedAt: '2026-03-05T12:00:00.000Z' } as const
    expect((await preview({ lead, recorded, event: { owner: 'ponte' } })).outcome).toBe('sent')
    expect((await preview({ lead, recorded, event: { owner: 'shadow' } })).outcome).toBe('skipped')
  },
)

test('a new lead of an import that opens none fails if its route cannot be followed, as in a run, and a known one does not', async () => {
  const event = { v: 2, import: { opensOpportunity: false, isUndated: false } } as const
  const settings = { routes: [route({ pipeline: 'Pós-venda' })] }
  expect(await preview({ event, settings })).toMatchObject({
    outcome: 'failed',
    reasons: [{ key: 'ROUTE_NOT_POSSIBLE' }],
  })
  expect(await preview({ event, settings, records: { leads: [known] } })).toMatchObject({ outcome: 'sent' })
})

test('an event whose opportunity was opened opens no other one', async () => {
  const historyOf = () => Promise.resolve({ lastOpened: { id: 'opportunity-1', key: 'key-1' } })
  const found = await preview({ records: { leads: [known] }, recorded: { historyOf } })
  expect(found.opportunity).toMatchObject({ standing: 'held-up', reason: message('opportunity-opened-before') })
})

test('what only an update of the lead needs fails nothing: the default user and the variables are looked up when they count', async () => {
  const users = [userOf(DEFAULT, { active: false }), userOf('ana@acme.example')]
  const records = { users, leads: [known], opportunities: [open()], catalogs: { pipeline: [] } }
  const without = await preview({ records })
  expect(without).toMatchObject({ outcome: 'sent', opportunity: { standing: 'held-up' } })
  expect(without.calls).not.toContain('listCatalog pipeline')
  const settings = { routes: [route({ pipeline: 'Enterprise', owner: ['ana@acme.example'] })] }
  const routed = await preview({ records, settings })
  expect(routed).toMatchObject({ outcome: 'failed', reasons: [{ key: 'ROUTE_NOT_POSSIBLE' }] })
  expect(routed.calls).not.toContain('findUsers')
})

test("a default user's lead gives its opportunity to the owner in RD Station before the route's users", async () => {
  const users = [userOf(DEFAULT), userOf('ana@acme.example'), userOf('bia@acme.example')]
  const settings = { routes: [route({ owner: ['ana@acme.example'] })] }
  const lead = { ownerEmail: 'bia@acme.example' }
  const found = await preview({ lead, settings, records: { users, leads: [{ ...known, userId: DEFAULT }] } })
  expect(found.opportunity.owner).toMatchObject({
    standing: 'owner-in-rd-station',
    users: [{ id: 'bia@acme.example' }],
  })
})

test('a lead that newer values were applied to stays as it is, and its opportunity is opened', async () => {
  const historyOf = () => Promise.resolve({ shownAt: Date.parse('2026-03-06T00:00:00Z') })
  const found = await preview({ records: { leads: [known] }, recorded: { historyOf } })
  expect(found).toMatchObject({ lead: { standing: 'kept' }, opportunity: { standing: 'opened' } })
  expect(found.rows.map(({ target }) => target)).toEqual(['opportunity.description'])
})

test('a conversion older than the one that the lead is being created from is skipped', async () => {
  const unfinishedCreationAt = Date.parse('2026-03-06T00:00:00Z')
  expect(await preview({ records: { leads: [known] }, recorded: { unfinishedCreationAt } })).toMatchObject({
    outcome: 'skipped',
  })
})

test('what a worker would read from RD Station is named, because a preview does not read it', async () => {
  const settings = { fields: [{ from: 'state', to: 'lead.customFields.uf' }] }
  const found = await preview({ lead: { state: undefined, lacks: ['state'], lacksFunnel: true }, settings })
  const warning = message('preview-lacking', { places: ['state', 'owner'] })
  expect(previewInWords(found, 'en').warnings).toEqual([renderMessage(warning, 'en')])
  expect(previewInWords(await preview({ settings }), 'en').warnings).toEqual([])
})
