import { expect, test } from 'vitest'
import { z } from 'zod'
import type { RegisteredLead } from '../jobs/job-data.ts'
import { leadRuleSettings } from './lead-rules.ts'
import { fillLead, lackingPlaces, valuesAt } from './lacking-places.ts'

const rules = z.object(leadRuleSettings)
// oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
const routeOf = (when: object, then: object = {}) => ({ name: 'sul', when, then })
const inputOf = (lead: Partial<RegisteredLead>) => ({
  lead: { uuid: 'u', ...lead },
  receivedAt: '2026-11-26T12:00:00.000Z',
})
const thin = { lacks: ['state', 'tags', 'legalBases', 'company'], lacksFunnel: true } as const
const everything = rules.parse({
  fields: [
    { from: ['legalBases'], to: 'lead.customFields.lgpd' },
    { from: ['score.fit', 'score.interest'], to: 'lead.customFields.nota' },
    { from: ['company'], to: 'lead.customFields.grupo' },
    { from: ['cf_cnpj', 'traffic.source', 'firstConversion.identifier'], to: 'lead.customFields.cnpj' },
  ],
  filters: { skip: [{ name: 'fornecedores', when: { tag: 'fornecedor' } }] },
  routes: [routeOf({ state: 'SC', field: { lifecycleStage: 'Client' } })],
})

test.each([
  ['5,51199E+12', []],
  ['5511987654321.0', ['5511987654321']],
  ['+55 (11) 98765-4321', ['+55 (11) 98765-4321']],
])('a rule reads of the phone %j what is written of it: %j', (phone, values) => {
  for (const place of ['phone', 'mobilePhone']) expect(valuesAt(place, inputOf({ [place]: phone }))).toEqual(values)
})

test('what rules need of a thin delivery is found by the contact, by its funnel, or by nobody', () => {
  expect(lackingPlaces(inputOf({ ...thin, lacks: [...thin.lacks] }), everything)).toEqual({
    contact: ['legalBases', 'tags', 'state'],
    funnel: ['owner', 'score.fit', 'score.interest', 'lifecycleStage'],
    nobody: ['company'],
  })
})

test('a delivery that tells all lacks nothing, however little there is in it', () => {
  expect(lackingPlaces(inputOf({}), everything)).toEqual({ contact: [], funnel: [], nobody: [] })
})

test('without rules only the owner is needed, and not where the tenant wants none', () => {
  const lacking = (settings: object, lead: Partial<RegisteredLead> = {}) =>
    lackingPlaces(inputOf({ ...thin, lacks: [...thin.lacks], ...lead }), rules.parse(settings))
  expect(lacking({})).toEqual({ contact: [], funnel: ['owner'], nobody: [] })
  expect(lacking({}, { ownerEmail: 'ana@acme.example' }).funnel).toEqual([])
  expect(lacking({ ownerFromRdStation: false }).funnel).toEqual([])
  const route = routeOf({}, { ownerFromRdStation: true })
  expect(lacking({ ownerFromRdStation: false, routes: [route] }).funnel).toEqual(['owner'])
})

test('a rule under fields that has a value needs no other, a condition needs each of its places', () => {
  const lead = { ...thin, lacks: ['state', 'tags'], values: { cf_uf: ['SC'] } }
  const field = { from: ['state', 'cf_uf'], to: 'lead.customFields.uf' }
  expect(lackingPlaces(inputOf(lead), rules.parse({ fields: [field] })).contact).toEqual([])
  const route = routeOf({ state: 'SC', field: { cf_uf: 'SC' } })
  expect(lackingPlaces(inputOf(lead), rules.parse({ fields: [field], routes: [route] })).contact).toEqual(['state'])
})

test('a lead is filled where rules look and nothing is, and keeps what its delivery has and who it is', () => {
  const settings = rules.parse({
    fields: ['state', 'city', 'tags', 'cf_porte', '__proto__', 'email', 'mobilePhone'].map(from => ({
      from,
      to: `lead.customFields.${from}`,
    })),
  })
  const found = {
    state: 'SC',
    city: 'Lages',
    name: 'Outra',
    email: 'a@b.example',
    mobilePhone: '47 98888-1234',
    ownerEmail: 'ana@acme.example',
    values: { tags: ['a', 'b'], cf_porte: ['grande'], cf_other: ['x'] },
  }
  const input = inputOf({ city: 'Joinville', values: { cf_porte: ['pequeno'] } })
  expect(fillLead(input, found, settings)).toEqual({
    lead: {
      ...input.lead,
      state: 'SC',
      ownerEmail: 'ana@acme.example',
      values: { cf_porte: ['pequeno'], tags: ['a', 'b'] },
    },
    places: ['owner', 'state', 'tags'],
  })
  expect(input.lead).toEqual({ uuid: 'u', city: 'Joinville', values: { cf_porte: ['pequeno'] } })
})
