import { crmCatalogEntry, crmLead, type CrmOpportunity, crmOpportunity } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { decideOpportunity, findLostOpening, firstOpenedByPonte, lookSince } from './decide-opportunity.ts'
import type { ReadingContext } from './reading-context.ts'
import { fakeCrm, type FakeRecords } from './testing/fake-crm.ts'
import { testRoute } from './testing/test-route.ts'
import { testSettings } from './testing/test-settings.ts'

const contextOf = (settings: object, records: FakeRecords = {}): ReadingContext => ({
  tenant: { settings: testSettings(settings) },
  crm: fakeCrm(records).crm,
  users: new Map(),
  catalogs: new Map(),
  note: () => undefined,
})

const open = (opportunityType: object): CrmOpportunity =>
  crmOpportunity.parse({ id: 'o1', leadId: 'lead', status: 'PROGRESS', opportunityType })

const routes = [testRoute({ type: 'Venda nova' }), testRoute({ type: 't9' }, 'by-id')]
const wholeType = { id: 't9', description: 'Matrícula' }

test.each([
  ['of a route, by its name', { id: 't5', description: 'VENDA NOVA' }],
  ['of a route that gives its id, whatever TOTVS CRM calls it', wholeType],
  ['of the variable, by its name', { id: 't1', description: 'Integração RD Station' }],
])('without a record an open opportunity is Ponte’s when it has the type %s', async (_what, type) => {
  expect(await firstOpenedByPonte([open(type)], {}, contextOf({ routes }))).toMatchObject({ id: 'o1' })
})

test('a type that the variable gives by its id is recognised, whatever TOTVS CRM calls it', async () => {
  const variables = { totvs_crm_default_user: 'vendas@acme.example', totvs_crm_oportunity_type: 't9' }
  expect(await firstOpenedByPonte([open(wholeType)], {}, contextOf({ variables }))).toMatchObject({ id: 'o1' })
})

test('an opportunity of another type is somebody else’s', async () => {
  const other = [open({ id: 't7', description: 'Pós-venda' })]
  expect(await firstOpenedByPonte(other, {}, contextOf({ routes }))).toBeUndefined()
})

test('an opportunity of a route’s type is recognised by the id alone, also where TOTVS CRM lacks the type of the variable', async () => {
  const opportunityType = [crmCatalogEntry.parse({ id: 't5', description: 'Venda nova' })]
  const context = contextOf({ routes }, { catalogs: { opportunityType } })
  expect(await firstOpenedByPonte([open({ id: 't5' })], {}, context)).toMatchObject({ id: 'o1' })
})

test('an opportunity whose create was sent is found by the type that was sent, when the route has another one since', async () => {
  const opportunities = [
    crmOpportunity.parse({ ...open({ id: 't5', description: 'Venda nova' }), createdAt: undefined }),
  ]
  const context = contextOf({ routes: [] })
  const opening = { key: 'event', at: Date.now() }
  const sent = { pendingOpening: { ...opening, typeId: 't5' } }
  expect(await findLostOpening(opportunities, { pendingOpening: opening }, context)).toBeUndefined()
  expect(await findLostOpening(opportunities, sent, context)).toMatchObject({ id: 'o1' })
  expect(await firstOpenedByPonte(opportunities, sent, context)).toMatchObject({ id: 'o1' })
})

test.each(['Progress', 'PROGRESS '])(
  'an open opportunity that Ponte opened is found where the settings spell its status %j, by filters that mind case',
  async name => {
    const { totvsCrm } = testSettings()
    const context = contextOf({ totvsCrm: { ...totvsCrm, statusMap: { [name]: 'open' } } })
    const findOpportunities: ReadingContext['crm']['findOpportunities'] = ({ terms }, isWanted) => {
      const found = open(wholeType)
      const members: Readonly<Record<string, unknown>> = { ...found }
      const isAskedFor = terms.every(({ field, value }) => members[field] === value)
      return Promise.resolve([found].filter(each => isAskedFor && isWanted(each)))
    }
    const question = { key: 'second', lead: {}, leadId: 'lead', history: { lastOpened: { id: 'o1', key: 'first' } } }
    const decision = decideOpportunity(
      { ...question, cause: { kind: 'conversion' } },
      { ...context, crm: { ...context.crm, findOpportunities } },
    )
    expect(await decision).toMatchObject({ kind: 'in-progress', opportunity: { id: 'o1' } })
  },
)

test('an opportunity that the person got since a moment is seen, whoever opened it, whatever became of it, and at another lead too', async () => {
  const since = Date.parse('2026-11-30T12:00:00Z')
  const emails = [{ email: 'ana@x.example' }]
  const leads = ['lead', 'other', 'stranger'].map(id => crmLead.parse({ id, ...(id !== 'stranger' && { emails }) }))
  const look = (leadId: string, createdAt: string | undefined) => {
    const opportunities = [crmOpportunity.parse({ id: 'o1', leadId, status: 'LOST', createdAt })]
    return lookSince({ email: 'ana@x.example' }, { leadId: 'lead', since }, contextOf({}, { leads, opportunities }))
  }
  const [after, before] = ['2026-11-30T12:00:00Z', '2026-11-30T11:58:59Z']
  expect(await Promise.all(['lead', 'other'].map(id => look(id, after)))).toEqual(['opened', 'opened'])
  expect(await Promise.all(['lead', 'other'].map(id => look(id, before)))).toEqual([undefined, undefined])
  expect(await look('lead', undefined)).toBe('opened')
  expect(await look('stranger', after)).toBeUndefined()
})

const email = 'ana@x.example'
const leads = ['lead', 'other'].map(id => crmLead.parse({ id, emails: [{ email }] }))
const openAt = (leadId: string) =>
  crmOpportunity.parse({
    id: 'o1',
    leadId,
    status: 'PROGRESS',
    opportunityType: { id: 't7', description: 'Pós-venda' },
  })
const question = { key: 'k', lead: { email }, leadId: 'lead', history: {} }
const heldUp = (key: string) => ({ kind: 'held-up', summary: { key } })

test.each([
  ['a mark by marketing', 'of the lead', 'mark', { at: 'lead' }, heldUp('opportunity-of-person-open')],
  [
    'a mark by marketing',
    'of another lead with the e-mail',
    'mark',
    { at: 'other' },
    heldUp('opportunity-of-person-open'),
  ],
  [
    'a mark by marketing',
    'that nobody can look for',
    'mark',
    { at: 'nobody', email: 'ana{1}@x.example' },
    heldUp('opportunity-not-searchable'),
  ],
  ['a conversion', 'of the lead', 'conversion', { at: 'lead' }, { kind: 'open' }],
] as const)('%s meets an open opportunity of a salesperson %s', async (_event, _whose, kind, given, decision) => {
  const context = contextOf({}, { leads, opportunities: [openAt(given.at)] })
  const lead = { email: 'email' in given ? given.email : email }
  const decided = await decideOpportunity({ ...question, lead, cause: { kind } }, context)
  expect(decided).toMatchObject(decision)
})

test('an earlier opportunity that is open again is in progress', async () => {
  const context = contextOf({}, { leads, opportunities: [openAt('lead')] })
  const history = { lastOpened: { id: 'o2', key: 'other' }, earlier: ['o1'] }
  expect(await decideOpportunity({ ...question, history, cause: { kind: 'conversion' } }, context)).toMatchObject({
    kind: 'in-progress',
    opportunity: { id: 'o1' },
  })
})
