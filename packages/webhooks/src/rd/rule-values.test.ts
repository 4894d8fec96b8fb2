import fc from 'fast-check'
import { message, type RegisteredLead, renderMessage, sourceNames } from '@ponte/contracts'
import { describe, expect, inject, test } from 'vitest'
import type { Delivery } from '../delivery.ts'
import { mutated, rdBodies } from '../testing/hostile-bodies.ts'
import { conversionWith, converted, lead, parse, rule } from '../testing/rd-bodies.ts'
import type { RdDeliveryOptions } from './parse-rd-delivery.ts'

const onlyLead = ({ events }: Delivery): RegisteredLead =>
  events[0]?.name === 'lead.registered' ? events[0].lead : expect.unreachable('no lead was read')

const reading = (...places: string[]): Partial<RdDeliveryOptions> => ({ fields: places.map(place => rule([place])) })
const valuesOf = (one: object, ...places: string[]) => onlyLead(parse({ leads: [one] }, reading(...places))).values

describe('where a rule reads', () => {
  test('first at the top, then in the answers of the last conversion, then in the custom fields', () => {
    const custom = { bio: 'Custom', Porte: 'Custom', CNPJ: 'Custom' }
    const answers = { conversion_payload: '{"cf_porte":"Answer","Bio":"Answer"}' }
    const full = {
      ...conversionWith(answers),
      bio: 'Top',
      custom_fields: custom,
      first_conversion: { content: custom },
    }
    expect(valuesOf(full, 'bio', 'porte', 'cf_cnpj')).toEqual({ bio: ['Top'], porte: ['Answer'], cf_cnpj: ['Custom'] })
  })

  test('labels of API 1.x and names of API 2.0 are one place', () => {
    const label = 'Quanto pretende investir?'
    const values = { [label]: ['Até R$ 5 mil'] }
    const contact = { ...converted.contact, cf_quanto_pretende_investir: 'Até R$ 5 mil' }
    expect(valuesOf({ ...lead, custom_fields: { [label]: 'Até R$ 5 mil' } }, label)).toEqual(values)
    expect(onlyLead(parse({ ...converted, contact }, reading(label))).values).toEqual(values)
  })

  test('check boxes give several values, an object its name, and what is blank is passed over', () => {
    const body = {
      ...conversionWith({ Interesses: [' ERP ', '', null, ['x'], { name: 'CRM' }, 5, true], Plano: {} }),
      custom_fields: { Plano: { name: ' Ouro ' } },
    }
    expect(valuesOf(body, 'interesses', 'PLANO')).toEqual({ interesses: ['ERP', 'CRM', '5', 'true'], PLANO: ['Ouro'] })
  })

  test('conditions read their places too, and the lead keeps by itself what it has', () => {
    const when = { tag: ['vip'], state: ['SP'], source: ['google'], field: { Porte: ['1-10'], email: ['a*'] } }
    const body = { ...conversionWith({ Porte: '1-10' }), tags: ['vip'], state: 'SP' }
    const values = { tags: ['vip'], Porte: ['1-10'] }
    // oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
    const routes = [{ name: 'r', when, then: {} }]
    expect(onlyLead(parse({ leads: [body] }, { routes })).values).toEqual(values)
    const filters = { send: [], skip: [{ name: 'f', when }] }
    expect(onlyLead(parse({ leads: [body] }, { filters })).values).toEqual(values)
  })

  test('what a filter under "send" looks at is in the job also where there is nothing, so that a worker sees that it was read', () => {
    const send = [{ name: 'f', when: { tag: ['vip'], city: ['Lages'], field: { Porte: ['1-10'] } } }]
    const read = onlyLead(parse({ leads: [lead] }, { filters: { send, skip: [] } }))
    expect(read.values).toEqual({ tags: [], Porte: [] })
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'a place called %s is a place like any other',
    place => {
      expect(valuesOf(lead, place)).toBeUndefined()
      const custom_fields = Object.fromEntries([[place, 'x']])
      expect(Object.entries(valuesOf({ ...lead, custom_fields }, place) ?? {})).toEqual([[place, ['x']]])
    },
  )
})

describe('bounds', () => {
  test('of more than 100 values the first are read, and the job says so', () => {
    const many = { ...lead, tags: Array.from({ length: 5000 }, (_none, index) => `tag-${index}`) }
    const read = onlyLead(parse({ leads: [many] }, reading('tags')))
    expect(read.values?.tags).toEqual(many.tags.slice(0, 100))
    expect(read.messages).toEqual([message('rule-values-left-out', { place: 'tags', count: 100 })])
    expect(onlyLead(parse({ leads: [{ ...many, tags: many.tags.slice(0, 100) }] }, reading('tags'))).messages).toBe(
      undefined,
    )
  })

  test('a value is at most 4,000 characters long, whole ones, and the job says so', () => {
    const read = onlyLead(parse({ leads: [{ ...lead, bio: `${'x'.repeat(3999)}😀y` }] }, reading('bio')))
    expect(read.values?.bio).toEqual(['x'.repeat(3999)])
    expect(read.messages).toEqual([message('rule-value-shortened', { place: 'bio', limit: 4000 })])
    const fits = onlyLead(parse({ leads: [{ ...lead, bio: 'x'.repeat(4000) }] }, reading('bio')))
    expect(fits).toMatchObject({ values: { bio: ['x'.repeat(4000)] } })
    expect(fits.messages).toBeUndefined()
  })
})

describe('a value that a rule requires', () => {
  const required = rule(['cf_cnpj', 'CNPJ da empresa'], { name: 'cnpj', as: 'digits', required: true })
  const other = { uuid: 'c-2', email: 'bia@example.com' }

  test('lets the lead into quarantine where it is missing or does not fit, and the others go on', () => {
    const withCnpj = { ...lead, custom_fields: { 'CNPJ da empresa': '12.345.678/0001-95' } }
    const misfit = { ...other, cf_cnpj: 'não tenho', custom_fields: { 'CNPJ da empresa': '12.345.678/0001-95' } }
    const { events, quarantined, ignored } = parse({ leads: [withCnpj, other, misfit] }, { fields: [required] })
    expect(events).toMatchObject([{ lead: { values: { 'CNPJ da empresa': ['12.345.678/0001-95'] } } }])
    expect(ignored).toEqual([])
    const places = ['cf_cnpj', 'CNPJ da empresa']
    const problem = message('value-without-digits')
    expect(quarantined).toMatchObject([
      {
        code: 'LEAD_VALUE_REQUIRED',
        issues: [message('rule-missing', { rule: 'cnpj', places })],
        body: { leads: [other] },
      },
      {
        code: 'LEAD_VALUE_REQUIRED',
        issues: [message('rule-misfit', { rule: 'cnpj', problem })],
        body: { leads: [misfit] },
      },
    ])
    expect(renderMessage(quarantined[0]?.issues ?? [], 'en')).toBe(
      'cnpj is required, and no place has it: cf_cnpj, CNPJ da empresa',
    )
  })

  test('is looked for in the newer format as well, and a lead that passes later is the same event', () => {
    const full = { ...converted, contact: { ...converted.contact, cf_cnpj: '1' } }
    expect(parse(full, { fields: [required] }).events).toHaveLength(1)
    const [part] = parse(converted, { fields: [required] }).quarantined
    expect(part).toMatchObject({ code: 'LEAD_VALUE_REQUIRED', body: converted })
    const later = parse(part?.body, { fields: [{ ...required, required: false }] })
    expect(later.events).toEqual(parse(converted).events)
  })

  test("is required of no mark, since Ponte's own come back as well, and a mark names no conversion", () => {
    const marked = { ...converted, event_type: 'WEBHOOK.MARKED_OPPORTUNITY', event_identifier: 'default' }
    const { events, quarantined } = parse(marked, { fields: [required] })
    expect(quarantined).toEqual([])
    expect(events).toHaveLength(1)
    expect(events[0]).not.toHaveProperty('lead.conversionIdentifier')
  })

  test.each([['email'], ['conversion.identifier'], ['receivedAt'], ['nowhere', 'name']])(
    'may be one that the lead has by itself: %s',
    (...from) => {
      expect(parse({ leads: [lead] }, { fields: [rule(from, { required: true })] }).events).toHaveLength(1)
      expect(parse({ leads: [lead] }, { fields: [rule(['jobTitle'], { required: true })] }).quarantined).toHaveLength(1)
    },
  )

  test('does not hold up a lead whose value is not required', () => {
    expect(parse({ leads: [lead] }, { fields: [rule(['cf_cnpj'], { as: 'date' })] }).events).toHaveLength(1)
  })
})

test('of any delivery the values are clean and bounded, and without rules the job is the same but for them', () => {
  const places = [...sourceNames, '__proto__', 'cf_plan', 'Cidade', 'UF', 'bio', 'user', 'custom_fields', 'nome']
  const reads = reading(...places)
  fc.assert(
    fc.property(mutated(rdBodies), body => {
      const plain = parse(body)
      const { events, ...others } = parse(body, reads)
      expect(others).toEqual({ quarantined: plain.quarantined, ignored: plain.ignored })
      const withoutValues = events.map(event => {
        const { values: _values, lacks: _lacks, messages = [], ...rest } = event.lead
        const own = messages.filter(({ key }) => !key.startsWith('rule-'))
        return { ...event, lead: { ...rest, ...(own.length > 0 && { messages: own }) } }
      })
      expect(withoutValues).toEqual(plain.events)
      for (const event of plain.events) expect(event.lead).not.toHaveProperty('values')
      for (const event of events)
        for (const [place, values] of Object.entries(event.lead.values ?? {})) {
          expect(places).toContain(place)
          expect(values.length > 0 && values.length <= 100).toBe(true)
          expect(values.filter(text => text !== text.trim() || !/^[^\p{Cc}]{1,4000}$/u.test(text))).toEqual([])
        }
    }),
    { numRuns: inject('isLongRun') ? 5000 : 300 },
  )
})
