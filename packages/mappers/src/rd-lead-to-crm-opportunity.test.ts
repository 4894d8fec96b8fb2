import { crmCatalogEntry, type RegisteredLead } from '@ponte/contracts'
import { expect, test } from 'vitest'
import {
  chooseCatalogEntries,
  foldDescription,
  outcomeOfStatus,
  pipelineOfStage,
  statusFor,
  toCrmOpportunity,
} from './rd-lead-to-crm-opportunity.ts'
import { withoutRules } from './testing/lead-arbitraries.ts'

const place = {
  leadId: 'lead-1',
  userId: 'user-1',
  pipelineId: 'pipeline-1',
  stageId: 'stage-1',
  opportunityTypeId: 'type-1',
  statusMap: { WON: 'won', PROGRESS: 'open' },
} as const

const map = (lead: RegisteredLead) => toCrmOpportunity(lead, { ...withoutRules, place }).opportunity

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

test.each([
  [{ email: 'maria@example.com' }, 'RD Station - maria@example.com'],
  [{ mobilePhone: '41999998888' }, 'RD Station - 41999998888'],
  [{ name: 'Maria', conversionIdentifier: 'webinar-crm' }, 'RD Station - Maria - webinar-crm'],
  [{ name: 'M'.repeat(300), conversionIdentifier: 'webinar' }, `RD Station - ${'M'.repeat(232)} - webinar`],
  [{ name: 'Ana', conversionIdentifier: 'w'.repeat(200) }, `RD Station - Ana - ${'w'.repeat(120)}`],
  [{ name: '👩‍👩‍👧‍👦'.repeat(100) }, `RD Station - ${'👩‍👩‍👧‍👦'.repeat(22)}`],
])('the description of %j fits, and names person and conversion: %s', (lead, description) => {
  expect(map(lead).description).toBe(description)
})

const statusMap = { PROGRESS: 'open', WON: 'won', LOST: 'lost', DISCARDED: 'ignored', Concluída: 'won' } as const

test.each([
  ['PROGRESS', 'open'],
  ['won', 'won'],
  [' Lost ', 'lost'],
  ['DISCARDED', 'ignored'],
  ['CONCLUÍDA'.normalize('NFD'), 'won'],
  ['SUSPENDED', undefined],
  ['toString', undefined],
  ['__proto__', undefined],
])('the status %s means %s', (status, outcome) => {
  expect(outcomeOfStatus(status, statusMap)).toBe(outcome)
})

test.each([
  [
    { PERDIDA: 'lost', LOST: 'lost', GANHA: 'won' },
    { lost: 'LOST', won: 'GANHA', open: 'PROGRESS' },
  ],
  [
    { CANCELADA: 'ignored', PERDIDA: 'lost', OUTRA: 'lost' },
    { lost: 'PERDIDA', won: 'WON', open: 'PROGRESS' },
  ],
  [
    { EM_ANDAMENTO: 'open', 'Ganha ': 'won', lost: 'lost' },
    { lost: 'LOST', won: 'Ganha', open: 'EM_ANDAMENTO' },
  ],
  [
    { NEW: 'open', ' Progress': 'open' },
    { lost: 'LOST', won: 'WON', open: 'PROGRESS' },
  ],
] as const)('with the statuses %j they are written as %j', (ofTenant, written) => {
  const names = ['lost', 'won', 'open'] as const
  expect(Object.fromEntries(names.map(name => [name, statusFor(name, ofTenant)]))).toEqual(written)
})

const entry = (id: string, description: string, more: object = {}) =>
  crmCatalogEntry.parse({ id, description, ...more })

test('an id is meant before a description, the exact description before one that differs in case and accents', () => {
  const wanted = 'Abordagem e Investigação'
  const entries = [entry('a', 'abordagem e investigacao'), entry('b', wanted), entry(wanted, 'Outra')]
  const chosen = (count: number, name = wanted) =>
    chooseCatalogEntries(entries.slice(0, count), name).map(({ id }) => id)
  expect([chosen(3), chosen(2), chosen(1), chosen(3, 'Fechamento')]).toEqual([[wanted], ['b'], ['a'], []])
})

test('among stages of one description those of the right pipeline are meant; without any, all of them', () => {
  const stages = [entry('a', 'Etapa', { pipelineId: 'p1' }), entry('b', 'Etapa', { pipeline: { id: 'p2' } })]
  const of = (pipeline: string) =>
    chooseCatalogEntries(stages, 'Etapa', stage => pipelineOfStage(stage) === pipeline).map(({ id }) => id)
  expect([of('p2'), of('p3')]).toEqual([['b'], ['a', 'b']])
})

test.each([
  ['Abordagem e Investigação', 'ABORDAGEM E INVESTIGACAO', true],
  ['Integração RD Station', '  integração\u00a0 rd   station ', true],
  ['Ação', 'Ac\u0327a\u0303o', true],
  ['Abordagem', 'Abordagem e Investigação', false],
  ['Pré-venda', 'Prévenda', false],
])('that %s is the same description as %s is %s', (one, other, isSame) => {
  expect(foldDescription(one) === foldDescription(other)).toBe(isSame)
})
