import { crmLead, crmOpportunity } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { decideOpportunity } from './decide-opportunity.ts'
import { fakeCrm } from './testing/fake-crm.ts'
import { testSettings } from './testing/test-settings.ts'

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
const contextOf = (crm: ReturnType<typeof fakeCrm>['crm']) => ({
  tenant: { settings: testSettings({}) },
  crm,
  users: new Map(),
  catalogs: new Map(),
  note: () => {},
})
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
  const { crm } = fakeCrm({ leads, opportunities: [openAt(given.at)] })
  const lead = { email: 'email' in given ? given.email : email }
  const decided = await decideOpportunity({ ...question, lead, cause: { kind } }, contextOf(crm))
  expect(decided).toMatchObject(decision)
})

test('an earlier opportunity that is open again is in progress', async () => {
  const { crm } = fakeCrm({ leads, opportunities: [openAt('lead')] })
  const history = { lastOpened: { id: 'o2', key: 'other' }, earlier: ['o1'] }
  expect(
    await decideOpportunity({ ...question, history, cause: { kind: 'conversion' } }, contextOf(crm)),
  ).toMatchObject({
    kind: 'in-progress',
    opportunity: { id: 'o1' },
  })
})
