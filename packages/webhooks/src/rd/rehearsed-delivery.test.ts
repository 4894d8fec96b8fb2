import { rehearsalIdentifier } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { parse } from '../testing/rd-bodies.ts'

const identifier = rehearsalIdentifier('f00dcafe')
const uuid = '5408c5a3-4711-4f2e-8d0b-13407a3e30f3'
const legalBases = [{ category: 'communications', type: 'consent', status: 'declined' }]
const page = `http://app.rdstation.com.br/leads/public/${uuid}`

const ofApi1 = (identifier: string, more: object = {}) => ({
  leads: [
    {
      ...{ uuid, email: 'ensaio@acme.example', name: 'Ensaio', city: '', cf_porte: 'Grande', public_url: page },
      last_conversion: {
        content: { identificador: identifier, __cdp__original_event: { payload: { legal_bases: legalBases } } },
        created_at: '2026-03-05T15:28:36.110-03:00',
      },
      ...more,
    },
  ],
})
const ofApi2 = (identifier: string) => ({
  ...{
    event_type: 'WEBHOOK.CONVERTED',
    event_identifier: identifier,
    event_timestamp: '2026-03-05T15:28:36.110-03:00',
  },
  contact: { uuid, email: 'ensaio@acme.example', name: 'Ensaio', legal_bases: [] },
})
const rehearsedOf = (body: unknown) => {
  const [event] = parse(body).events
  return event?.lead.rehearsal
}

test('a delivery of the rehearsal leaves the names of the members that have a value, and neither values nor custom fields', () => {
  expect(rehearsedOf(ofApi1(identifier))).toEqual({
    format: 'v1',
    members: ['uuid', 'email', 'name', 'public_url', 'last_conversion'],
    publicUrl: 'expected',
    legalBases: 1,
  })
  expect(rehearsedOf(ofApi2(identifier))).toEqual({
    ...{ format: 'v2', members: ['uuid', 'email', 'name'], publicUrl: 'absent', legalBases: 0 },
  })
})

test('a page elsewhere is said to be so', () => {
  const elsewhere = { public_url: `http://app.rdstation.com.br/contacts/${uuid}` }
  expect(rehearsedOf(ofApi1(identifier, elsewhere))).toMatchObject({ publicUrl: 'other' })
})

test.each([ofApi1, ofApi2])('any other delivery leaves nothing', body => {
  expect(rehearsedOf(body('formulario'))).toBeUndefined()
})
