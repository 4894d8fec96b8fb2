import { describe, expect, test } from 'vitest'
import type { RdDeliveryOptions } from './parse-rd-delivery.ts'
import { message, type RegisteredLead } from '@ponte/contracts'
import { conversionWith, converted, lead, parse } from '../testing/rd-bodies.ts'

/** The one lead of a body of API 1.x. */
function leadOf(lead: object, changed: Partial<RdDeliveryOptions> = {}): RegisteredLead {
  const { events } = parse({ leads: [lead] }, changed)
  return events[0]?.lead ?? expect.unreachable('no lead was read')
}

describe('identity', () => {
  test.each([
    'a@b.co',
    'ANA+tag@Sub.Example.com.br ',
    "o'brien_x-y@example.com",
    `${'a'.repeat(255 - '@example.com'.length)}@example.com`,
    'ana@example.com\u200b',
  ])('an e-mail address is lower case and trimmed (%#)', email => {
    expect(leadOf({ email })).toEqual({ email: email.replace('\u200b', '').trim().toLowerCase() })
  })

  test.each([
    'ana',
    'ana@',
    '@example.com',
    'ana@example',
    'a b@example.com',
    'a..b@example.com',
    'ana@-x.com',
    true,
    5,
  ])('an invalid e-mail address counts as absent, with a note (%#)', email => {
    expect(leadOf({ email, mobile_phone: '99998888' }).messages).toEqual([message('email-invalid')])
    expect(parse({ leads: [{ email }] }).quarantined).toMatchObject([{ code: 'LEAD_WITHOUT_IDENTITY' }])
  })

  test('an e-mail address above 255 characters counts as absent, with a note', () => {
    const email = `${'a'.repeat(256 - '@example.com'.length)}@example.com`
    expect(leadOf({ email, mobile_phone: '99998888' })).toEqual({
      mobilePhone: '99998888',
      messages: [message('email-too-long')],
    })
  })

  test.each(['null', '00000000-0000-0000-0000-000000000000', 'a b', '', true, {}, 'x'.repeat(65)])(
    'a contact id that would make one of many people counts as absent (%#)',
    uuid => {
      expect(leadOf({ uuid, email: 'ana@example.com' }).uuid).toBeUndefined()
    },
  )

  test('a phone of 8 digits is an identity, one of 7 is not', () => {
    expect(leadOf({ personal_phone: '3333-4444' }).phone).toBe('3333-4444')
    expect(parse({ leads: [{ personal_phone: '333-4444' }] }).quarantined).toHaveLength(1)
  })

  test('a phone that a spreadsheet rounded gives way to one that was not', () => {
    expect(leadOf({ mobile_phone: '5,51199E+12', phone: '11 98765-4321' }).mobilePhone).toBe('11 98765-4321')
  })

  test.each([[5.511_99e12], [[5.511_99e12]]])(
    'a phone that came as the number %j gives way to one that was not rounded',
    sent => {
      expect(leadOf({ mobile_phone: sent, phone: '11 98765-4321' }).mobilePhone).toBe('11 98765-4321')
      expect(leadOf({ mobile_phone: 5_511_987_654_321 }).mobilePhone).toBe('5511987654321')
    },
  )

  test('a lead whose only phone a spreadsheet rounded has no identity, and the reason says why', () => {
    for (const mobile_phone of ['5,51199E+12', 'cel. 5,51199E+12', 5.511_99e12])
      expect(parse({ leads: [{ name: 'Ana', mobile_phone }] }).quarantined).toMatchObject([
        {
          code: 'LEAD_WITHOUT_IDENTITY',
          issues: [
            { key: 'no-identity' },
            message('at-place', { place: 'leads[0]', note: message('field-digits-lost', { field: 'mobilePhone' }) }),
          ],
        },
      ])
  })

  test('the reason says when the e-mail is in a field that is not read, and the e-mail of an owner is none', () => {
    const elsewhere = (lead: object) =>
      parse({ leads: [lead] }).quarantined[0]?.issues.some(({ key }) => key === 'email-elsewhere')
    expect(elsewhere({ name: 'Ana', custom_fields: { 'Contato principal': 'Ana@Example.com ' } })).toBe(true)
    expect(elsewhere({ name: 'Ana', user: 'bia@example.com' })).toBe(false)
    expect(elsewhere({ name: 'Ana' })).toBe(false)
  })

  test('an invalid e-mail address is replaced by a valid one further down', () => {
    expect(leadOf({ ...conversionWith({ email_lead: 'bia@example.com' }), email: 'x' }).email).toBe('bia@example.com')
  })
})

describe('where values are looked for', () => {
  test('first at the top, then in the last conversion, then in the custom fields', () => {
    const custom = { city: 'Custom', State: 'Custom', Cargo: 'Custom' }
    const full = { ...conversionWith({ Cidade: 'Content', ESTADO: 'Content' }), city: 'Top', custom_fields: custom }
    expect(leadOf(full)).toMatchObject({ city: 'Top', state: 'Content', jobTitle: 'Custom' })
  })

  test('blank and unreadable values are passed over', () => {
    const body = {
      ...conversionWith({ nome: ' ', Nome: 'Ana' }),
      name: '\u0000',
      city: {},
      custom_fields: { city: 'X' },
    }
    expect(leadOf(body)).toMatchObject({ name: 'Ana', city: 'X' })
  })

  test("a tenant's own places come after the defaults, in content and custom fields, however they are written", () => {
    const leadFields = { mobilePhone: ['WhatsApp'], company: ['Razão Social'], city: ['name'] }
    const label = { ...lead, custom_fields: { ' razao_social ': 'Obras Ltda', whatsapp: '41 97777-6666' } }
    expect(leadOf(label, { leadFields })).toMatchObject({ company: 'Obras Ltda', mobilePhone: '41 97777-6666' })
    expect(leadOf(label, { leadFields }).city).toBeUndefined()
    expect(leadOf(label).mobilePhone).toBeUndefined()
    expect(leadOf({ ...label, mobile_phone: '41 90000-0000' }, { leadFields }).mobilePhone).toBe('41 90000-0000')
    const answers = conversionWith({ conversion_payload: '{"cf_whats-app":"41 96666-5555"}' })
    expect(leadOf(answers, { leadFields }).mobilePhone).toBe('41 96666-5555')
    const contact = { ...converted, contact: { ...converted.contact, cf_whatsapp: '41 95555-4444' } }
    expect(parse(contact, { leadFields }).events).toMatchObject([{ lead: { mobilePhone: '41 95555-4444' } }])
  })

  test.each([
    { phones: { phone: '11112222' }, read: { mobilePhone: '11112222' } },
    { phones: { phone: '11112222', mobile_phone: '22223333' }, read: { mobilePhone: '22223333', phone: '11112222' } },
    { phones: { phone: '11112222', personal_phone: '33334444' }, read: { mobilePhone: '11112222', phone: '33334444' } },
    {
      phones: { phone: '11112222', mobile_phone: '22223333', personal_phone: '33334444' },
      read: { mobilePhone: '22223333', phone: '33334444' },
    },
    { phones: { phone: null, mobile_phone: 'n/a' }, read: { mobilePhone: 'n/a' } },
    { phones: { phone: '11112222', mobile_phone: 'n/a' }, read: { mobilePhone: '11112222' } },
  ])("RD's newer key phone fills the first gap (%#)", ({ phones, read }) => {
    const { mobilePhone, phone } = leadOf({ email: 'ana@example.com', ...phones })
    expect({ mobilePhone, phone }).toEqual(read)
  })

  test('the phone of a form serves when there is no other', () => {
    expect(leadOf(conversionWith({ phone_lead: '11112222' })).mobilePhone).toBe('11112222')
    expect(leadOf(conversionWith({ phone_lead: '11112222', Telefone: '22223333' }))).toMatchObject({
      phone: '22223333',
    })
  })
})

describe('values', () => {
  test.each([
    { value: ['A', ' ', 1, null, {}, 'B'], text: 'A, 1, B' },
    { value: '\u0000Ma\u0007ria\r\n Silva\u009f', text: 'Maria  Silva' },
    { value: 'lone \ud800 surrogate', text: 'lone \ufffd surrogate' },
    { value: 12.5, text: '12.5' },
    { value: false, text: 'false' },
    { value: Number.POSITIVE_INFINITY, text: undefined },
    { value: [[['A']]], text: undefined },
    { value: { name: 'A' }, text: undefined },
  ])('a text is clean, or absent (%#)', ({ value, text }) => {
    expect(leadOf({ email: 'ana@example.com', city: value }).city).toBe(text)
  })

  test.each([
    { value: '2023-07-11T16:39:06.166-03:00', instant: '2023-07-11T19:39:06.166Z' },
    { value: ' 2023-07-11 16:39:06 -0300', instant: '2023-07-11T19:39:06.000Z' },
    { value: '2023-07-11 16:39:06 UTC', instant: '2023-07-11T16:39:06.000Z' },
    { value: '2023-07-11T16:39:06', instant: undefined },
    { value: '2023-07-11', instant: undefined },
    { value: '2023-13-11T16:39:06Z', instant: undefined },
    { value: '9999-12-31T23:00:00-03:00', instant: undefined },
    { value: 'yesterday', instant: undefined },
    { value: 1_689_104_346_000, instant: undefined },
  ])('a date is in UTC, or absent (%#)', ({ value, instant }) => {
    const dated = { ...lead, created_at: value, last_conversion: { created_at: value } }
    expect(leadOf(dated).contactCreatedAt).toBe(instant)
    expect(leadOf(dated).convertedAt).toBe(instant)
  })

  test('the time of the event stands in for the time of the conversion', () => {
    expect(
      leadOf({ ...lead, last_conversion: { content: { event_timestamp: '2026-01-01T00:00:00Z' } } }),
    ).toMatchObject({
      convertedAt: '2026-01-01T00:00:00.000Z',
    })
  })

  test('an owner that is no e-mail address is left out, with a note', () => {
    expect(leadOf({ ...lead, user: 'Owner@Example.com' })).toMatchObject({ ownerEmail: 'owner@example.com' })
    expect(leadOf({ ...lead, user: 'Maria' }).messages).toEqual([message('owner-email-invalid')])
  })
})
