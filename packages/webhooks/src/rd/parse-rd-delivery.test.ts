import { describe, expect, test } from 'vitest'
import { partsInEnglish } from '../testing/in-english.ts'
import { conversionWith, converted, lead, parse } from '../testing/rd-bodies.ts'

const keyOf = (body: unknown): string => parse(body).events[0]?.key ?? expect.unreachable('no event was read')

describe('what is not a lead', () => {
  test.each([undefined, {}])('an empty body is ignored (%#)', body => {
    expect(parse(body)).toEqual({ events: [], quarantined: [], ignored: [{ kind: 'empty' }] })
  })

  test.each([[], { leads: [] }, { leads: null }, { leads: '' }, { leads: ' [] ' }, { leads: 'null' }])(
    'a list without leads is ignored (%#)',
    body => {
      expect(parse(body)).toEqual({ events: [], quarantined: [], ignored: [{ kind: 'no-leads' }] })
    },
  )

  test.each([
    { body: { event_name: 'crm_deal_updated', document: { id: '1' } }, kind: 'crm_deal_updated' },
    { body: { event_type: 'CRM_DEAL_CREATED', document: {} }, kind: 'crm_deal_created' },
    { body: { event_name: 'activity_created', document: {} }, kind: 'activity_created' },
    { body: { event_name: 'crm_maria@example.com', document: {} }, kind: 'rd-station-crm' },
  ])('an event of another product is ignored as $kind', ({ body, kind }) => {
    expect(parse(body)).toEqual({ events: [], quarantined: [], ignored: [{ kind }] })
  })

  test.each([
    { body: null, issue: 'the body: must be an object' },
    { body: 42, issue: 'the body: must be an object' },
    { body: 'leads', issue: 'the body: must be an object' },
    { body: { hello: 'world' }, issue: 'the body: has neither leads nor event_type and contact' },
    { body: { leads: 5 }, issue: 'leads: must be a list of leads' },
    { body: { leads: {} }, issue: 'leads: must be a list of leads' },
    { body: { leads: '[{"email":' }, issue: 'leads: is not valid JSON' },
    { body: { leads: '['.repeat(100_000) }, issue: 'leads: nests deeper than 100 levels' },
    { body: { ...converted, event_type: 'WEBHOOK.EXPLODED' }, issue: 'event_type: is not a known type' },
    { body: { contact: converted.contact }, issue: 'event_type: is missing' },
    { body: { ...converted, contact: [] }, issue: 'contact: must be an object' },
  ])('anything else is kept as it came: $issue (%#)', ({ body, issue }) => {
    const { quarantined, ...others } = parse(body)
    expect(others).toEqual({ events: [], ignored: [] })
    expect(partsInEnglish(quarantined)).toEqual([{ code: 'BODY_NOT_UNDERSTOOD', issues: [issue], body }])
  })

  test('each of several leads is taken or quarantined by itself, and a quarantined one can be parsed again alone', () => {
    const nobody = { name: 'Sem contato', email: 'sem contato' }
    const synthetic = conversionWith({ identificador: 'Tarefa criada no RD Station CRM' })
    const { events, quarantined, ignored } = parse({ leads: [lead, 'x', nobody, synthetic] })
    expect(events).toMatchObject([{ name: 'lead.registered', lead: { email: 'ana@example.com' } }])
    expect(partsInEnglish(quarantined)).toMatchObject([
      { code: 'LEAD_NOT_UNDERSTOOD', issues: ['leads[1]: must be an object'], body: { leads: ['x'] } },
      {
        code: 'LEAD_WITHOUT_IDENTITY',
        issues: [
          'leads[2]: no field that Ponte reads has a usable e-mail, or a phone of at least 8 digits that are not all the same',
          'leads[2].email: is not an e-mail address; counts as absent',
        ],
        body: { leads: [nobody] },
      },
    ])
    expect(ignored).toEqual([{ kind: 'synthetic-conversion' }])
    for (const part of quarantined) expect(parse(part.body).quarantined).toMatchObject([{ code: part.code }])
  })
})

describe('synthetic conversions of RD Station CRM', () => {
  const bodies = [
    { leads: [conversionWith({ identificador: 'Venda realizada no RD Station CRM' })] },
    { leads: [conversionWith({ identificador: 'x', event_type: 'TASK_CREATED' })] },
    { leads: [conversionWith({ identificador: 'x', __cdp__original_event: { event_type: 'OPPORTUNITY_CREATED' } })] },
    { leads: [conversionWith({ conversion_identifier: 'OPPORTUNITY_UPDATED' })] },
    { leads: [{ ...lead, last_conversion: { source: 'negociação criada no RD STATION CRM ' } }] },
    { ...converted, event_identifier: 'Negociação criada no RD Station CRM' },
  ]

  test.each(bodies)('are ignored (%#)', body => {
    expect(parse(body)).toEqual({ events: [], quarantined: [], ignored: [{ kind: 'synthetic-conversion' }] })
  })

  test.each(bodies)('are leads for a tenant that lets them in (%#)', body => {
    expect(parse(body, { rdStation: { acceptSyntheticConversions: true } }).events).toHaveLength(1)
  })

  test('are not taken for forms that only mention the CRM', () => {
    expect(parse({ leads: [conversionWith({ identificador: 'RD Station CRM: teste grátis' })] }).events).toHaveLength(1)
  })
})

describe('event keys', () => {
  test('the second delivery of an API 2.0 event has the same key: only its timestamp changes', () => {
    const again = {
      ...converted,
      timestamp: '2026-03-04T13:00:00.000Z',
      contact: { ...converted.contact, name: 'Anna' },
    }
    expect(keyOf(again)).toBe(keyOf(converted))
    expect(keyOf({ ...converted, event_type: 'webhook.converted' })).toBe(keyOf(converted))
  })

  test.each([
    { event_type: 'WEBHOOK.MARKED_OPPORTUNITY' },
    { event_identifier: 'other' },
    { event_timestamp: '2026-03-05T11:59:59.999Z' },
    { contact: { ...converted.contact, uuid: 'c-2' } },
  ])('another API 2.0 event has another key (%#)', change => {
    expect(keyOf({ ...converted, ...change })).not.toBe(keyOf(converted))
  })

  test.each([
    { event_identifier: null },
    { event_timestamp: '' },
    { contact: { email: 'ana@example.com' } },
    { contact: { email: 'ana@example.com', uuid: 'null' } },
  ])('a missing part of an API 2.0 key is made up by the whole body, without its timestamp (%#)', change => {
    const body = { ...converted, ...change }
    const again = { ...body, timestamp: 'later' }
    expect(keyOf(again)).toBe(keyOf(body))
    expect(keyOf({ ...body, contact: { ...body.contact, email: 'bia@example.com' } })).not.toBe(keyOf(body))
  })

  test('an API 1.x conversion is known by its original event and its person', () => {
    const original = (event_uuid: string, change: object = {}) =>
      keyOf({ leads: [{ ...conversionWith({ __cdp__original_event: { event_uuid } }), ...change }] })
    expect(original('e-1', { number_conversions: '3', name: 'Anna' })).toBe(original('e-1'))
    expect(original('e-2')).not.toBe(original('e-1'))
    expect(original('e-1', { uuid: 'c-2' })).not.toBe(original('e-1'))
    expect(original('e-1', { uuid: null, email: 'bia@example.com' })).not.toBe(original('e-1', { uuid: null }))
  })

  test('without an original event it is known by person, count, time and identifier', () => {
    const known = keyOf({ leads: [lead] })
    expect(keyOf({ leads: [{ ...lead, name: 'Anna', number_conversions: 2 }] })).toBe(known)
    expect(keyOf({ leads: [{ ...lead, uuid: 'c-2' }] })).not.toBe(known)
    expect(keyOf({ leads: [{ ...lead, number_conversions: '3' }] })).not.toBe(known)
    expect(keyOf({ leads: [conversionWith({ identificador: 'other' })] })).not.toBe(known)
    const later = { ...lead.last_conversion, created_at: '2026-03-05T11:59:59.999Z' }
    expect(keyOf({ leads: [{ ...lead, last_conversion: later }] })).not.toBe(known)
  })

  test.each([{ uuid: null }, { number_conversions: null }, { last_conversion: null }])(
    'a missing part of an API 1.x key is made up by the whole lead, whatever the order of its keys (%#)',
    change => {
      const body = { ...lead, ...change, timestamp: 'now' }
      const shuffled = Object.fromEntries(Object.entries({ ...body, timestamp: 'later' }).toReversed())
      expect(keyOf({ leads: [shuffled] })).toBe(keyOf({ leads: [body] }))
      expect(keyOf({ leads: JSON.stringify([shuffled]) })).toBe(keyOf({ leads: [body] }))
      expect(keyOf({ leads: [{ ...body, email: 'bia@example.com' }] })).not.toBe(keyOf({ leads: [body] }))
    },
  )
})

describe('why a lead is delivered', () => {
  const marked = { opportunity: 'true', last_marked_opportunity_date: '2026-03-04T09:00:00.000-03:00' }
  const earlier = { opportunity: 'true', last_marked_opportunity_date: '2026-03-04T08:00:00.000-03:00' }
  const event = conversionWith({ __cdp__original_event: { event_uuid: 'e-1' } })
  const reasonOf = (body: unknown) => {
    const { deliveredFor, markedAt } = parse(body).events[0]?.lead ?? expect.unreachable('no event was read')
    return { deliveredFor, markedAt }
  }
  const markedAt = '2026-03-04T12:00:00.000Z'

  test.each<[string, unknown, ReturnType<typeof reasonOf>]>([
    ['v2, converted', converted, { deliveredFor: undefined, markedAt: undefined }],
    [
      'v2, marked',
      { ...converted, event_type: 'webhook.marked_opportunity', event_timestamp: '2026-03-04T09:00:00-03:00' },
      { deliveredFor: 'mark', markedAt },
    ],
    [
      'v2, marked, without a time',
      { ...converted, event_type: 'WEBHOOK.MARKED_OPPORTUNITY', event_timestamp: undefined },
      { deliveredFor: 'mark', markedAt: undefined },
    ],
    ['v1, marked after the last conversion', { leads: [{ ...lead, ...marked }] }, { deliveredFor: 'mark', markedAt }],
    [
      'v1, marked after the last conversion, and sold since',
      { leads: [{ ...lead, ...marked, opportunity: 'false' }] },
      { deliveredFor: 'mark', markedAt },
    ],
    [
      'v1, converted after the last mark',
      { leads: [{ ...lead, ...earlier }] },
      { deliveredFor: undefined, markedAt: undefined },
    ],
    [
      'v1, marked in the second of the last conversion, which may be after it',
      { leads: [{ ...lead, ...marked, last_marked_opportunity_date: lead.last_conversion.created_at }] },
      { deliveredFor: 'mark-or-conversion', markedAt: new Date(lead.last_conversion.created_at).toISOString() },
    ],
    [
      'v1, marked and never converted',
      { leads: [{ email: 'a@b.example', ...marked }] },
      { deliveredFor: 'mark', markedAt },
    ],
    [
      'v1, an opportunity since nobody knows when',
      { leads: [{ ...lead, opportunity: true }] },
      { deliveredFor: 'mark-or-conversion', markedAt: undefined },
    ],
    [
      'v1, no opportunity',
      { leads: [{ ...lead, opportunity: 'false' }] },
      { deliveredFor: undefined, markedAt: undefined },
    ],
  ])('%s', (_what, body, reason) => {
    expect(reasonOf(body)).toEqual(reason)
  })

  test.each([
    ['with the id of the conversion', event],
    ['without it', lead],
  ])(
    'a mark after a conversion is another event than the conversion, and each later mark another one (%s)',
    (_how, base) => {
      const keys = [
        { leads: [base] },
        { leads: [{ ...base, ...marked }] },
        { leads: [{ ...base, ...marked, last_marked_opportunity_date: '2026-03-05T09:00:00.000-03:00' }] },
      ].map(keyOf)
      expect(new Set(keys).size).toBe(3)
      expect(keyOf({ leads: [{ ...base, ...earlier }] })).toBe(keys[0])
    },
  )
})
