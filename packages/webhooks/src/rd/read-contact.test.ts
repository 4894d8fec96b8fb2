import { expect, test } from 'vitest'
import { fixtureJson } from '../fixtures.ts'
import { converted, options, parse, rule } from '../testing/rd-bodies.ts'
import { readContact } from './read-lead.ts'

const places = ['state', 'city', 'tags', 'legalBases', 'lifecycleStage', 'score.fit', 'score.interest', 'cf_porte']
const settings = { ...options, fields: places.map(place => rule([place])) }
const contact = {
  uuid: 'c-1',
  email: 'ana@example.com',
  name: 'Ana',
  city: 'Lages',
  state: 'SC',
  tags: ['a', 'b'],
  cf_porte: 'pequeno',
  legal_bases: [{ category: 'communications', type: 'consent', status: 'granted' }],
}
const funnel = {
  lifecycle_stage: 'Qualified Lead',
  opportunity: false,
  contact_owner_email: 'BIA@example.com',
  fit: 60,
  interest: 100,
}

const deliveredOf = (of: object) => {
  const [event] = parse({ ...converted, contact: of }, settings).events
  return event?.name === 'lead.registered' ? event.lead : expect.unreachable('no lead was delivered')
}

test('a contact and its funnel mean what they mean in a delivery of API 2.0', () => {
  const { conversionIdentifier: _, convertedAt: __, ...delivered } = deliveredOf({ ...contact, funnel })
  expect(delivered).toMatchObject({
    ownerEmail: 'bia@example.com',
    state: 'SC',
    values: { tags: ['a', 'b'], 'score.fit': ['60'] },
  })
  expect(readContact({ contact, funnel }, settings)).toEqual(delivered)
  const answers = {
    contact: fixtureJson('rd-api', 'rd-api-26-response-contact.json'),
    funnel: fixtureJson('rd-api', 'rd-api-27-response-funnel.json'),
  }
  expect(readContact(answers, settings)).toMatchObject({
    state: 'SC',
    ownerEmail: 'email@example.org',
    values: { legalBases: ['consent: granted'], lifecycleStage: ['Client'], 'score.interest': ['100'] },
  })
})

test('of a funnel alone only the funnel is read, of nothing nothing', () => {
  expect(readContact({ funnel }, settings)).toEqual({
    ownerEmail: 'bia@example.com',
    values: { lifecycleStage: ['Qualified Lead'], 'score.fit': ['60'], 'score.interest': ['100'] },
  })
  expect(readContact({}, settings)).toEqual({})
})

test.each([
  [[]],
  ['text'],
  [1],
  [Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`cf_${index}`, 'x']))],
])('a contact that is no record, or has too many fields, is not read (%#)', odd => {
  expect(readContact({ contact: odd, funnel }, settings)).toBeUndefined()
})

test.each([null, 'text', [], 5, { contact_owner_email: 5 }])('a funnel that is %j tells no owner', odd => {
  expect(readContact({ contact, funnel: odd }, settings)?.ownerEmail).toBeUndefined()
})

test('a delivery of API 2.0 says what it leaves out, of what rules read', () => {
  const { state: _, tags: __, legal_bases: ___, ...left } = contact
  expect(deliveredOf(left)).toMatchObject({ lacksFunnel: true, lacks: ['state', 'tags', 'legalBases'] })
  const complete = deliveredOf({ ...left, funnel, state: '', tags: [], legal_bases: [] })
  expect([complete.lacks, complete.lacksFunnel]).toEqual([undefined, undefined])
  const [unread] = parse(converted).events
  expect(unread).toMatchObject({ lead: { lacksFunnel: true } })
  expect(unread).not.toHaveProperty('lead.lacks')
})

test('a delivery of API 1.x leaves nothing out', () => {
  const [event] = parse({ leads: [{ uuid: 'c-1', email: 'ana@example.com' }] }, settings).events
  expect(event).toMatchObject({ lead: { uuid: 'c-1' } })
  expect(event).not.toHaveProperty('lead.lacks')
  expect(event).not.toHaveProperty('lead.lacksFunnel')
})
