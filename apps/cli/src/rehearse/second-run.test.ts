import { readFile } from 'node:fs/promises'
import { message, rehearsalIdentifier } from '@ponte/contracts'
import { createRehearsals, createTimelines, type RehearsalState } from '@ponte/state'
import { expect, inject, test } from 'vitest'
import { type SetUpTenant, useCliSetUp, useFolder } from '../testing/use-cli-set-up.ts'
import { stepNames } from './rehearse.ts'

const cli = useCliSetUp()
const email = 'ensaio@acme.example'
const word = 'f00dcafe0001'

const folder = useFolder()

/** A tenant with a worker that does nothing. */
async function tenantWithWorker(): Promise<SetUpTenant> {
  const tenant = await cli.newTenant()
  await tenant.startWorker('totvs-crm')
  return tenant
}

const rehearse = ({ run }: SetUpTenant, ...more: string[]) => run(['rehearse', '--email', email, '--json', ...more])

function interrupted(listener: () => void): () => void {
  listener()
  return () => undefined
}

/** Ends as soon as it would begin, after it has removed what an earlier run left. */
const rehearseAndInterrupt = ({ run }: SetUpTenant, ...more: string[]) =>
  run(['rehearse', '--email', email, '--json', '--yes', ...more], { onInterrupt: interrupted })

const rehearsalsOf = ({ redis, name }: SetUpTenant) => createRehearsals(redis, name, cli.fingerprint)

const emails = () => [{ email, emailTypeId: crypto.randomUUID(), standard: true }]

/** A run that was killed: it has recorded a lead and an opportunity, and had no time to record its contact and another opportunity. */
async function leaveBehind(tenant: SetUpTenant, more: Partial<RehearsalState> = {}) {
  const [rd, crm] = [cli.rd(), cli.crm()]
  const contact = await rd.addContact({ email, name: `Ensaio do Ponte ${word}` })
  const lead = await crm.addLead({ name: 'Renomeado', emails: emails() })
  const recorded = await crm.addOpportunity({ leadId: lead.id, description: 'Renomeada' })
  const carrying = await crm.addOpportunity({
    leadId: lead.id,
    description: `RD Station - ${rehearsalIdentifier(word)}`,
  })
  await rehearsalsOf(tenant).write({
    ...{ id: word, startedAt: 1, person: cli.fingerprint(email), done: [], funnelCalls: 0, facts: [] },
    ...{ lead: lead.id, opportunities: [recorded.id], ...more },
  })
  return { contact, lead, opportunities: [recorded.id, carrying.id] }
}

const whatIsThere = async () => {
  const [rd, crm] = [cli.rd(), cli.crm()]
  const idsOf = (records: readonly { readonly id: string }[]) => records.map(({ id }) => id).toSorted()
  return {
    contacts: (await rd.state()).contacts.map(({ uuid }) => uuid),
    leads: idsOf(await crm.leads()),
    opportunities: idsOf(await crm.opportunities()),
  }
}

test.each([{ more: [] }, { more: ['--resume'] }])(
  'an opportunity of a customer under the lead of an earlier run stops the next one, and all of it stays and is named ($more)',
  async ({ more }) => {
    const tenant = await tenantWithWorker()
    const { contact, lead } = await leaveBehind(tenant)
    const sale = await cli.crm().addOpportunity({
      leadId: lead.id,
      description: 'Negócio real',
      totalValue: 50_000,
    })
    const before = await whatIsThere()
    const { code, data } = await rehearse(tenant, '--yes', ...more)
    expect({ code, error: data().error.code }).toEqual({ code: 2, error: 'USAGE' })
    for (const id of [contact.uuid, lead.id, sale.id]) expect(data().error.messages[0]).toContain(id)
    expect(await whatIsThere()).toEqual(before)
  },
)

test.each([
  { whose: 'contact', add: () => cli.rd().addContact({ email }) },
  { whose: 'lead', add: () => cli.crm().addLead({ name: 'Cliente Real', emails: emails() }) },
])('a $whose that nobody at Ponte made stops the run after one that is over', async ({ add }) => {
  const tenant = await tenantWithWorker()
  await rehearsalsOf(tenant).write({
    ...{ id: word, startedAt: 1, person: cli.fingerprint(email), done: [], funnelCalls: 0, facts: [] },
    ...{ contact: crypto.randomUUID(), lead: crypto.randomUUID(), opportunities: [], isOver: true },
  })
  await add()
  const before = await whatIsThere()
  expect((await rehearse(tenant, '--yes')).code).toBe(2)
  expect(await whatIsThere()).toEqual(before)
})

test('a run whose address somebody else uses by now keeps no other address waiting', async () => {
  const tenant = await tenantWithWorker()
  const { lead } = await leaveBehind(tenant)
  const other = ['rehearse', '--email', 'other@acme.example', '--json']
  expect((await tenant.run(other)).data().error.messages[0]).toContain('another address was cut off')
  await cli.crm().addOpportunity({ leadId: lead.id, description: 'Negócio real' })
  expect((await rehearse(tenant, '--yes')).code).toBe(2)
  expect((await tenant.run(other)).data().error.messages[0]).not.toContain('another address')
})

test('what carries the word of an earlier run, or stands in its record, is removed before the next one', async () => {
  const tenant = await tenantWithWorker()
  const before = await whatIsThere()
  const { contact, lead, opportunities } = await leaveBehind(tenant)
  const { code, data } = await rehearseAndInterrupt(tenant)
  expect({ code, stop: data().stop }).toEqual({ code: 3, stop: { kind: 'interrupted' } })
  expect(data()).toMatchObject({
    left: [],
    others: [],
    removed: [{ id: contact.uuid }, { id: opportunities[0] }, { id: opportunities[1] }, { id: lead.id }],
  })
  expect(await whatIsThere()).toEqual(before)
  expect(await rehearsalsOf(tenant).read()).toBeUndefined()
})

const ends = [
  { event: 'opportunity.won', type: 'SALE', mark: 'sale' },
  { event: 'opportunity.lost', type: 'OPPORTUNITY_LOST', mark: 'loss' },
] as const

/** At `win` and at `lose` RD Station may have been told, or not yet. */
const cancelled = stepNames.flatMap((begun, index) => {
  const done = stepNames.slice(0, index)
  const before = ends.slice(0, (['win', 'lose'] as const).filter(name => done.includes(name)).length)
  const during = begun === 'win' || begun === 'lose' ? [ends.slice(0, before.length + 1)] : []
  return [before, ...during].map(reported => ({ begun, done, reported }))
})

/** Only at `win` and `lose` is it not certain. */
const isDecisive = ({ begun }: (typeof cancelled)[number]): boolean => begun === 'win'

test.each(inject('isLongRun') ? cancelled : cancelled.filter(isDecisive))(
  'a run that is cancelled at $begun removes what it names as removed, and says that RD Station keeps a sale or a loss exactly when it does ($reported.length)',
  async ({ begun, done, reported }) => {
    const tenant = await tenantWithWorker()
    const rd = cli.rd()
    const before = await whatIsThere()
    const { contact, lead, opportunities } = await leaveBehind(tenant, { done, begun })
    const timelines = createTimelines(tenant.redis, tenant.name, cli.fingerprint)
    const at = Date.now()
    for (const { event, type, mark } of reported) {
      await rd.mark(contact.uuid, { type, ...(type === 'SALE' && { value: 0.01 }) })
      const of = {
        event,
        key: event,
        receivedAt: new Date(at).toISOString(),
        jobId: event,
        identities: opportunities,
      }
      const summary = message('marked', { marks: [mark] })
      await timelines.record(of, { kind: 'run', at, event, jobId: event, outcome: 'done', summary })
    }
    const { marks } = await rd.contact(contact.uuid)
    const keeps = marks.some(({ type }) => type === 'SALE' || type === 'OPPORTUNITY_LOST')

    const argv = ['rehearse', '--email', email, '--yes', '--resume', '--lang', 'en']
    const { code, stdout } = await tenant.run(argv, { onInterrupt: interrupted })
    expect(code).toBe(3)
    expect(stdout.includes('told of a sale or a loss stays')).toBe(keeps)
    for (const id of [contact.uuid, lead.id, ...opportunities]) expect(stdout).toContain(id)
    expect(stdout).not.toContain('Still there')
    expect(await whatIsThere()).toEqual(before)
  },
)

test.runIf(inject('isLongRun'))(
  'what an earlier run made and TOTVS CRM does not let go is named, and the run begins once it is gone',
  async () => {
    const tenant = await tenantWithWorker()
    const before = await whatIsThere()
    const { lead, opportunities } = await leaveBehind(tenant)
    const crm = cli.crm()
    await crm.change({ settings: { deletes: 'refused' } })
    const { code, data } = await rehearse(tenant, '--yes')
    expect(code).toBe(2)
    for (const id of [lead.id, ...opportunities]) expect(data().error.messages[0]).toContain(id)
    await crm.change({ settings: { deletes: 'allowed' } })
    expect((await rehearseAndInterrupt(tenant)).data()).toMatchObject({ stop: { kind: 'interrupted' }, left: [] })
    expect(await whatIsThere()).toEqual(before)
  },
)

test('events of the same e-mail that no rehearsal caused go on waiting', async () => {
  const tenant = await tenantWithWorker()
  const { opportunities } = await leaveBehind(tenant)
  const add = (queue: 'totvs-crm' | 'rd-station', name: string, data: object) =>
    tenant.queues[queue].add(name, data, { jobId: crypto.randomUUID(), delay: 3_600_000 })
  const lead = (more: object) => add('totvs-crm', 'lead.registered', { lead: { email, ...more } })
  const kept = [
    await lead({ conversionIdentifier: 'orcamento', name: 'Cliente Real' }),
    await lead({ conversionIdentifier: rehearsalIdentifier('f00dcafe0002') }),
    await lead({ deliveredFor: 'mark', name: 'Cliente Real' }),
    await add('rd-station', 'opportunity.won', { opportunityId: crypto.randomUUID() }),
  ]
  await lead({ conversionIdentifier: rehearsalIdentifier(word) })
  await lead({ deliveredFor: 'mark', conversionIdentifier: 'default', name: `Ensaio do Ponte ${word}` })
  for (const opportunityId of opportunities) await add('rd-station', 'opportunity.created', { opportunityId })

  expect((await rehearseAndInterrupt(tenant)).code).toBe(3)
  const waiting = await Promise.all(
    [tenant.queues['totvs-crm'], tenant.queues['rd-station']].map(queue => queue.getDelayed()),
  )
  expect(new Set(waiting.flat().map(({ id }) => id))).toEqual(new Set(kept.map(({ id }) => id)))
})

test('a command that was refused or interrupted can be given again with the same evidence file', async () => {
  const tenant = await tenantWithWorker()
  const file = folder.pathOf('evidence.jsonl')
  expect((await rehearse(tenant, '--evidence', file)).code).toBe(2)
  expect((await rehearseAndInterrupt(tenant, '--evidence', file)).code).toBe(3)
  const { data } = await rehearseAndInterrupt(tenant, '--evidence', file)
  expect(data()).toMatchObject({ stop: { kind: 'interrupted' } })
  const lines = (await readFile(file, 'utf8')).trim().split('\n')
  const heads = lines.flatMap(line => JSON.parse(line).rehearsal ?? [])
  expect(heads).toHaveLength(3)
  expect(heads.at(-1)).toBe(data().rehearsal)
})
