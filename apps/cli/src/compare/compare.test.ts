import { HOUR_MS } from '@ponte/contracts'
import type { JobData } from '@ponte/contracts'
import { createTenantMode, stateKey } from '@ponte/state'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { dumpRedis } from '../testing/dump-redis.ts'
import type { SetUpTenant } from '../testing/open-cli-set-up.ts'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const set = useCliSetUp()
const crm = () => set.setUp.sandbox.client.crm()
const rd = () => set.setUp.sandbox.client.rd()

let tenant: SetUpTenant
beforeEach(async () => {
  tenant = await set.setUp.tenant({
    rdStation: { callsPerMinute: 100_000 },
    filters: { skip: [{ name: 'fornecedores', when: { state: 'RJ' } }] },
  })
  onTestFinished(() => tenant.close())
  await modeOf().declare('shadow')
})
const modeOf = () => createTenantMode(tenant.redis, tenant.name)
const compare = (...more: readonly string[]) => tenant.run(['compare', '--json', ...more])

type Lead = JobData<'lead.registered'>['lead']

/** A delivery that ended in the shadow. Returns its key. */
async function deliver(lead: Lead, { agoMs = HOUR_MS }: { agoMs?: number } = {}): Promise<string> {
  const key = `rd-${crypto.randomUUID()}`
  const receivedAt = Date.now() - agoMs
  const data = { v: 1, key, receivedAt: new Date(receivedAt).toISOString(), lead }
  const job = { id: crypto.randomUUID(), queue: 'totvs-crm', name: 'lead.registered', data, receivedAt } as const
  expect(await modeOf().endInShadow(job)).toBe(true)
  return key
}
async function announce(opportunityId: string, name = 'opportunity.won', agoMs = HOUR_MS): Promise<void> {
  const receivedAt = Date.now() - agoMs
  const data = {
    ...{ v: 1, key: `crm-${crypto.randomUUID()}`, receivedAt: new Date(receivedAt).toISOString() },
    ...{ opportunityId, contextUrl: '/api/v11/opportunity/opportunities' },
  }
  await modeOf().endInShadow({ id: crypto.randomUUID(), queue: 'rd-station', name, data, receivedAt })
}

const newEmail = () => `${crypto.randomUUID()}@cliente.example`
const entryOf = (email: string) => ({ email, emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true })

/** A person as the other program leaves it: a lead, and an opportunity of its type. */
async function addPerson({ email = newEmail(), ...more }: { email?: string; jobTitle?: string } = {}) {
  const lead = await crm().addLead({ name: 'Maria', emails: [entryOf(email)], ...more })
  const { opportunityTypes } = await crm().state()
  const type = { id: opportunityTypes.find(each => each.description === 'Integração RD Station')?.id ?? '' }
  const opportunity = await crm().addOpportunity({ leadId: lead.id, opportunityType: type, description: 'RD' })
  return { email, lead, opportunity, delivery: { name: 'Maria', email, uuid: crypto.randomUUID() } }
}

test('a person who is in TOTVS CRM as Ponte would have it agrees, and what Ponte writes on purpose stands apart', async () => {
  const { delivery, lead, opportunity } = await addPerson()
  await deliver(delivery)
  const { code, data } = await compare()
  expect([code, data()]).toMatchObject([
    0,
    {
      ok: true,
      coverage: { events: 1, people: 1, opportunities: 0, tooYoung: 0 },
      leads: { agrees: 1, differs: 0 },
      differences: [],
      byDesign: [
        { field: 'lead.externalId', record: lead.id },
        { field: 'opportunity.description', record: opportunity.id },
      ],
    },
  ])
})

test('what is missing or different is listed by field with ids, and values only with --show', async () => {
  const [other, without] = [await addPerson({ jobTitle: 'Gerente' }), await addPerson()]
  await crm().removeOpportunity(without.opportunity.id)
  await deliver({ ...other.delivery, jobTitle: 'Diretora Secreta' })
  await deliver(without.delivery)
  const key = await deliver({ name: 'Nova', email: 'nova.secreta@cliente.example' })
  const { code, data, stdout } = await compare()
  expect([code, data().differences]).toEqual([
    1,
    expect.arrayContaining([
      { field: 'lead.jobTitle', record: other.lead.id },
      { field: 'opportunity', record: without.lead.id },
      { field: 'lead', record: key },
    ]),
  ])
  expect(data().differences).toHaveLength(3)
  for (const language of ['en', 'pt-BR']) {
    const text = await tenant.run(['compare', '--lang', language])
    expect(text.code).toBe(1)
    expect(text.stdout).toContain(`lead ${other.lead.id}`)
    expect(text.stdout).toContain(`${language === 'en' ? 'event' : 'evento'} ${key}`)
    expect(text.stdout).not.toContain('←')
    expect(stdout + text.stdout + text.stderr).not.toMatch(/secreta|gerente|maria|@cliente|undefined|\[object/i)
    const shown = await tenant.run(['compare', '--show', '--lang', language])
    expect(shown.stdout).toContain('"Diretora Secreta" ← "Gerente"')
    expect(shown.stdout).toContain(
      language === 'en'
        ? 'what Ponte would write ← what TOTVS CRM holds'
        : 'o que o Ponte gravaria ← o que há no TOTVS CRM',
    )
  }
  expect((await compare('--show')).data().differences).toContainEqual({
    ...{ field: 'lead.jobTitle', record: other.lead.id, wanted: 'Diretora Secreta', found: 'Gerente' },
  })
})

test('a lead that was deleted is missing, whatever older deliveries there are', async () => {
  const { delivery, lead } = await addPerson()
  await deliver(delivery, { agoMs: 2 * HOUR_MS })
  const key = await deliver(delivery)
  await crm().removeLead(lead.id)
  const { code, data } = await compare()
  expect([code, data().differences, data().coverage.superseded]).toEqual([1, [{ field: 'lead', record: key }], 1])
})

test('of two deliveries of a person the newest is compared, however it names the person', async () => {
  const { delivery, email } = await addPerson({ jobTitle: 'Diretora' })
  await deliver({ ...delivery, jobTitle: 'Estagiária' }, { agoMs: 2 * HOUR_MS })
  await deliver({ email, name: 'Maria', jobTitle: 'Diretora' })
  expect((await compare()).data()).toMatchObject({ ok: true, leads: { agrees: 1 }, coverage: { superseded: 1 } })
})

test('a person of whom something came less than 10 minutes ago is not compared, and that alone says nothing', async () => {
  const { delivery } = await addPerson()
  await deliver({ ...delivery, jobTitle: 'Outra' })
  await deliver({ ...delivery, jobTitle: 'Nova' }, { agoMs: 9 * 60_000 })
  const { code, data } = await compare()
  expect([code, data()]).toMatchObject([1, { ok: false, coverage: { events: 2, tooYoung: 2, people: 0 } }])
  const { stdout } = await tenant.run(['compare', '--lang', 'en'])
  expect(stdout).toContain('Nothing was compared yet: the package may still be at work')
  await deliver((await addPerson()).delivery, { agoMs: 11 * 60_000 })
  expect((await compare()).code).toBe(0)
})

test('an opportunity that was opened for the delivery and is closed by now is no difference', async () => {
  const { delivery, opportunity } = await addPerson()
  await crm().lose(opportunity.id)
  await deliver(delivery)
  expect((await compare()).data()).toMatchObject({ ok: true, leads: { agrees: 1 } })
})

test('a delivery that a filter leaves out, one that cannot be read, and what was pruned are told apart', async () => {
  await deliver({ name: 'Nova', email: newEmail(), state: 'RJ' })
  const unreadable = { id: 'x', queue: 'totvs-crm', name: 'lead.registered', data: { v: 9 } } as const
  await modeOf().endInShadow({ ...unreadable, receivedAt: Date.now() - HOUR_MS })
  await tenant.redis.hset(stateKey(tenant.name, 'mode'), { prunedUntil: 1_795_694_400_000 })
  const { code, data } = await compare()
  expect([code, data()]).toMatchObject([
    1,
    { coverage: { unreadable: 1 }, leads: { skipped: 1 }, shadow: { prunedUntil: '2026-11-26T12:00:00.000Z' } },
  ])
})

async function compared() {
  const { code, data } = await compare()
  return [code, data()] as const
}

describe('an opportunity is compared with the funnel of its contact:', () => {
  const client = { lifecycle_stage: 'Client' } as const
  const shown = { opportunity: true } as const
  const cases = [
    { status: 'open', funnel: {}, differs: 'funnel.opportunity' },
    { status: 'won', funnel: {}, differs: 'funnel.lifecycle_stage' },
    { status: 'won', funnel: shown, differs: 'funnel.opportunity' },
    { status: 'won', funnel: { ...client, ...shown }, differs: 'funnel.opportunity' },
    { status: 'lost', funnel: shown, differs: 'funnel.opportunity' },
    { status: 'lost', funnel: {}, differs: 'events.opportunity' },
  ] as const
  test.each(cases)('$status with $funnel: $differs', async ({ status, funnel, differs }) => {
    const { email, opportunity } = await addPerson()
    await rd().addContact({ name: 'Maria', email, funnel })
    if (status === 'won') await crm().win(opportunity.id, 9)
    if (status === 'lost') await crm().lose(opportunity.id)
    await announce(opportunity.id)
    const { code, data } = await compare()
    const [difference] = data().differences
    expect([code, difference?.field, difference?.record]).toEqual([1, differs, opportunity.id])
  })

  test.each(['open', 'won', 'lost'] as const)('%s agrees with a mark that is not older than it', async status => {
    const { email, opportunity } = await addPerson()
    const contact = await rd().addContact({ name: 'Maria', email })
    await rd().mark(contact.uuid)
    if (status === 'won') {
      await rd().mark(contact.uuid, { type: 'SALE', value: 9 })
      await crm().win(opportunity.id, 9)
    }
    if (status === 'lost') {
      await rd().mark(contact.uuid, { type: 'OPPORTUNITY_LOST', reason: 'Preço' })
      await crm().lose(opportunity.id)
    }
    await announce(opportunity.id)
    expect(await compared()).toMatchObject([0, { opportunities: { agrees: 1 } }])
  })

  test('a further sale of a client, and an end beside another open one, are not known', async () => {
    const [twice, beside] = [await addPerson(), await addPerson()]
    await rd().addContact({ name: 'Maria', email: twice.email, funnel: client })
    await rd().addContact({ name: 'Maria', email: beside.email, funnel: shown })
    for (const { lead } of [twice, beside]) await crm().addOpportunity({ leadId: lead.id })
    for (const { id } of await crm().opportunities({ leadId: twice.lead.id })) await crm().win(id, 1)
    await crm().lose(beside.opportunity.id)
    for (const { opportunity } of [twice, beside]) await announce(opportunity.id)
    const { code, data } = await compare()
    expect([code, data()]).toMatchObject([1, { opportunities: { unknown: 2, differs: 0 }, differences: [] }])
    expect(data().unknown).toContainEqual({
      ...{ field: 'state-of-contact', record: beside.opportunity.id, crm: 'lost', rd: 'opportunity' },
    })
    const { stdout } = await tenant.run(['compare', '--lang', 'pt-BR'])
    expect(stdout).toContain(
      `oportunidade ${twice.opportunity.id}  TOTVS CRM: ganha  RD Station: sem oportunidade, cliente`,
    )
  })

  test('of a contact that RD Station does not know: missing if the lead came from there, else not of Ponte', async () => {
    const [fromRd, other] = [await addPerson(), await addPerson()]
    await crm().changeLead(fromRd.lead.id, { externalId: 'rd:3f3f3f3f-0000-4000-8000-000000000001' })
    await crm().changeLead(other.lead.id, { leadOriginId: 'another' })
    for (const { opportunity } of [fromRd, other]) await announce(opportunity.id)
    const { data } = await compare()
    expect([data().opportunities, data().differences]).toMatchObject([
      { differs: 1, skipped: 1 },
      [{ field: 'contact', record: fromRd.opportunity.id }],
    ])
  })

  test('one whose status the tenant does not name would fail, one that is ignored or removed is left alone', async () => {
    const [canceled, removed, unnamed] = [await addPerson(), await addPerson(), await addPerson()]
    await crm().changeOpportunity(canceled.opportunity.id, { status: 'CANCELED' })
    await crm().change({ settings: { wonStatus: 'FECHADA' } })
    await crm().win(unnamed.opportunity.id, 1)
    for (const { opportunity } of [canceled, removed, unnamed]) await announce(opportunity.id)
    await crm().removeOpportunity(removed.opportunity.id)
    const { data } = await compare()
    expect([data().opportunities.skipped, data().differences]).toEqual([
      2,
      [{ field: 'event', record: unnamed.opportunity.id, code: 'CRM_STATUS_UNKNOWN' }],
    ])
  })

  test('each contact is asked for once, and one that was asked for too often today is not known', async () => {
    const { email, lead, opportunity } = await addPerson()
    const contact = await rd().addContact({ name: 'Maria', email })
    await rd().mark(contact.uuid)
    const second = await crm().addOpportunity({ leadId: lead.id })
    await announce(opportunity.id, 'opportunity.created')
    await announce(second.id, 'opportunity.created')
    await set.setUp.sandbox.client.clearCalls()
    expect((await compare()).data()).toMatchObject({ opportunities: { agrees: 2 } })
    const calls = await set.setUp.sandbox.client.calls({ system: 'rd-station' })
    for (const part of ['/funnels/', '/events']) expect(calls.filter(({ path }) => path.includes(part))).toHaveLength(1)
    await rd().change({ settings: { funnelCallsPerContactPerDay: 1 } })
    const { code, data } = await compare()
    expect([code, data()]).toMatchObject([
      1,
      { opportunities: { unknown: 2 }, unknown: [{ field: 'quota-of-contact' }, { field: 'quota-of-contact' }] },
    ])
  })
})

test('it writes nothing: not to the systems, and in Redis only the slots of its calls', async () => {
  const { delivery, email, opportunity } = await addPerson()
  await rd().addContact({ name: 'Maria', email })
  await deliver({ ...delivery, jobTitle: 'Outra' })
  await announce(opportunity.id)
  // The first one renews the token of RD Station.
  await compare()
  const dump = async () =>
    (await dumpRedis(tenant.redis, `{${tenant.name}}:*`)).split('\n').filter(line => !line.includes('rate-limiter'))
  const before = await dump()
  await set.setUp.sandbox.client.clearCalls()
  await compare('--show')
  expect(await dump()).toEqual(before)
  const calls = await set.setUp.sandbox.client.calls()
  expect(calls.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/api/login'))).toEqual([])
  expect(calls.length).toBeGreaterThan(3)
})

test.each([
  { system: 'totvs-crm', of: 'lead' },
  { system: 'rd-station', of: 'opportunity' },
] as const)('when $system cannot be asked the exit code is 3, and it is not asked for ever', async ({ system, of }) => {
  for (let index = 0; index < 6; index += 1) {
    const { delivery, opportunity } = await addPerson()
    await (of === 'lead' ? deliver(delivery) : announce(opportunity.id))
  }
  await set.setUp.sandbox.client.addFault({ system, kind: 'status', status: 503, times: 'forever' })
  await set.setUp.sandbox.client.clearCalls()
  const { code, data } = await compare()
  expect([code, data().ok, data().unasked.length]).toEqual([3, false, 1])
  expect(data()[of === 'lead' ? 'leads' : 'opportunities'].unasked).toBe(6)
  expect(await set.setUp.sandbox.client.calls({ system })).toHaveLength(3)
})

test('a login that TOTVS CRM refuses is tried once', async () => {
  for (let index = 0; index < 3; index += 1) await deliver((await addPerson()).delivery)
  await crm().change({ password: 'another' })
  await set.setUp.sandbox.client.clearCalls()
  expect((await compare()).code).toBe(3)
  expect(await set.setUp.sandbox.client.calls({ system: 'totvs-crm' })).toHaveLength(1)
})

test('--last says how many events are looked at, and nothing at all does not agree', async () => {
  expect(await tenant.run(['compare', '--lang', 'en'])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('no event to compare yet'),
  })
  for (let index = 0; index < 3; index += 1) await deliver((await addPerson()).delivery)
  expect((await compare('--last', '2')).data()).toMatchObject({ coverage: { events: 2 }, leads: { agrees: 2 } })
})

test('a tenant that was never in the shadow is refused with a sentence', async () => {
  await tenant.redis.del(stateKey(tenant.name, 'mode'))
  for (const [language, sentence] of [
    ['en', 'was never in the shadow'],
    ['pt-BR', 'nunca esteve no modo sombra'],
  ] as const) {
    const { code, stderr } = await tenant.run(['compare', '--lang', language])
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)])
  }
  expect((await tenant.run(['compare', '--last', '0'])).code).toBe(2)
})
