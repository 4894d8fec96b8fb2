import { retryInFull } from '@ponte/runtime'
import type { RdContactState } from '@ponte/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { failedJobs, resultOf } from '../support/jobs.ts'

// Two workers, as in production.
let company: Company
beforeAll(async () => {
  company = await shareCompany('routes', { workflows: false })
})
afterAll(() => company.stop())

const contactOf = (identifier: string, seed: object = {}): Promise<RdContactState> =>
  company.convert({ name: 'Maria', email: newEmail(), ...seed }, { identifier })

async function bring(identifier: string, seed: object = {}) {
  const contact = await contactOf(identifier, seed)
  await company.deliver(contact)
  await expect.poll(() => company.opportunitiesOf(contact), patience).toHaveLength(1)
  return { contact, ...(await whatCrmHas(contact)) }
}

async function whatCrmHas(contact: { uuid: string }) {
  const [[opportunity], lead, { users }] = await Promise.all([
    company.opportunitiesOf(contact),
    company.leadOf(contact),
    company.crm.state(),
  ])
  const nameOf = (id: string | undefined): string | undefined => users.find(user => user.id === id)?.userEmail[0]?.email
  return {
    lead,
    leadUser: nameOf(lead?.userId),
    user: nameOf(opportunity?.userId),
    place: [opportunity?.pipeline, opportunity?.stage, opportunity?.opportunityType].map(entry => entry?.description),
    stageId: opportunity?.stage.id,
  }
}

test('a lead of a route gets its pipeline, the stage of that pipeline, although another one has such a stage, and its type', async () => {
  const { place, stageId, contact } = await bring('webinar-crm', { state: 'São Paulo' })
  expect(place).toEqual(['Enterprise', 'Proposta', 'Venda nova'])
  const { pipelines, stages } = await company.crm.state()
  const enterprise = pipelines.find(({ description }) => description === 'Enterprise')?.id
  expect(stages.find(({ id }) => id === stageId)).toMatchObject({ pipelineId: enterprise })
  await expect
    .poll(async () => (await resultOf(company.ponte.tenant.name, contact.email))?.summary, patience)
    .toContainEqual({ key: 'routed-by-rule', values: { rule: 'enterprise' } })
})

const usable = ['ana.vendedora@demo.example', 'bia.vendedora@demo.example', 'caio.vendedor@demo.example']

test('forty leads that come at once to two workers are shared fairly by those users who are active and have a role', async () => {
  const contacts = await Promise.all(Array.from({ length: 40 }, () => contactOf('lp-rodizio')))
  await Promise.all(contacts.map(contact => company.deliver(contact)))
  const ids = new Set(contacts.map(({ uuid }) => `rd:${uuid}`))
  const leads = async () => (await company.leads()).filter(({ externalId }) => ids.has(externalId ?? ''))
  await expect.poll(async () => (await leads()).length, patience).toBe(40)
  await Promise.all(
    contacts.map(contact => expect.poll(() => company.opportunitiesOf(contact), patience).toHaveLength(1)),
  )
  const owned = await Promise.all(contacts.map(contact => whatCrmHas(contact)))
  expect(owned.every(({ user, leadUser }) => user === leadUser)).toBe(true)
  const counts = usable.map(email => owned.filter(({ user }) => user === email).length)
  expect(counts.toSorted((one, other) => one - other)).toEqual([13, 13, 14])
})

test('a route whose pipeline is gone fails its leads and writes nothing for them, leads of others go on, and a retry works once it is back', async () => {
  const known = (await bring('contato')).contact
  await company.crm.lose((await company.opportunitiesOf(known))[0]?.id ?? '')
  const added = await contactOf('lp-filial')
  await company.rd.changeContact(known.uuid, { city: 'Uberaba' })
  await company.rd.convert(known.uuid, { identifier: 'lp-filial' })
  const after = await company.numberOfLastCall()
  for (const contact of [added, known]) await company.deliver(contact)
  const { name } = company.ponte.tenant
  const failed = async () =>
    (await failedJobs(name, 'totvs-crm')).filter(({ failedReason }) => failedReason.startsWith('ROUTE_NOT_POSSIBLE'))
  await expect.poll(failed, patience).toHaveLength(2)
  for (const { failedReason } of await failed()) expect(failedReason).toContain('route=filial, problem=pipeline')
  const writes = (await company.sandbox.calls({ system: 'totvs-crm', after })).filter(
    ({ path, method }) => method === 'POST' && !path.endsWith('/login'),
  )
  expect(writes).toEqual([])

  expect((await bring('webinar-crm', { state: 'SP' })).place[0]).toBe('Enterprise')

  const { pipelines, stages } = await company.crm.state()
  const pipelineId = crypto.randomUUID()
  await company.crm.change({
    pipelines: [...pipelines.map(entry => ({ ...entry })), { id: pipelineId, description: 'Filial' }],
    stages: [
      ...stages.map(entry => ({ ...entry })),
      { id: crypto.randomUUID(), description: 'Abordagem e Investigação', pipelineId },
    ],
  })
  for (const job of await failed()) await retryInFull(job)
  for (const [contact, count] of [
    [added, 1],
    [known, 2],
  ] as const) {
    await expect.poll(() => company.opportunitiesOf(contact), patience).toHaveLength(count)
    const open = (await company.opportunitiesOf(contact)).find(({ status }) => status === 'PROGRESS')
    expect(open).toMatchObject({ pipeline: { id: pipelineId }, stage: { description: 'Abordagem e Investigação' } })
  }
  expect((await company.leadOf(known))?.addresses[0]?.cityName).toBe('Uberaba')
})
