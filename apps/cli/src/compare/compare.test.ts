import { crmLead, crmOpportunity, HOUR_MS, type JobData } from '@ponte/contracts'
import { markFingerprint } from '@ponte/mappers'
import { openForReading, type ShadowComparison } from '@ponte/operations'
import {
  createSecretBox,
  createTenantMode,
  createTokenStore,
  type MarkRecord,
  noReplicas,
  stateKey,
} from '@ponte/state'
import { beforeEach, expect, test } from 'vitest'
import { dumpRedis } from '../testing/dump-redis.ts'
import { type SetUpTenant, useCliSetUp } from '../testing/use-cli-set-up.ts'
import { textsOf } from '../texts/texts.ts'
import { describeComparison } from './compare.ts'

const cli = useCliSetUp()
const { crm, rd } = cli

let tenant: SetUpTenant
beforeEach(async () => {
  tenant = await cli.newTenant({ rdStation: { callsPerMinute: 100_000 } })
  await modeOf().declare('shadow')
})
const modeOf = () => createTenantMode(tenant.redis, tenant.name)
const compare = (...more: readonly string[]) => tenant.run(['compare', '--json', ...more])

async function keep(queue: 'totvs-crm' | 'rd-station', name: string, more: object, agoMs: number): Promise<string> {
  const key = crypto.randomUUID()
  const receivedAt = Date.now() - agoMs
  const data = { v: 1, key, receivedAt: new Date(receivedAt).toISOString(), ...more }
  expect(await modeOf().endInShadow({ id: key, queue, name, data, receivedAt })).toBe(true)
  return key
}
/** A delivery that ended in the shadow. Returns its key. */
const deliver = (lead: JobData<'lead.registered'>['lead'], agoMs = HOUR_MS) =>
  keep('totvs-crm', 'lead.registered', { lead }, agoMs)
const announce = (opportunityId: string) =>
  keep('rd-station', 'opportunity.won', { opportunityId, contextUrl: '/api/v11/opportunity/opportunities' }, HOUR_MS)

/** A person as the other program leaves it: a lead, and an opportunity of its type. */
async function addPerson(more: { jobTitle?: string } = {}) {
  const email = `${crypto.randomUUID()}@cliente.example`
  const emails = [{ email, emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }]
  const lead = await crm().addLead({ name: 'Maria', emails, ...more })
  const { opportunityTypes } = await crm().state()
  const type = { id: opportunityTypes.find(each => each.description === 'Integração RD Station')?.id ?? '' }
  const opportunity = await crm().addOpportunity({ leadId: lead.id, opportunityType: type, description: 'RD' })
  return { email, emails, lead, opportunity, delivery: { name: 'Maria', email, uuid: crypto.randomUUID() } }
}

test('a person who is in TOTVS CRM as Ponte would have it agrees, also once the opportunity is closed, and what Ponte writes on purpose stands apart', async () => {
  const { delivery, lead, opportunity } = await addPerson()
  await deliver(delivery)
  const { code, data } = await compare()
  expect([code, data()]).toMatchObject([
    0,
    {
      ok: true,
      coverage: { events: 1, people: 1, opportunities: 0, tooYoung: 0 },
      ...{ leads: { agrees: 1, differs: 0 }, differences: [] },
      byDesign: [
        { field: 'lead.externalId', record: lead.id },
        { field: 'opportunity.description', record: opportunity.id },
      ],
    },
  ])
  await crm().lose(opportunity.id)
  expect((await compare()).data()).toMatchObject({ ok: true, leads: { agrees: 1 } })
})

test('what is missing or different is listed by field with ids, by the newest delivery of each person', async () => {
  const [other, without] = [await addPerson({ jobTitle: 'Gerente' }), await addPerson()]
  await crm().removeOpportunity(without.opportunity.id)
  await deliver({ ...other.delivery, jobTitle: 'Gerente' }, 2 * HOUR_MS)
  await deliver({ ...other.delivery, jobTitle: 'Diretora' })
  await deliver(without.delivery)
  const key = await deliver({ name: 'Nova', email: 'nova@cliente.example' })
  const { code, data } = await compare()
  expect([code, data().coverage.superseded, new Set(data().differences)]).toEqual([
    ...[1, 1],
    new Set([
      { field: 'lead.jobTitle', record: other.lead.id },
      { field: 'opportunity', record: without.lead.id },
      { field: 'lead', record: key },
    ]),
  ])
})

test('an opportunity is compared with its contact: what Ponte itself told is known, a value that was changed since differs, and each contact is asked for once', async () => {
  const { email, emails, lead, opportunity: open } = await addPerson()
  await rd().addContact({ name: 'Ana', email, funnel: { lifecycle_stage: 'Client', opportunity: true } })
  const ids: string[] = []
  for (const value of [5, 7]) {
    const { id } = await crm().addOpportunity({ leadId: lead.id })
    await crm().win(id, value)
    await announce(id)
    const opportunity = crmOpportunity.parse({ id, leadId: lead.id, status: 'WON' })
    const of = { opportunity, lead: crmLead.parse({ id: lead.id, emails }) }
    const { person } = markFingerprint(of, cli.fingerprint.exact)
    const record: MarkRecord = { marked: 'won', contact: 'c', lead: lead.id, person, worth: { cents: 500 } }
    await tenant.redis.set(stateKey(tenant.name, 'mark', id), JSON.stringify(record))
    ids.push(id)
  }
  await cli.client.clearCalls()
  const { code, data } = await compare()
  expect([code, data()]).toMatchObject([
    1,
    { opportunities: { agrees: 1, differs: 1, unknown: 0 }, differences: [{ field: 'sale.value', record: ids[1] }] },
  ])
  expect(await cli.client.calls({ system: 'rd-station', path: '/funnels/' })).toHaveLength(1)
  await rd().change({ settings: { funnelCallsPerContactPerDay: 1 } })
  await announce(open.id)
  expect((await compare()).data()).toMatchObject({
    opportunities: { unknown: 3 },
    unknown: [{ field: 'quota-of-contact' }, {}, {}],
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
  await cli.client.clearCalls()
  await compare('--show')
  expect(await dump()).toEqual(before)
  const calls = await cli.client.calls()
  expect(calls.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/api/login'))).toEqual([])
  expect(calls.length).toBeGreaterThan(3)
})

test('a call that would write is refused before it is made, in both systems; a stored token is used, and renewed once it has expired or is refused', async () => {
  const { tenant: of, redis, name } = tenant
  const box = createSecretBox(Buffer.from(cli.secretKey, 'base64'))
  const systems = openForReading({ tenant: of, redis, box, replicas: noReplicas })
  const store = createTokenStore(redis, name, box)
  const writes = async () =>
    (await cli.client.calls()).filter(({ method }) => method !== 'GET').map(({ path }) => path.split('/').at(-1))
  await expect(systems.crm.updateLead('l1', { name: 'X' })).rejects.toThrow('must not write')
  await expect(systems.crm.updateOpportunity('o1', {})).rejects.toThrow('must not write')
  await expect(systems.rd.sendMark({ type: 'OPPORTUNITY', email: 'a@x.example' })).rejects.toThrow('must not write')
  await expect(systems.rd.unmarkOpportunity('u1')).rejects.toThrow('must not write')
  const ask = () => systems.rd.findContact({ email: 'a@x.example' })
  await cli.client.clearCalls()
  await ask()
  const [first] = [(await writes()).length, await ask()]
  expect((await writes()).length).toBe(first)
  const stored = await store.read()
  if (stored === undefined) throw new Error('nothing was stored')
  await store.replace({ ...stored, expiresAt: Date.now() - 1 })
  await ask()
  expect((await writes()).length).toBe(first + 1)
  await rd().expireTokens()
  await ask()
  expect(new Set(await writes())).toEqual(new Set(['token']))
  expect((await writes()).length).toBe(first + 2)
})

test.each([
  { system: 'totvs-crm', of: 'leads' },
  { system: 'rd-station', of: 'opportunities' },
] as const)('when $system cannot be asked the exit code is 3, and it is not asked for ever', async ({ system, of }) => {
  for (let index = 0; index < 6; index += 1) {
    const { delivery, opportunity } = await addPerson()
    await (of === 'leads' ? deliver(delivery) : announce(opportunity.id))
  }
  await cli.client.addFault({ system, kind: 'status', status: 503, times: 'forever' })
  await cli.client.clearCalls()
  const { code, data } = await compare()
  expect([code, data().ok, data().unasked.length, data()[of].unasked]).toEqual([3, false, 1, 6])
  expect(await cli.client.calls({ system })).toHaveLength(3)
})

test('a login that TOTVS CRM refuses is tried once', async () => {
  for (let index = 0; index < 3; index += 1) await deliver((await addPerson()).delivery)
  await crm().change({ password: 'another' })
  await cli.client.clearCalls()
  expect((await compare()).code).toBe(3)
  expect(await cli.client.calls({ system: 'totvs-crm' })).toHaveLength(1)
})

test('--last says how many events are looked at', async () => {
  for (let index = 0; index < 3; index += 1) await deliver((await addPerson()).delivery)
  expect((await compare('--last', '2')).data()).toMatchObject({ coverage: { events: 2 }, leads: { agrees: 2 } })
  expect((await compare('--last', '0')).code).toBe(2)
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
})

const none = { differences: [], byDesign: [], unknown: [] }
const value = { field: 'lead.jobTitle', record: 'l-1', of: 'lead', wanted: 'Diretora', found: 'Gerente' } as const
const ended = {
  field: 'state-of-contact',
  record: 'o-1',
  of: 'opportunity',
  crm: 'won',
  rd: 'no opportunity, client',
} as const
const described = (language: 'en' | 'pt-BR', more: Partial<ShadowComparison>, showsValues = false) => {
  const session = { texts: textsOf[language], language, paint: (_look: string, text: string) => text }
  const compared: ShadowComparison = {
    mode: { mode: 'shadow', since: 0, shadowSince: 0 },
    ...{ tenant: 'acme', events: 3, period: undefined, left: { superseded: 0, tooYoung: 0, unreadable: 0 } },
    ...{ leads: [], opportunities: [], ...more },
  }
  return describeComparison(compared, { session, showsValues, timeZone: 'UTC' })
}

test.each([
  ['en', 'event e-1', 'what Ponte would write ← what TOTVS CRM holds', 'RD Station: no opportunity, client'],
  ['pt-BR', 'evento e-1', 'o que o Ponte gravaria ← o que há no TOTVS CRM', 'RD Station: sem oportunidade, cliente'],
] as const)(
  'a person reads of each difference what it is about, and values only where they are asked for (%s)',
  (language, event, legend, states) => {
    const missing = { field: 'lead', record: 'e-1', of: 'event' } as const
    const compared = {
      leads: [{ ...none, result: 'differs', differences: [value, missing] }],
      opportunities: [{ ...none, result: 'unknown', unknown: [ended] }],
    } as const
    const [hidden, shown] = [described(language, compared), described(language, compared, true)]
    expect([hidden.exitCode, shown.exitCode]).toEqual([1, 1])
    expect(JSON.stringify(hidden)).not.toMatch(/Diretora|Gerente|←|undefined|\[object/)
    for (const text of [event, states]) expect(hidden.lines.join('\n')).toContain(text)
    expect(shown.lines.join('\n')).toContain('"Diretora" ← "Gerente"')
    expect(shown.lines.join('\n')).toContain(legend)
    expect(shown.data).toMatchObject({ differences: [{ record: 'l-1', wanted: 'Diretora', found: 'Gerente' }, {}] })
  },
)

test.each([
  ['no event', { events: 0 }, 1, 'no event to compare yet'],
  ['only what came just now', { left: { superseded: 0, tooYoung: 2, unreadable: 0 } }, 1, 'may still be at work'],
  ['nothing that agrees or differs', { leads: [{ ...none, result: 'skipped' }] }, 1, 'Nothing could be compared'],
  ['what agrees', { leads: [{ ...none, result: 'agrees' }] }, 0, 'What was compared agrees.'],
] as const)('of %s the exit code and the last line say what is known', (_what, more, exitCode, sentence) => {
  const { lines, ...outcome } = described('en', more)
  expect([outcome.exitCode, lines.at(-1)]).toEqual([exitCode, expect.stringContaining(sentence)])
})
