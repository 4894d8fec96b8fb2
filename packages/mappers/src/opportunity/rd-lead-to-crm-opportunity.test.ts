import { expect, test } from 'vitest'
import { toCrmOpportunity } from './rd-lead-to-crm-opportunity.ts'

const place = {
  leadId: 'lead-1',
  userId: 'user-1',
  pipelineId: 'pipeline-1',
  stageId: 'stage-1',
  opportunityTypeId: 'type-1',
  statusMap: { WON: 'won', PROGRESS: 'open' },
} as const

test('an opportunity is open and stands where the tenant wants it', () => {
  expect(toCrmOpportunity({ name: 'Maria Silva', email: 'maria@example.com', notes: [] }, place)).toEqual({
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
  expect(toCrmOpportunity({ email: 'maria@example.com', notes: [] }, place).description).toBe(
    'RD Station - maria@example.com',
  )
  expect(toCrmOpportunity({ mobilePhone: '41999998888', notes: [] }, place).description).toBe(
    'RD Station - 41999998888',
  )
})

test('the description fits', () => {
  const { description } = toCrmOpportunity({ name: '👩‍👩‍👧‍👦'.repeat(100), notes: [] }, place)
  expect(description.length).toBeLessThanOrEqual(255)
  expect(description.endsWith('👩‍👩‍👧‍👦')).toBe(true)
})

test.each([
  [{ EM_ANDAMENTO: 'open', GANHA: 'won' }, 'EM_ANDAMENTO'],
  [{ NEW: 'open', PROGRESS: 'open' }, 'PROGRESS'],
  [{ WON: 'won' }, 'PROGRESS'],
] as const)('with the statuses %j a new opportunity is %s', (statusMap, status) => {
  expect(toCrmOpportunity({ name: 'Maria', notes: [] }, { ...place, statusMap }).status).toBe(status)
})
