import { expect, test } from 'vitest'
import type { RegisteredLead } from '@ponte/contracts'
import { type OpportunityPlace, toCrmOpportunity } from './rd-lead-to-crm-opportunity.ts'
import { withoutRules } from '../testing/lead-arbitraries.ts'

const placed = {
  leadId: 'lead-1',
  userId: 'user-1',
  pipelineId: 'pipeline-1',
  stageId: 'stage-1',
  opportunityTypeId: 'type-1',
  statusMap: { WON: 'won', PROGRESS: 'open' },
} as const

const map = (lead: Partial<RegisteredLead>, place: OpportunityPlace = placed) =>
  toCrmOpportunity({ ...lead }, { ...withoutRules, place }).opportunity

test('an opportunity is open and stands where the tenant wants it', () => {
  expect(map({ name: 'Maria Silva', email: 'maria@example.com' })).toEqual({
    description: 'RD Station - Maria Silva',
    status: 'PROGRESS',
    leadId: 'lead-1',
    userId: 'user-1',
    pipeline: { id: 'pipeline-1' },
    stage: { id: 'stage-1' },
    opportunityType: { id: 'type-1' },
  })
})

test('a lead without a name gives its e-mail, else its phone', () => {
  expect(map({ email: 'maria@example.com' }).description).toBe('RD Station - maria@example.com')
  expect(map({ mobilePhone: '41999998888' }).description).toBe('RD Station - 41999998888')
})

test('the description names the conversion, also when the name is long', () => {
  const from = (name: string) => map({ name, conversionIdentifier: 'webinar-crm' }).description
  expect(from('Maria')).toBe('RD Station - Maria - webinar-crm')
  expect(from('M'.repeat(300))).toHaveLength(255)
  expect(from('M'.repeat(300))).toMatch(/M - webinar-crm$/)
})

test('the description fits', () => {
  const { description } = map({ name: '👩‍👩‍👧‍👦'.repeat(100) })
  expect(description.length).toBeLessThanOrEqual(255)
  expect(description.endsWith('👩‍👩‍👧‍👦')).toBe(true)
})

test.each([
  [{ EM_ANDAMENTO: 'open', GANHA: 'won' }, 'EM_ANDAMENTO'],
  [{ NEW: 'open', PROGRESS: 'open' }, 'PROGRESS'],
  [{ WON: 'won' }, 'PROGRESS'],
] as const)('with the statuses %j a new opportunity is %s', (statusMap, status) => {
  expect(map({ name: 'Maria' }, { ...placed, statusMap }).status).toBe(status)
})
