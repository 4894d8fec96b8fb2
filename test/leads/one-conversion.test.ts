import { readFigures, sumFigures } from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { isQuiet } from '../support/jobs.ts'
import { sharedTimeZone } from '../support/shared/shared-tenants.ts'

const redis = new Redis(inject('redisUrl'))
let company: Company
beforeAll(async () => {
  company = await shareCompany('one-conversion', { workflows: false })
})
afterAll(async () => {
  await company.stop()
  redis.disconnect()
})

const untilQuiet = (): Promise<void> =>
  expect.poll(() => isQuiet(company.ponte.tenant.name, 'totvs-crm'), patience).toBe(true)

/** A conversion as either API delivers it, under a key of its own. API 2 is a second behind. */
function bodiesOf(identifier: string) {
  const [uuid, email, at] = [crypto.randomUUID(), newEmail(), Date.now() - 60_000]
  const person = { uuid, email, name: 'Ana' }
  const [first, second] = [at, at + 1000].map(each => new Date(each).toISOString())
  const last_conversion = { created_at: first, content: { identificador: identifier } }
  return {
    contact: { uuid },
    v1: { leads: [{ ...person, number_conversions: '1', last_conversion }] },
    v2: {
      ...{ event_type: 'WEBHOOK.CONVERTED', event_identifier: identifier, event_timestamp: second },
      contact: { ...person, job_title: 'Diretora' },
    },
  }
}

async function figures() {
  const { name } = company.ponte.tenant
  const request = { period: '24h', now: Date.now(), timeZone: sharedTimeZone } as const
  const spans = (await readFigures(redis, [name], request)).get(name) ?? []
  return sumFigures(spans.map(each => each.figures))
}

test.each([
  ['API 1', 'v1', 'v2'],
  ['API 2', 'v2', 'v1'],
] as const)(
  'a conversion that comes by %s, and a second apart by the other API once its opportunity is lost, is one',
  async (_api, first, other) => {
    const identifier = `formulario-${first}`
    const { contact, ...bodies } = bodiesOf(identifier)
    const before = await figures()
    await company.deliverBody(bodies[first])
    await untilQuiet()
    const [opportunity] = await company.opportunitiesOf(contact)
    await company.crm.lose(opportunity?.id ?? '', 'Sem interesse')
    await company.deliverBody(bodies[other])
    await untilQuiet()
    expect((await company.opportunitiesOf(contact)).map(({ status }) => status)).toEqual(['LOST'])
    expect(await company.leadOf(contact)).toMatchObject({ jobTitle: 'Diretora' })
    const { leads, opportunities, identifiers, received } = await figures()
    expect(identifiers[identifier]).toBe(1)
    expect(opportunities - before.opportunities).toBe(1)
    const created = leads.created - before.leads.created
    expect([created, leads.updated - before.leads.updated]).toEqual([1, 0])
    const events = (received['lead.registered'] ?? 0) - (before.received['lead.registered'] ?? 0)
    expect(events).toBe(2)
  },
)

test('conversions that come by both APIs at the same moment, through two workers, are one each', async () => {
  const people = Array.from({ length: 8 }, () => bodiesOf('ao-mesmo-tempo'))
  await Promise.all(people.flatMap(({ v1, v2 }) => [company.deliverBody(v1), company.deliverBody(v2)]))
  await untilQuiet()
  for (const { contact } of people) expect(await company.opportunitiesOf(contact)).toHaveLength(1)
  expect((await figures()).identifiers['ao-mesmo-tempo']).toBe(people.length)
})
