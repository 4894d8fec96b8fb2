import fc from 'fast-check'
import { foldWord, leadField, leadFields as ownFields } from '@ponte/contracts'
import { expect, inject, test } from 'vitest'
import { findPlaces, readFirst } from './lead-places.ts'
import { wantedKeysOf } from './wanted-keys.ts'
import { options } from '../testing/rd-bodies.ts'
import type { JsonRecord } from '../body/parse-body.ts'

/** Labels as forms and users write them, and texts that resemble them. */
const labels = [
  ...['Nome', 'nome', ' NOME_', 'cf_nome', 'CF_Nome', 'cf_cf_nome', 'nome completo', 'name', 'cargo', 'Job-Title'],
  ...['E-mail', 'email', 'Email_Lead', 'émail', 'Celular', 'telefone celular', 'Telefone', 'phone', 'phone_lead'],
  ...['Cidade', 'city', 'UF', 'Estado', 'empresa', 'Nome da Empresa', 'site', 'Facebook', 'WhatsApp', 'whats app'],
  ...['Razão Social', 'razao_social', '__proto__', 'constructor', '---', 'cf_', '\u0301', `n${'-'.repeat(300)}ome`],
]
/** The rule of folding, without a memory and without an index. */
function plainFold(key: string): string {
  if (key.length > 256) return key
  const name = key.replace(/^cf_/i, '')
  return foldWord(name).replace(/[^\p{L}\p{N}]+/gu, '') || name
}

type Entries = readonly (readonly [label: string, value: unknown])[]

const plainValues = (places: readonly Entries[], keys: readonly string[] = []): unknown[] =>
  places.flatMap(entries =>
    keys.flatMap(key => entries.filter(([label]) => plainFold(label) === plainFold(key)).map(([, value]) => value)),
  )

const record: fc.Arbitrary<JsonRecord> = fc
  .array(fc.tuple(fc.constantFrom(...labels), fc.nat()), { maxLength: 10 })
  .map(entries => Object.fromEntries(entries))
const body = fc.record({ top: record, content: record, answers: record, payload: record, form: record, custom: record })
const tenantNames = fc.dictionary(
  fc.constantFrom(...leadField.options),
  fc.array(fc.constantFrom(...labels), { minLength: 1, maxLength: 3 }),
)

test('a value is found under every spelling of its names, and the first place counts', () => {
  fc.assert(
    fc.property(body, tenantNames, ({ top, content, answers, payload, form, custom }, leadFields) => {
      const original = { payload: { ...payload, conversion_payload: form } }
      const conversion = { ...content, conversion_payload: answers, __cdp__original_event: original }
      const lead = { ...top, custom_fields: custom, last_conversion: { content: conversion } }
      const places =
        findPlaces(lead, wantedKeysOf({ ...options, leadFields })) ?? expect.unreachable('no record is too wide')

      const isCustom = ([label]: readonly [string, unknown]): boolean => label.toLowerCase().startsWith('cf_')
      const ofTop = Object.entries(top).filter(entry => !isCustom(entry))
      const customs = [...Object.entries(custom), ...Object.entries(top).filter(isCustom)]
      const further = [...[content, answers, payload, form].map(each => Object.entries(each)), customs]
      for (const field of leadField.options) {
        const found: unknown[] = []
        readFirst(places, field, value => void found.push(value))
        expect(found).toEqual([
          ...plainValues([ofTop], ownFields[field].keys),
          ...plainValues(further, ownFields[field].keys),
          ...plainValues(further, leadFields[field]),
        ])
        expect(readFirst(places, field, value => value)).toBe(found[0])
      }
    }),
    { numRuns: inject('isLongRun') ? 3000 : 300 },
  )
})
