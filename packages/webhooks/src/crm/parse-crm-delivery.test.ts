import { expect, test } from 'vitest'
import { crmEventNames, crmTriggers, eventOfIntent, events, isCrmIntent } from '@ponte/contracts'
import { parseCrmDelivery } from './parse-crm-delivery.ts'

const row = { id: '9d1f3a52-0000-4000-8000-000000000001' }
const object = { description: 'Opportunity', contextUrl: '/api/v11/opportunity/opportunities' }
const body = {
  eventId: 'e-1',
  timestamp: '2026-03-05T15:28:36.110-03:00',
  trigger: { description: 'Opportunity won' },
  source: { object, row },
}
const triggered = (description: unknown, changed: object = {}) => ({ ...body, trigger: { description }, ...changed })
const keyOf = (changed: object): string =>
  parseCrmDelivery({ ...body, ...changed }).events[0]?.key ?? expect.unreachable('no event was read')

const intents = crmEventNames.map(name => [events[name].intent, name] as const)

test.each(intents)('the intent %s says that it is %s, whatever the trigger says', (intent, name) => {
  expect(isCrmIntent(intent)).toBe(true)
  expect(eventOfIntent(intent)).toBe(name)
  expect(parseCrmDelivery(triggered(null), intent)).toEqual({
    events: [
      { name, key: expect.stringMatching(/^crm-[\w-]{20}$/), opportunityId: row.id, contextUrl: object.contextUrl },
    ],
    quarantined: [],
    ignored: [],
  })
})

test.each([
  ['Opportunity updated', undefined],
  ['', undefined],
  ['Gatilho 5', true],
  ['Opportunity won', true],
  ['Lead updated', true],
])('the trigger %j at the address of updates leaves the note %j', (description, note) => {
  const [event] = parseCrmDelivery(triggered(description), 'opportunity-updated').events
  expect(event?.name).toBe('opportunity.updated')
  expect(event?.triggerUnread).toBe(note)
})

test.each(crmEventNames)(
  "the trigger that TOTVS CRM has for %s is that event and no other, in the table's words",
  name => {
    const { description } = events[name].trigger
    expect(parseCrmDelivery(triggered(description)).events).toMatchObject([{ name }])
    for (const text of [events[name].en, events[name].pt])
      expect(parseCrmDelivery(triggered(text)).events).toMatchObject([{ name }])
  },
)

test('every trigger of the CRM is an event or is ignored', () => {
  for (const trigger of crmTriggers) {
    const { events: read, ignored } = parseCrmDelivery(triggered(trigger))
    expect(read.length + ignored.length, trigger).toBe(1)
  }
})

test.each(['opportunity-exploded', '__proto__', 'constructor', ''])('%j is no intent', intent => {
  expect(isCrmIntent(intent)).toBe(false)
  expect(parseCrmDelivery(body, intent).quarantined).toMatchObject([{ code: 'CRM_TRIGGER_UNKNOWN' }])
})

test.each([
  ['Opportunity won', 'opportunity.won'],
  ['  OPPORTUNITY \t  Won ', 'opportunity.won'],
  ['opportunity_won', 'opportunity.won'],
  ['OpportunityWon', 'opportunity.won'],
  ['Oportunidade ganha', 'opportunity.won'],
  ['Oportunidades ganhas', 'opportunity.won'],
  ['Oportunidade atualizada como Ganha', 'opportunity.won'],
  ['Opportunity lost', 'opportunity.lost'],
  ['Oportunidade perdida', 'opportunity.lost'],
  ['Opportunity created', 'opportunity.created'],
  ['Nova oportunidade', 'opportunity.created'],
  ['OPORTUNIDADE CRIADA', 'opportunity.created'],
  ['Opportunity updated', 'opportunity.updated'],
  ['Oportunidade atualizada', 'opportunity.updated'],
  ['Oportunidade alterada', 'opportunity.updated'],
  ['Ganha', 'opportunity.won'],
])('the trigger %j is %s', (description, name) => {
  expect(parseCrmDelivery(triggered(description)).events).toMatchObject([{ name }])
})

test.each([
  ['Opportunity discarded', 'opportunity-discarded'],
  ['Oportunidade descartada', 'opportunity-discarded'],
  ['Lead updated', 'lead'],
  ['Lead converted to opportunity', 'lead'],
  ['Cliente atualizado', 'customer'],
  ['Customer activated', 'customer'],
  ['Activity concluded', 'activity'],
  ['Atividade concluída', 'activity'],
  ['Sales order created', 'sales-order'],
  ['Pedido de venda criado', 'sales-order'],
])('the trigger %j is none of our business, even without a row', (description, kind) => {
  expect(parseCrmDelivery(triggered(description, { source: null }))).toEqual({
    events: [],
    quarantined: [],
    ignored: [{ kind }],
  })
})

test.each(['Opportunity teleported', 'Something won', '', 'constructor', 42, null, {}])(
  'an unknown trigger is quarantined with the body (%#)',
  description => {
    const unknown = triggered(description, { source: { object: { contextUrl: object.contextUrl }, row } })
    expect(parseCrmDelivery(unknown)).toMatchObject({
      events: [],
      quarantined: [{ code: 'CRM_TRIGGER_UNKNOWN', body: unknown }],
      ignored: [],
    })
  },
)

test.each([
  [{ source: { object, row: { id: '' } } }, ['source.row.id']],
  [{ source: { object, row: { id: '../x' } } }, ['source.row.id']],
  [{ source: { object, row: { id: 'x'.repeat(65) } } }, ['source.row.id']],
  [{ source: { object, row: { id: 2 ** 53 } } }, ['source.row.id']],
  [{ source: { object, row: { id: null } } }, ['source.row.id']],
  [{ source: { object: { contextUrl: 'x'.repeat(501) }, row } }, ['source.object.contextUrl']],
  [{ source: { object: { contextUrl: 5 }, row } }, ['source.object.contextUrl']],
  [{ source: { object: { contextUrl: ' ' }, row } }, ['source.object.contextUrl']],
  [{ source: 'x' }, ['source.row.id', 'source.object.contextUrl']],
])('an event that does not say which opportunity is quarantined, with the path (%#)', (change, paths) => {
  const { quarantined, ...others } = parseCrmDelivery({ ...body, ...change }, 'opportunity-won')
  expect(others).toEqual({ events: [], ignored: [] })
  expect(quarantined).toEqual([
    {
      code: 'CRM_EVENT_NOT_UNDERSTOOD',
      issues: paths.map(path => ({ key: expect.stringMatching(/^must-be-/), values: { path } })),
      body: { ...body, ...change },
    },
  ])
})

test.each([undefined, {}])('an empty body is ignored (%#)', empty => {
  expect(parseCrmDelivery(empty)).toEqual({ events: [], quarantined: [], ignored: [{ kind: 'empty' }] })
  expect(parseCrmDelivery(empty, 'opportunity-won').ignored).toHaveLength(1)
})

test.each([null, 5, 'x', [], [body]])('a body that is no object is quarantined (%#)', other => {
  expect(parseCrmDelivery(other, 'opportunity-won').quarantined).toMatchObject([
    { code: 'BODY_NOT_UNDERSTOOD', body: other },
  ])
})

test('a number is a row id and an event id', () => {
  const source = { object, row: { id: 61 } }
  expect(parseCrmDelivery({ ...body, eventId: 77, source }).events).toMatchObject([{ opportunityId: '61' }])
  expect(keyOf({ eventId: 77, source })).toBe(keyOf({ eventId: '77', source: { object, row: { id: '61' } } }))
})

test.each(['e-1', undefined])('another row or another event is another key, also with one event id (%j)', eventId => {
  const keysOf = (changed: object, ...addresses: readonly (string | undefined)[]) =>
    addresses.flatMap(intent => parseCrmDelivery({ ...body, eventId, ...changed }, intent).events.map(({ key }) => key))
  const keys = [
    ...keysOf({}, 'opportunity-won', 'opportunity-updated', 'opportunity-lost'),
    ...keysOf({ source: { object, row: { id: 'other' } } }, 'opportunity-won', 'opportunity-updated'),
  ]
  expect(new Set(keys).size).toBe(5)
  expect(keysOf({}, undefined, 'opportunity-won')).toEqual([keys[0], keys[0]])
})

test('the same event id gives the same key, whatever else the delivery says', () => {
  expect(keyOf({ eventId: 'maria@example.com', timestamp: 'later' })).toBe(keyOf({ eventId: 'maria@example.com' }))
  expect(keyOf({ eventId: 'maria@example.com' })).not.toContain('maria')
  expect(keyOf({ eventId: 'x'.repeat(65) })).not.toBe(keyOf({ eventId: 'x'.repeat(66) }))
})

test('two numbers above 2^53, which JSON makes one, are two events', () => {
  const read = (eventId: string, timestamp: string) =>
    keyOf(JSON.parse(`{"eventId":${eventId},"timestamp":"${timestamp}"}`))
  expect(read('9007199254740993', '2026-03-05T15:28:36Z')).not.toBe(read('9007199254740992', '2026-03-05T15:28:37Z'))
})

const noEventIds = [2 ** 53, 1.5, undefined, null, ' ', {}, true, 'null', 'undefined', ' None ', Number.NaN]

test.each(noEventIds)('without an event id (%j) the body with its timestamp is the event', eventId => {
  expect(keyOf({ eventId })).toMatch(/^crm-[\w-]{20}$/)
  expect(keyOf({ eventId })).toBe(keyOf({ eventId }))
  expect(keyOf({ eventId, timestamp: '2026-03-05T15:28:36.111-03:00' })).not.toBe(keyOf({ eventId }))
  expect(keyOf({ eventId, source: { object, row: { id: 'other' } } })).not.toBe(keyOf({ eventId }))
})

test.each([1_772_735_316_110, '1772735316', '2026-03-05 15:28:36', '05/03/2026 15:28:36'])(
  'the timestamp %j names an event',
  timestamp => {
    expect(keyOf({ eventId: null, timestamp })).toBe(keyOf({ eventId: null, timestamp }))
  },
)

test.each([undefined, null, '', 'later', '2026-03-05', '2026-03-05 15:28', 0, 7, {}, true])(
  'without an event id and with the timestamp %j every delivery is an event: an update is never taken for a repeat',
  timestamp => {
    const [one, other] = [keyOf({ eventId: null, timestamp }), keyOf({ eventId: null, timestamp })]
    expect(one).toMatch(/^crm-once-[0-9a-f-]{36}$/)
    expect(one).not.toBe(other)
  },
)
