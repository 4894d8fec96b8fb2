import { opportunityWorkflows } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { newEmail, type OwnCompany, patience, startCompany, swift } from '../support/company.ts'
import { withQueue } from '../support/jobs.ts'
import { startCommand } from '../support/commands/run-command.ts'

const HOUR = 3_600_000
const QUOTA = 600
/** Opportunities of others. A reconcile enqueues five, and pauses. */
const OF_OTHERS = 20

const redis = new Redis(inject('redisUrl'))
let company: OwnCompany
beforeAll(async () => {
  company = await startCompany({
    tenant: {
      rdStation: { ...swift.rdStation, callsPerMinute: QUOTA },
      reconcile: { everyMinutes: 15, segmentation: '77' },
    },
    env: { ALERT_CHECK_SECONDS: '1' },
  })
  await company.ponte.startWorker()
  await redis.set(key('start'), Date.now() - 7 * 24 * HOUR)
})
afterAll(async () => {
  await company.stop()
  redis.disconnect()
})

const key = (name: string): string => `{${company.ponte.tenant.name}}:ponte:${name}`
const lastReconcile = async () => JSON.parse((await redis.get(key('reconciled'))) ?? '{}')

/** The interval is over: the next check of a worker finds a reconcile due. `beforehand`: what the last one found. */
async function untilReconciled(beforehand: object = {}): Promise<{ missing: number; sent: number; inARow: number }> {
  await expect.poll(lastReconcile, patience).toMatchObject({ at: expect.any(Number) })
  const before = { ...(await lastReconcile()), at: 1, ...beforehand }
  await redis.set(key('reconciled'), JSON.stringify(before))
  await expect.poll(async () => (await lastReconcile()).at, patience).toBeGreaterThan(1)
  return await lastReconcile()
}

const nobodyTells = () => company.crm.change({ workflows: [] })
const everybodyTells = () => company.crm.change({ workflows: opportunityWorkflows(company.ponte.tenant) })

/** Contacts that filled in a form twenty minutes ago without RD Station telling anybody, as segmentation 77. */
async function missContacts(count: number) {
  const at = new Date(Date.now() - HOUR / 3).toISOString()
  const contacts = []
  for (let index = 0; index < count; index += 1) {
    const contact = await company.rd.addContact({ name: 'Pessoa', email: newEmail() })
    contacts.push(await company.rd.convert(contact.uuid, { at }))
  }
  await company.rd.setSegmentation(
    '77',
    contacts.map(({ uuid }) => uuid),
  )
  return contacts
}

test('by itself one of all workers makes up for what was lost in both directions, within the quota', async () => {
  // The first reconcile is due at once. It must not find only a part of what is lost here.
  await expect.poll(lastReconcile, patience).toMatchObject({ at: expect.any(Number) })
  await company.rd.setSegmentation('77', [])
  const { contact, opportunity } = await company.bring({ email: newEmail() })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await nobodyTells()
  await company.crm.win(opportunity.id, 700)
  await everybodyTells()
  const [missed] = await missContacts(1)
  if (missed === undefined) throw new Error('nobody was missed')
  expect(await untilReconciled()).toMatchObject({ missing: 2, sent: 2, inARow: 1 })
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  await company.untilMarks(missed, ['OPPORTUNITY'])
  expect(await untilReconciled()).toMatchObject({ missing: 0, inARow: 0 })
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'SALE'])
  expect(await company.opportunitiesOf(missed)).toHaveLength(1)
  const { contacts, events } = await company.rd.quotas()
  expect([contacts.refused, events.refused]).toEqual([0, 0])
})

test('what failed, was skipped or waits is no missed webhook; what changed after a failure is one', async () => {
  const failing = await company.bring({ email: newEmail() })
  await company.untilMarks(failing.contact, ['OPPORTUNITY'])
  // Above the limit: the mark fails permanently, and its rounds end.
  await company.crm.win(failing.opportunity.id, 1e9)
  await expect.poll(() => company.statusRdOf(failing.opportunity), patience).toContain('ERRO FINAL')
  const lead = await company.crm.addLead({ name: 'De outra origem' })
  const skipped = await company.crm.addOpportunity({ leadId: lead.id })
  await company.crm.win(skipped.id, 5)
  await expect.poll(() => redis.zscore(key('looked-at'), skipped.id), patience).not.toBeNull()
  await expect.poll(untilReconciled, patience).toMatchObject({ missing: 0 })

  const waiting = await company.bring({ email: newEmail() })
  await company.untilMarks(waiting.contact, ['OPPORTUNITY'])
  await withQueue(company.ponte.tenant.name, 'rd-station', queue => queue.pause())
  await company.crm.win(waiting.opportunity.id, 6)
  expect(await untilReconciled()).toMatchObject({ missing: 0 })

  await nobodyTells()
  await company.crm.win(failing.opportunity.id, 10)
  await everybodyTells()
  expect(await untilReconciled()).toMatchObject({ missing: 1, sent: 1 })
  // Live events come first: the missed one waits behind them.
  const states = await withQueue(company.ponte.tenant.name, 'rd-station', queue => queue.getJobCounts('prioritized'))
  expect(states).toEqual({ prioritized: 1 })
  await withQueue(company.ponte.tenant.name, 'rd-station', queue => queue.resume())
  await company.untilMarks(waiting.contact, ['OPPORTUNITY', 'SALE'])
  await company.untilMarks(failing.contact, ['OPPORTUNITY', 'SALE'])
})

test('in the shadow nothing is reconciled, and the command refuses', async () => {
  const { contact, opportunity } = await company.bring({ email: newEmail() })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await nobodyTells()
  await company.crm.win(opportunity.id, 700)
  await everybodyTells()
  // As after a way back: else a worker, whose file says `live`, ends the shadow.
  await redis.hset(key('mode'), { mode: 'shadow', since: Date.now(), needsSwitch: 1 })
  await redis.set(key('reconciled'), JSON.stringify({ ...(await lastReconcile()), at: 1, sent: 0 }))
  // The command takes longer than the pause between two checks of a worker.
  const { code } = await startCommand(company, ['reconcile', '--since', '2d']).ended
  expect(code).toBe(2)
  const liveSince = Date.now()
  await redis.multi().hset(key('mode'), 'mode', 'live').hdel(key('mode'), 'needsSwitch').exec()
  await expect.poll(async () => (await lastReconcile()).sent, patience).toBe(1)
  expect((await lastReconcile()).at).toBeGreaterThanOrEqual(liveSince)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
})

test.runIf(inject('isLongRun'))(
  'workers that are killed while they reconcile: another one does it, and nothing is told twice',
  async () => {
    await company.rd.setSegmentation('77', [])
    const { name } = company.ponte.tenant
    const { contact, opportunity } = await company.bring({ email: newEmail() })
    await company.untilMarks(contact, ['OPPORTUNITY'])
    await nobodyTells()
    // Read first, because they changed first: enough of them that a reconcile pauses several times while it enqueues.
    const lead = await company.crm.addLead({ name: 'De outra origem' })
    for (let count = 0; count < OF_OTHERS; count += 1) {
      const { id } = await company.crm.addOpportunity({ leadId: lead.id })
      await company.crm.win(id, 5)
    }
    await company.crm.win(opportunity.id, 700)
    await everybodyTells()
    const [missed] = await missContacts(1)
    if (missed === undefined) throw new Error('nobody was missed')
    await withQueue(name, 'rd-station', queue => queue.pause())
    await redis.set(key('reconciled'), JSON.stringify({ ...(await lastReconcile()), at: 1 }))
    await withQueue(name, 'rd-station', queue =>
      expect.poll(() => queue.getPrioritizedCount(), { ...patience, interval: 20 }).toBeGreaterThan(0),
    )
    await Promise.all(company.ponte.workers.map(worker => worker.kill('SIGKILL')))
    expect((await lastReconcile()).at).toBe(1)
    await company.ponte.startWorker()
    await expect.poll(async () => (await lastReconcile()).at, patience).toBeGreaterThan(1)
    const sales = await withQueue(name, 'rd-station', queue => queue.getJobs(['prioritized', 'waiting', 'delayed']))
    expect(sales.filter(({ data }) => data.opportunityId === opportunity.id)).toHaveLength(1)
    await withQueue(name, 'rd-station', queue => queue.resume())
    await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
    await company.untilMarks(missed, ['OPPORTUNITY'])
    expect(await untilReconciled()).toMatchObject({ missing: 0 })
    expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'SALE'])
    expect(await company.opportunitiesOf(missed)).toHaveLength(1)
  },
)

test.runIf(inject('isLongRun'))('201 missing contacts are not sent, and a person is told', async () => {
  const [first, ...others] = await missContacts(201)
  const command = () => startCommand(company, ['reconcile', '--since', '2d', '--json']).ended
  const { code, stdout } = await command()
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, tenants: [{ contacts: { tooMany: 201 } }] })
  expect(first && (await company.leadOf(first))).toBeUndefined()

  // Killed in the middle, and run again: everybody is there, once.
  const some = others.slice(0, 20)
  await company.rd.setSegmentation(
    '77',
    some.map(({ uuid }) => uuid),
  )
  const { child, ended } = startCommand(company, ['reconcile', '--since', '2d', '--json'])
  const read = () => company.sandbox.calls({ path: '/platform/contacts/uuid:' })
  const before = (await read()).length
  await expect.poll(async () => (await read()).length, patience).toBeGreaterThan(before + 3)
  child.kill('SIGKILL')
  await ended
  expect((await command()).code).toBe(0)
  for (const contact of some)
    await expect.poll(async () => (await company.opportunitiesOf(contact)).length, patience).toBe(1)
})
