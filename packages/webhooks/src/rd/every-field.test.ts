import { leadField } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { parse } from '../testing/rd-bodies.ts'

const values: Readonly<Record<string, string>> = {
  email: 'ana@cliente.example',
  phone: '48 3333-1234',
  mobilePhone: '48 99999-4321',
}

/** Whoever adds a field to the list is led here: CONTRIBUTING.md, "A field of the lead". */
test.each(leadField.options)('the field %s of a lead is read, also where a tenant says to look for it', field => {
  const value = values[field] ?? `a value for ${field}`
  const identity = field === 'email' ? {} : { email: 'other@cliente.example' }
  const { events } = parse(
    { leads: [{ ...identity, custom_fields: { 'O nosso campo': value } }] },
    { leadFields: { [field]: ['O nosso campo'] } },
  )
  expect(events[0]?.lead[field]).toBe(value)
})
