import { type SourceName, sourceNames } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { fixtureJson } from '../fixtures.ts'
import { conversionWith, converted, lead, parse, rule } from '../testing/rd-bodies.ts'

const fields = sourceNames.map(name => rule([name]))

/** The values that rules read from the only lead of a body. */
function valuesIn(body: unknown): Readonly<Record<string, readonly string[]>> | undefined {
  const [event] = parse(body, { fields }).events
  return event === undefined ? expect.unreachable('no lead was read') : event.lead.values
}
const valuesOf = (one: object) => valuesIn({ leads: [one] })
const inContact = (more: object) => valuesIn({ ...converted, contact: { ...converted.contact, ...more } })

const url = (id: string): string[] => [`https://app.rdstation.com.br/leads/public/${id}`]

/** By fixture: every source that its body holds, and no other. The identifier of the conversion is in the lead itself. */
const sourcesOfFixtures: Readonly<Record<string, Partial<Record<SourceName, readonly string[]>>>> = {
  'rd-legacy-01-official-doc.json': {
    'conversion.source': ['source 2'],
    'firstConversion.identifier': ['ebook-abc'],
    'firstConversion.source': ['source 1'],
    tags: ['tag 1', 'tag 2'],
    lifecycleStage: ['Lead'],
    'score.fit': ['d'],
    'score.interest': ['0'],
    'contact.url': url('c2f3d2b3-0000-4000-8000-eef38be32f7f'),
  },
  'rd-legacy-04-real-2023-opportunity-true-tags-null.json': {
    'conversion.source': ['Formulário - LP'],
    'firstConversion.identifier': ['btn-whatsapp-home'],
    'firstConversion.source': ['btn-whatsapp-home'],
    'traffic.source': ['Google'],
    'traffic.medium': ['cpc'],
    lifecycleStage: ['Lead'],
    'score.fit': ['d'],
    'score.interest': ['0'],
    'contact.url': ['http://app.rdstation.com.br/leads/public/8b4d2932-0000-4000-8000-f07cdc087c05'],
  },
  'rd-legacy-05-real-2026-verify-button.json': {
    'conversion.source': ['evento-inscricao'],
    'firstConversion.identifier': ['evento-inscricao'],
    'firstConversion.source': ['evento-inscricao'],
    'traffic.source': ['ig'],
    'traffic.medium': ['social'],
    lifecycleStage: ['Lead'],
    'contact.url': url('12422420-0000-4000-8000-01a55bdbe7b5'),
  },
  'rd-legacy-07-real-2021-lead-stage-cliente.json': {
    lifecycleStage: ['Client'],
    'score.fit': ['d'],
    'score.interest': ['0'],
    'contact.url': ['http://app.rdstation.com.br/leads/public/1b858973-0000-4000-8000-8ab773ca450f'],
  },
  'rd-v2-01-official-converted.json': {
    tags: ['tag 1', 'tag 2'],
    lifecycleStage: ['Lead'],
    'score.fit': ['0'],
    'score.interest': ['20'],
    legalBases: ['consent: granted'],
    'contact.url': url('c2f3d2b3-7250-4d27-97f4-eef38be32f7f'),
  },
  'own-v1-02-conversion-payload-only.json': {
    'conversion.source': ['lp-orcamento'],
    'traffic.source': ['ig'],
    'contact.url': url('a1b2c3d4-0000-4000-8000-000000000002'),
  },
  'own-v2-01-lower-case-type-owner-null.json': {
    lifecycleStage: ['Qualified Lead'],
    'contact.url': url('a1b2c3d4-0000-4000-8000-000000000021'),
  },
}

test.each(Object.entries(sourcesOfFixtures))('%s tells of the origin of its lead what it holds', (name, sources) => {
  expect(valuesIn(fixtureJson('rd-webhooks', name))).toEqual(sources)
})

test('each source is told by a fixture of at least one format', () => {
  const held = new Set(Object.values(sourcesOfFixtures).flatMap(sources => Object.keys(sources)))
  const elsewhere = ['conversion.identifier', 'receivedAt', 'traffic.campaign', 'traffic.value']
  expect([...held, ...elsewhere].toSorted()).toEqual([...sourceNames].toSorted())
})

test.each([
  { tags: ['VIP', ' feira ', '', null, 7, {}], read: ['VIP', 'feira', '7'] },
  { tags: 'VIP, feira,,', read: ['VIP', 'feira'] },
  { tags: null, read: undefined },
  { tags: { a: 1 }, read: undefined },
])('tags are a list or a text with commas (%#)', ({ tags, read }) => {
  expect(valuesOf({ ...lead, tags })?.tags).toEqual(read)
  expect(inContact({ tags })?.tags).toEqual(read)
})

test('a contact without tags has those that came with its conversion', () => {
  const tagged = conversionWith({ tags: 'webinar, crm' })
  expect(valuesOf(tagged)?.tags).toEqual(['webinar', 'crm'])
  expect(valuesOf({ ...tagged, tags: [] })?.tags).toEqual(['webinar', 'crm'])
  expect(valuesOf({ ...tagged, tags: ['vip'] })?.tags).toEqual(['vip'])
})

test.each([
  ['Lead', 'Lead'],
  ['Lead Qualificado', 'Qualified Lead'],
  ['CLIENTE', 'Client'],
  ['qualified_lead', 'Qualified Lead'],
  ['Prospect', 'Prospect'],
])('the stage %s is called %s, in both formats', (word, read) => {
  expect(valuesOf({ ...lead, lead_stage: word })?.lifecycleStage).toEqual([read])
  expect(inContact({ funnel: { lifecycle_stage: word } })?.lifecycleStage).toEqual([read])
})

test('legal bases are told with kind and status, those of the contact before those of the conversion', () => {
  const consent = { category: 'communications', type: 'consent', status: 'granted' }
  const refused = { ...consent, status: 'declined' }
  const given = conversionWith({ __cdp__original_event: { payload: { legal_bases: [consent] } } })
  expect(valuesOf(given)?.legalBases).toEqual(['consent: granted'])
  expect(valuesOf({ ...given, legal_bases: [refused, { type: 'legitimate_interest' }, {}, 5] })?.legalBases).toEqual([
    'consent: declined',
    'legitimate_interest',
  ])
})

test.each(['javascript:alert(1)', 'app.rdstation.com.br/x', 'http://', {}, null])(
  'what is no address is not the page of the contact (%#)',
  public_url => {
    expect(valuesOf({ ...lead, public_url })?.['contact.url']).toEqual(url('c-1'))
    expect(valuesOf({ email: 'ana@example.com', public_url })?.['contact.url']).toBeUndefined()
  },
)

test('a delivery of API 2.0 says whether it had a funnel, one of API 1.x does not', () => {
  const read = (body: unknown) => parse(body).events[0]?.lead.lacksFunnel
  expect(read(converted)).toBe(true)
  expect(read({ ...converted, contact: { ...converted.contact, funnel: null } })).toBe(true)
  expect(
    read({ ...converted, contact: { ...converted.contact, funnel: { contact_owner_email: null } } }),
  ).toBeUndefined()
  expect(read({ leads: [lead] })).toBeUndefined()
})
