import { describe, expect, test } from 'vitest'
import {
  acknowledged,
  calmEvidence,
  contactWith,
  echoOf,
  failedJob,
  leadOf,
  lost,
  markedLoss,
  markedOpportunity,
  markedSale,
  opportunityOf,
  personOf,
  reopened,
  statusWriteOf,
  webhookOf,
  won,
  writeOf,
} from './calm-evidence.ts'
import { checkStorm } from './check-storm.ts'
import type { Evidence } from './evidence.ts'
import { ECHO_VERSION } from '../plan/people.ts'
import { createPlan } from '../plan/plan.ts'
import { SALE_LIMIT } from '../plan/scenarios.ts'

const calm = calmEvidence()
const visitor = personOf('visitor', 2)
const sold = [markedOpportunity, markedSale(100.25)]

/** A salesperson's own opportunity, whose marks are the given ones. */
function salesEvidence(changes: Partial<Evidence> & Pick<Evidence, 'people'>): Evidence {
  const { people } = changes
  return {
    ...calm,
    sent: [],
    jobs: [],
    calls: [],
    leads: people.map(person => leadOf(person, 0)),
    webhooks: [10, 20, 30, 40].map(minute => webhookOf('opportunity-1', minute)),
    ...changes,
  }
}

test('finds nothing where every promise was kept', () => {
  expect(checkStorm(calm)).toEqual([])
  expect(checkStorm({ ...calm, echoes: [echoOf(visitor)], leads: [leadOf(visitor, ECHO_VERSION)] })).toEqual([])
  expect(checkStorm({ ...calm, echoes: [echoOf(visitor, 'failed')] })).toEqual([])
})

describe('finds', () => {
  test.each<[what: string, change: Partial<Evidence>, problem: RegExp]>([
    ['a lead that was acknowledged and is missing', { leads: [], opportunities: [] }, /has no lead/],
    ['an opportunity that was never opened', { opportunities: [], webhooks: [], stands: [] }, /has no opportunity/],
    [
      'a person with two leads',
      { leads: [leadOf(visitor, 2), { ...leadOf(visitor, 2), id: 'lead-8' }] },
      /has 2 leads/,
    ],
    ['an older conversion that won', { leads: [leadOf(visitor, 1)] }, /is of conversion 1, and conversion 2/],
    [
      'values of two conversions in one lead',
      { leads: [{ ...leadOf(visitor, 2), jobTitle: leadOf(visitor, 1).jobTitle ?? null }] },
      /of several/,
    ],
    [
      'a value of another conversion that a rule wrote into the lead',
      { leads: [{ ...leadOf(visitor, 2), customFields: { origem: 'formulario-1' } }] },
      /of conversion 2, and its custom field of formulario-1/,
    ],
    [
      'an opportunity without what a rule writes into it',
      { opportunities: [opportunityOf(visitor, 1, { status: 'WON', totalValue: 100.25, customFields: {} })] },
      /has the custom field of another conversion, or none/,
    ],
    [
      'an older conversion written after a newer one, though all is right in the end',
      {
        calls: [writeOf(visitor, 2, 1, 'create'), writeOf(visitor, 1, 2, 'update'), writeOf(visitor, 2, 3, 'update')],
      },
      /conversion 1 was written .* after conversion 2/,
    ],
    [
      'two open opportunities of one lead',
      { opportunities: [opportunityOf(visitor, 1), opportunityOf(visitor, 2)] },
      /has 2 open opportunities/,
    ],
    [
      'an opportunity opened while the one before was open',
      {
        opportunities: [
          opportunityOf(visitor, 1, { status: 'WON', createdAt: '2026-01-01T00:10:00.000Z' }),
          opportunityOf(visitor, 2, { createdAt: '2026-01-01T00:15:00.000Z' }),
        ],
      },
      /was opened while the one before was open/,
    ],
    [
      'two opportunities of one conversion',
      {
        opportunities: [
          opportunityOf(visitor, 1, { status: 'WON' }),
          { ...opportunityOf(visitor, 1), id: 'again', createdAt: '2026-01-01T00:30:00.000Z' },
        ],
      },
      /conversion 1 opened more than one/,
    ],
    [
      'a sale that was marked twice',
      { contacts: [contactWith(visitor, [...sold, markedSale(100.25)])] },
      /received .* instead of/,
    ],
    ['a sale that was never marked', { contacts: [contactWith(visitor, [markedOpportunity])] }, /instead of/],
    ['a sale of another value', { contacts: [contactWith(visitor, [markedOpportunity, markedSale(1)])] }, /instead of/],
    ['a sale without the opportunity before it', { contacts: [contactWith(visitor, [markedSale(100.25)])] }, /instead/],
    [
      'a contact whose stage is not what its marks say',
      {
        contacts: [
          { ...contactWith(visitor, sold), funnel: { ...contactWith(visitor, sold).funnel, opportunity: true } },
        ],
      },
      /its stage is/,
    ],
    [
      'a mark that RD Station dropped',
      { droppedMarks: [{ type: 'SALE', email: 'x@y.example', why: 'unknown-contact', at: '' }] },
      /dropped a SALE/,
    ],
    ['an event that was accepted twice', { sent: [...calm.sent, ...calm.sent.slice(0, 1)] }, /was accepted twice/],
    [
      'an answer that promises less than was delivered',
      { sent: [...calm.sent, { ...acknowledged([], 'x'), contents: [{ kind: 'unreadable', marker: 'estranho' }] }] },
      /was answered/,
    ],
    [
      'an answer that neither keeps nor refuses',
      { sent: [...calm.sent, { contents: [], statuses: [500, 202] }] },
      /a delivery was answered 500/,
    ],
    ['an unreadable delivery that was not kept', { jobs: [] }, /estranho is 0 times in quarantine/],
    ['an unreadable delivery that was kept twice', { jobs: [...calm.jobs, ...calm.jobs] }, /is 2 times in quarantine/],
    [
      'a delivery in quarantine without a reason',
      { jobs: calm.jobs.map(job => ({ ...job, reason: '' })) },
      /without a reason/,
    ],
    ['a job that failed', { jobs: [...calm.jobs, failedJob({})] }, /failed in rd-station: RD_REJECTED/],
    [
      'a job that failed for a sale that is not above the limit',
      {
        jobs: [
          ...calm.jobs,
          failedJob({ data: { opportunityId: 'opportunity-1' }, reason: 'RD_SALE_VALUE_ABOVE_LIMIT: …' }),
        ],
      },
      /failed in rd-station/,
    ],
    [
      'a job that was not done',
      { jobs: [...calm.jobs, failedJob({ state: 'unfinished' })] },
      /is still to be done in rd-station/,
    ],
    [
      'a quota that was exceeded',
      { quotas: { ...calm.quotas, events: { calls: 200, refused: 0, maxPerMinute: 121 } } },
      /quota of events was exceeded/,
    ],
    [
      'a call that was refused for the quota',
      { quotas: { ...calm.quotas, contacts: { calls: 200, refused: 3, maxPerMinute: 100 } } },
      /refused 3 calls/,
    ],
    [
      'an opportunity that was written to more often than the rounds and a change explain',
      { calls: [...calm.calls, ...Array.from({ length: 9 }, (_, index) => statusWriteOf('opportunity-1', 3 + index))] },
      /statusRD of opportunity-1 was written 9 times; 8 are allowed/,
    ],
    [
      'custom fields that the write of another one emptied',
      { opportunities: calm.opportunities.map(each => ({ ...each, customFields: { statusRD: 'OK' } })) },
      /the custom fields of opportunity-1 were lost/,
    ],
    [
      'a field that could not be read although it was never hidden',
      { jobs: [...calm.jobs, failedJob({ name: 'status-rd.changed', reason: 'CRM_STATUS_FIELD_UNREADABLE: …' })] },
      /status-rd.changed failed/,
    ],
    [
      'an echo that opened an opportunity',
      {
        echoes: [echoOf(visitor)],
        leads: [leadOf(visitor, ECHO_VERSION)],
        opportunities: [...calm.opportunities, opportunityOf(visitor, ECHO_VERSION)],
      },
      /the echo of a mark opened an opportunity/,
    ],
    [
      'an echo that was acknowledged and did not update the lead',
      { echoes: [echoOf(visitor)] },
      /an echo was acknowledged/,
    ],
    ['the values of an echo that never came', { leads: [leadOf(visitor, ECHO_VERSION)] }, /an echo that never came/],
    [
      'an older conversion written over the values of an echo',
      {
        echoes: [echoOf(visitor)],
        leads: [leadOf(visitor, ECHO_VERSION)],
        calls: [
          writeOf(visitor, ECHO_VERSION, 1, 'update'),
          writeOf(visitor, 2, 2, 'update'),
          writeOf(visitor, ECHO_VERSION, 3, 'update'),
        ],
      },
      /conversion 2 was written .* after conversion 99/,
    ],
    ['a process that ended by itself', { ended: ['a worker ended by itself with 1: …'] }, /ended by itself/],
  ])('%s', (_what, change, problem) => {
    expect(checkStorm({ ...calm, ...change })).toContainEqual(expect.stringMatching(problem))
  })
})

describe('of what was never acknowledged', () => {
  const [first] = calm.sent
  const unknown = { contents: [{ kind: 'conversion', person: 7, version: 2 } as const], statuses: [503, null] }
  const sent = [...(first ? [first] : []), ...calm.sent.slice(2), unknown]

  test('nothing is demanded: a conversion may have arrived or not', () => {
    expect(checkStorm({ ...calm, sent })).toEqual([])
    expect(checkStorm({ ...calm, sent, leads: [leadOf(visitor, 1)] })).toEqual([])
  })

  test('a change of an opportunity need not have been seen, and may have been', () => {
    const webhooks = [webhookOf('opportunity-1', 10), webhookOf('opportunity-1', 20, 'failed')]
    expect(checkStorm({ ...calm, webhooks })).toEqual([])
    expect(checkStorm({ ...calm, webhooks, contacts: [contactWith(visitor, [markedOpportunity])] })).toEqual([])
    expect(checkStorm({ ...calm, webhooks, contacts: [contactWith(visitor, [])] })).not.toEqual([])
  })
})

describe('of changes that come and go unseen', () => {
  const hasty = personOf('hasty', 0)
  const evidence = (marks: Parameters<typeof contactWith>[1], stands = [] as Evidence['stands']): Evidence =>
    salesEvidence({
      people: [hasty],
      stands,
      opportunities: [opportunityOf(hasty, 1, { status: stands.at(-1)?.status ?? 'PROGRESS', description: 'Sales' })],
      contacts: [contactWith(hasty, marks)],
    })
  const wonReopenedLost = [
    won('opportunity-1', 20, 5),
    reopened('opportunity-1', 30),
    lost('opportunity-1', 40, 'Prazo'),
  ]

  test.each([
    ['all of them', [markedOpportunity, markedSale(5), markedOpportunity, markedLoss('Prazo')]],
    ['the last alone', [markedOpportunity, markedLoss('Prazo')]],
    ['a loss right after a sale', [markedOpportunity, markedSale(5), markedLoss('Prazo')]],
    [
      'a loss right after a sale that came twice, because RD Station does not show whether it came',
      [markedOpportunity, markedSale(5), markedLoss('Prazo'), markedLoss('Prazo')],
    ],
  ])('%s may be marked', (_what, marks) => {
    expect(checkStorm(evidence(marks, wonReopenedLost))).toEqual([])
  })

  test.each([
    ['none of them', []],
    ['not the last', [markedOpportunity, markedSale(5), markedOpportunity]],
    ['a sale twice', [markedOpportunity, markedSale(5), markedSale(5), markedLoss('Prazo')]],
    ['a loss twice', [markedOpportunity, markedLoss('Prazo'), markedLoss('Prazo')]],
    ['the sale after the loss', [markedOpportunity, markedLoss('Prazo'), markedSale(5)]],
    ['a reason that nobody gave', [markedOpportunity, markedLoss('Outro')]],
    ['the opportunity twice', [markedOpportunity, markedOpportunity, markedLoss('Prazo')]],
  ])('%s is a broken promise', (_what, marks) => {
    expect(checkStorm(evidence(marks, wonReopenedLost))).toContainEqual(expect.stringMatching(/does not explain/))
  })
})

describe('of several opportunities of one contact', () => {
  const wild = personOf('wild', 0)
  const evidence = (marks: Parameters<typeof contactWith>[1]): Evidence =>
    salesEvidence({
      people: [wild],
      stands: [won('opportunity-1', 20, 5)],
      opportunities: [
        opportunityOf(wild, 1, { status: 'WON', description: 'Sales' }),
        opportunityOf(wild, 2, { createdAt: '2026-01-01T00:25:00.000Z', description: 'Sales' }),
      ],
      webhooks: [10, 20, 30].flatMap(minute => ['opportunity-1', 'opportunity-2'].map(id => webhookOf(id, minute))),
      contacts: [contactWith(wild, marks)],
    })

  test('one that is still open leaves the contact an opportunity, in whatever order RD Station received them', () => {
    expect(checkStorm(evidence([markedOpportunity, markedSale(5), markedOpportunity]))).toEqual([])
    expect(checkStorm(evidence([markedOpportunity, markedOpportunity, markedSale(5)]))).toContainEqual(
      expect.stringMatching(/its stage is .* an opportunity is open/),
    )
  })
})

describe('of a sale above the limit', () => {
  const person = personOf('too-much', 0)
  const evidence = (value: number, statusRD: string, marks: Parameters<typeof contactWith>[1]): Evidence =>
    salesEvidence({
      people: [person],
      stands: [won('opportunity-1', 20, value)],
      opportunities: [
        opportunityOf(person, 1, {
          status: 'WON',
          totalValue: value,
          customFields: { statusRD },
          description: 'Sales',
        }),
      ],
      contacts: [contactWith(person, marks)],
      jobs: [
        failedJob({ data: { opportunityId: 'opportunity-1' }, reason: 'RD_SALE_VALUE_ABOVE_LIMIT: The value …' }),
      ].filter(() => value > SALE_LIMIT),
    })
  const final = 'ERRO FINAL 2/2 RD_SALE_VALUE_ABOVE_LIMIT: valor da venda acima do limite do RD Station. Corrija.'

  test('demands that statusRD says so and that nothing was sold', () => {
    expect(checkStorm(evidence(SALE_LIMIT + 1, final, [markedOpportunity]))).toEqual([])
    expect(checkStorm(evidence(SALE_LIMIT + 1, '', [markedOpportunity]))).not.toEqual([])
    expect(checkStorm(evidence(SALE_LIMIT + 1, final, [markedOpportunity, markedSale(SALE_LIMIT + 1)]))).not.toEqual([])
  })

  test('demands the sale once it is corrected, and that statusRD no longer complains', () => {
    const marks = [markedOpportunity, markedSale(50)]
    expect(
      checkStorm(evidence(50, 'OK: venda registrada no RD Station (após RD_SALE_VALUE_ABOVE_LIMIT).', marks)),
    ).toEqual([])
    expect(checkStorm(evidence(50, '', marks))).toEqual([])
    expect(checkStorm(evidence(50, final, marks))).not.toEqual([])
    expect(checkStorm(evidence(50, '', [markedOpportunity]))).not.toEqual([])
  })
})

test('the same seed gives the same storm, another seed another one', () => {
  const size = { people: 60, lengthMs: 20_000, longestFreezeMs: 2500 }
  expect(createPlan(5, size)).toEqual(createPlan(5, size))
  expect(createPlan(6, size)).not.toEqual(createPlan(5, size))
})
