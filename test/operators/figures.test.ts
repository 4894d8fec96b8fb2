import {
  countEvents,
  countFailed,
  countRemoved,
  failuresByCode,
  type Figures,
  quantileMs,
  quarantinedByCode,
  readFigures,
  sumFigures,
} from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { sharedTimeZone } from '../support/shared/shared-tenants.ts'
import { failedJobs, isQuiet } from '../support/jobs.ts'

let company: Company
const redis = new Redis(inject('redisUrl'))
beforeAll(async () => {
  company = await shareCompany('figures')
})
afterAll(async () => {
  await company.stop()
  redis.disconnect()
})

const ABOVE_LIMIT = 150_000_000

async function figures(period: '24h' | '7d' = '24h'): Promise<Figures> {
  const { name } = company.ponte.tenant
  const request = { period, now: Date.now(), timeZone: sharedTimeZone }
  const spans = (await readFigures(redis, [name], request)).get(name) ?? []
  return sumFigures(spans.map(each => each.figures))
}

const areQuiet = async (): Promise<boolean> =>
  (await isQuiet(company.ponte.tenant.name, 'totvs-crm')) && (await isQuiet(company.ponte.tenant.name, 'rd-station'))

test('the figures of three leads, of which one is won, one lost, and one won after a correction, are those of both systems', async () => {
  const bring = async (name: string) => {
    const contact = await company.convert({ name, email: newEmail() }, { identifier: 'formulario' })
    // The second time it is the same event.
    for (let times = 0; times < 2; times += 1) await company.deliver(contact)
    await expect.poll(async () => (await company.opportunitiesOf(contact)).length, patience).toBe(1)
    await company.untilMarks(contact, ['OPPORTUNITY'])
    const [opportunity] = await company.opportunitiesOf(contact)
    if (opportunity === undefined) throw new Error('the opportunity has gone')
    return { contact, opportunity }
  }
  const [maria, joao, ana] = [await bring('Maria'), await bring('João'), await bring('Ana')]
  await company.crm.win(maria.opportunity.id, 15_000)
  await company.crm.lose(joao.opportunity.id, 'Preço')
  await company.crm.win(ana.opportunity.id, ABOVE_LIMIT)
  await expect.poll(() => company.statusRdOf(ana.opportunity), patience).toContain('ERRO FINAL')
  await company.crm.changeOpportunity(ana.opportunity.id, { totalValue: 150_000 })
  await company.untilMarks(ana.contact, ['OPPORTUNITY', 'SALE'])
  await company.untilMarks(maria.contact, ['OPPORTUNITY', 'SALE'])
  await company.untilMarks(joao.contact, ['OPPORTUNITY', 'OPPORTUNITY_LOST'])
  await expect.poll(() => company.statusRdOf(ana.opportunity), patience).toMatch(/^OK: /)
  await expect.poll(() => company.sandbox.deliveries({ state: 'sending' }), patience).toEqual([])
  // The echo of Ponte's own mark, which is an event and no conversion; a body without a person, which goes into quarantine.
  await company.deliver(maria.contact)
  await company.deliverBody({ leads: [{ id: '1', name: 'Sem identidade' }] })
  await expect.poll(() => failedJobs(company.ponte.tenant.name, 'quarantine'), patience).toHaveLength(1)
  await expect.poll(areQuiet, patience).toBe(true)

  const calls = await company.sandbox.calls()
  const callsTo = (system: string, path: RegExp): number =>
    calls.filter(call => call.system === system && path.test(call.path)).length
  // What a run counts is written just after its job is done.
  await expect
    .poll(async () => (await figures()).calls, patience)
    .toEqual({
      crm: callsTo('totvs-crm', /./),
      contacts: callsTo('rd-station', /contacts/),
      events: callsTo('rd-station', /platform\/events|conversions/),
    })
  const today = await figures()
  expect(today).toMatchObject({
    leads: { created: 3, updated: 0 },
    opportunities: 3,
    identifiers: { formulario: 3 },
    marks: { opportunity: 3, sale: 2, loss: 1 },
    saleCents: 16_500_000,
    lossReasons: { Preço: 1 },
    defaultUser: 3,
  })
  expect(today.received).toMatchObject({ 'lead.registered': 4 })
  expect(today.ended).toContainEqual({ event: 'lead.registered', outcome: 'done', count: 4 })
  // The sale whose rounds had failed is repaired: nothing but the delivery that cannot be read is left.
  expect(failuresByCode(today)).toEqual({})
  expect(quarantinedByCode(today)).toEqual({ LEAD_WITHOUT_IDENTITY: 1 })
  expect([countFailed(today), countRemoved(today)]).toEqual([1, 0])
  const done = countEvents(today, 'done')
  expect([...today.times.values()].reduce((sum, count) => sum + count, 0)).toBe(done)
  expect(quantileMs(today.times, 0.5)).toBeLessThan(patience.timeout)
  // By day the same is counted as by hour, unless the clock has passed midnight in between.
  expect((await figures('7d')).saleCents).toBe(16_500_000)

  const keys = await redis.keys(`{${company.ponte.tenant.name}}:ponte:figures:*:*`)
  expect(keys.length).toBeGreaterThanOrEqual(2)
  const texts = (await Promise.all(keys.map(async key => Object.keys(await redis.hgetall(key))))).flat().join('\n')
  expect(texts).not.toMatch(/@|\d{8}/)
})
