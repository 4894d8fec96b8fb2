import type { Call, CrmLeadState, CrmOpportunityState, Delivery, RdContactState } from '@ponte/testbed'
import type { Content } from '../plan/bodies.ts'
import type { Evidence } from './evidence.ts'
import { type Person, type PersonKind, identifierOf, valuesOf } from '../plan/people.ts'
import type { JobView } from '../run/queue-view.ts'
import type { Sent } from '../run/rd-sender.ts'
import type { Stand } from '../run/salesperson.ts'

/** The evidence of a storm in which all went well, in a few parts. For tests of the checker. */

export const personOf = (kind: PersonKind, versions: number): Person => ({
  number: 7,
  kind,
  uuid: 'contact-7',
  email: 'sete@cliente.example',
  conversions: Array.from({ length: versions }, (_, index) => ({
    version: index + 1,
    eventUuid: `event-${index + 1}`,
    at: atMinute(index),
    format: 'v1',
    withUuid: true,
  })),
})

const atMinute = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()

export const leadOf = (person: Person, version: number): CrmLeadState => {
  const { name, city, jobTitle } = valuesOf(person, { version })
  return {
    id: 'lead-7',
    code: '61',
    name,
    jobTitle,
    externalId: `rd:${person.uuid}`,
    leadSituationId: 'situation',
    leadOriginId: 'origin',
    type: 'LEAD',
    userId: 'user',
    emails: [{ email: person.email ?? '', emailTypeId: 'email', standard: true }],
    phones: [],
    addresses: [{ addressType: { id: 'address' }, cityName: city, stateName: null }],
    customFields: { origem: identifierOf(version) },
    createdAt: atMinute(0),
    updatedAt: atMinute(0),
  }
}

export const opportunityOf = (
  person: Person,
  version: number,
  changes: Partial<CrmOpportunityState> = {},
): CrmOpportunityState => ({
  id: `opportunity-${version}`,
  code: '62',
  description: `RD Station - ${valuesOf(person, { version }).name} - ${identifierOf(version)}`,
  status: 'PROGRESS',
  leadId: 'lead-7',
  userId: 'user',
  pipeline: { id: 'pipeline', description: 'Pipeline' },
  stage: { id: 'stage', description: 'Stage' },
  opportunityType: { id: 'type', description: 'Type' },
  totalValue: null,
  lossReason: null,
  createdAt: atMinute(version * 10),
  updatedAt: atMinute(version * 10),
  customFields: { origem: identifierOf(version) },
  ...changes,
})

export const won = (opportunityId: string, minute: number, value: number): Stand => ({
  opportunityId,
  person: 7,
  at: atMinute(minute),
  status: 'WON',
  value,
  reason: null,
})
export const lost = (opportunityId: string, minute: number, reason: string): Stand => ({
  opportunityId,
  person: 7,
  at: atMinute(minute),
  status: 'LOST',
  value: null,
  reason,
})
export const reopened = (opportunityId: string, minute: number): Stand => ({
  opportunityId,
  person: 7,
  at: atMinute(minute),
  status: 'PROGRESS',
  value: null,
  reason: null,
})

type Mark = RdContactState['marks'][number]
const mark = (type: Mark['type'], rest: Partial<Mark> = {}): Mark => ({
  type,
  eventUuid: 'uuid',
  at: atMinute(0),
  ...rest,
})
export const markedOpportunity = mark('OPPORTUNITY')
export const markedSale = (value: number): Mark => mark('SALE', { value })
export const markedLoss = (reason: string): Mark => mark('OPPORTUNITY_LOST', { reason })

/** A contact as its marks left it. */
export const contactWith = (person: Person, marks: readonly Mark[]): RdContactState => ({
  uuid: person.uuid,
  email: person.email ?? '',
  company: null,
  tags: [],
  custom_fields: {},
  available_for_mailing: true,
  created_at: atMinute(0),
  funnel: {
    lifecycle_stage: marks.some(({ type }) => type === 'SALE') ? 'Client' : 'Lead',
    opportunity: marks.at(-1)?.type === 'OPPORTUNITY',
    contact_owner_email: null,
    fit: 0,
    interest: 0,
  },
  marks,
  sales: [],
  conversions: [],
})

export const acknowledged = (contents: readonly Content[], key: string): Sent => ({
  contents,
  statuses: [202],
  answer: {
    accepted: contents
      .filter(({ kind }) => kind === 'conversion')
      .map((_, index) => ({ event: 'lead.registered', key: `${key}-${index}` })),
    duplicates: [],
    quarantined: contents
      .filter(({ kind }) => kind === 'unreadable')
      .map(() => ({ code: 'BODY_NOT_UNDERSTOOD', issues: [] })),
    ignored: [],
  },
})

export const webhookOf = (opportunityId: string, minute: number, state: Delivery['state'] = 'delivered'): Delivery => ({
  id: `${opportunityId}-${minute}`,
  system: 'totvs-crm',
  account: 'demo',
  trigger: 'Opportunity updated',
  url: 'http://ingress.example',
  createdAt: atMinute(minute),
  body: { source: { row: { id: opportunityId } } },
  attempts: [{ at: atMinute(minute), status: state === 'delivered' ? 202 : null, durationMs: 1, answer: '' }],
  state,
})

export const echoOf = (person: Person, state: Delivery['state'] = 'delivered'): Delivery => ({
  ...webhookOf('', 15, state),
  system: 'rd-station',
  trigger: 'WEBHOOK.MARKED_OPPORTUNITY',
  body: { contact: { uuid: person.uuid } },
})

export const writeOf = (person: Person, version: number, number: number, action: 'create' | 'update'): Call => ({
  number,
  at: atMinute(number),
  system: 'totvs-crm',
  account: 'demo',
  method: 'POST',
  path: '/api/integration',
  query: {},
  integration: {
    action,
    resource: 'leads-integration',
    ...(action === 'update' && { filter: '{id->eq->lead-7}' }),
  },
  body: { name: valuesOf(person, { version }).name },
  status: 200,
})

/** The text is written into `statusRD` of an opportunity. */
export const statusWriteOf = (opportunityId: string, number: number): Call => ({
  ...writeOf(personOf('visitor', 1), 1, number, 'update'),
  integration: {
    action: 'update',
    resource: 'opportunities-integration',
    filter: `{id->eq->${opportunityId}}`,
  },
  body: { customFields: { statusRD: 'ERRO 1/2' } },
})

export const failedJob = (changes: Partial<JobView>): JobView => ({
  queue: 'rd-station',
  name: 'opportunity.won',
  state: 'failed',
  data: {},
  reason: 'RD_REJECTED: RD Station refused the data.',
  ...changes,
})

/**
 * A visitor who converted twice; the first conversion opened the opportunity, which was won for 100.25. One body was
 * unreadable and is in quarantine.
 */
export function calmEvidence(): Evidence {
  const person = personOf('visitor', 2)
  return {
    people: [person],
    sent: [
      acknowledged([{ kind: 'conversion', person: 7, version: 1 }], 'one'),
      acknowledged([{ kind: 'conversion', person: 7, version: 2 }], 'two'),
      acknowledged([{ kind: 'unreadable', marker: 'estranho' }], 'three'),
    ],
    webhooks: [webhookOf('opportunity-1', 10), webhookOf('opportunity-1', 20)],
    echoes: [],
    stands: [won('opportunity-1', 20, 100.25)],
    leads: [leadOf(person, 2)],
    opportunities: [opportunityOf(person, 1, { status: 'WON', totalValue: 100.25 })],
    contacts: [contactWith(person, [markedOpportunity, markedSale(100.25)])],
    droppedMarks: [],
    calls: [writeOf(person, 1, 1, 'create'), writeOf(person, 2, 2, 'update')],
    quotas: {
      contacts: { calls: 1, refused: 0, maxPerMinute: 1 },
      events: { calls: 2, refused: 0, maxPerMinute: 2 },
      segmentations: { calls: 0, refused: 0, maxPerMinute: 0 },
    },
    callsPerMinute: 120,
    rounds: 2,
    hiddenFields: 0,
    losses: [],
    jobs: [
      failedJob({
        queue: 'quarantine',
        data: { body: '"estranho"', encoding: 'utf8' },
        reason: 'BODY_NOT_UNDERSTOOD: The body is JSON of a shape that Ponte does not know.',
      }),
    ],
    ended: [],
  }
}
