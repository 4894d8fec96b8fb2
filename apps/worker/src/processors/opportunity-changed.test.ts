import { crmLead, crmOpportunity, PermanentFailure, type RdMark, TransientFailure } from '@ponte/contracts'
import { createLogger, openWorkerRedis, openQueues } from '@ponte/runtime'
import { createFingerprint, createLeadLedger, createMarkLedger, createSecretBox } from '@ponte/state'
import { afterAll, expect, inject, test } from 'vitest'
import { openConnection } from '../connections/connection.ts'
import type { JobContext } from '../run/job-context.ts'
import { createJobLocks } from '../run/job-locks.ts'
import { JobDelayed } from '../run/job-delayed.ts'
import { opportunityChanged } from './opportunity-changed.ts'
import { testTenant } from '../testing/test-tenant.ts'

// What is broken off at one very place cannot be had from outside: the state is real, the two systems are played.
const log = createLogger({ level: 'silent', process: 'test' })
const redis = openWorkerRedis(inject('redisUrl'), log)
afterAll(() => redis.disconnect())

const contact = { uuid: '11111111-1111-4111-8111-111111111111', email: 'pessoa@cliente.example' }
const lead = crmLead.parse({ id: 'lead', externalId: `rd:${contact.uuid}`, emails: [{ email: contact.email }] })

type Change = (context: JobContext) => Partial<JobContext>

function openWorld() {
  const tenant = testTenant({ retry: { attempts: 3, firstDelaySeconds: 0, maxDelaySeconds: 0 } })
  const queues = openQueues([tenant], redis, log).of(tenant.name)
  const box = createSecretBox(Buffer.alloc(32, 1))
  const fingerprint = createFingerprint(Buffer.alloc(32, 2))
  const connection = openConnection({ tenant, queues, redis, box, fingerprint, onUnreadableTokens: () => undefined })
  const systems = connection.clients({ before: () => Promise.resolve(), after: () => Promise.resolve() })
  const opportunities = new Map<string, object>()
  const funnel = { opportunity: false, lifecycle_stage: 'Lead' }
  const marks: RdMark['type'][] = []

  function take({ type }: RdMark): void {
    marks.push(type)
    funnel.opportunity = type === 'OPPORTUNITY'
    if (type === 'SALE') funnel.lifecycle_stage = 'Client'
  }

  function contextOf(opportunityId: string): JobContext {
    const locks = createJobLocks({ redis, tenant, abort: () => undefined })
    return {
      ...connection,
      jobId: `job-${opportunityId}`,
      stalled: 0,
      note: () => undefined,
      locked: locks.locked,
      leads: createLeadLedger(redis, tenant.name, { fingerprint, fenceOf: locks.fenceOf }),
      marks: createMarkLedger(redis, tenant.name, locks.fenceOf),
      crm: {
        ...systems.crm,
        getOpportunity: (_contextUrl, id) => {
          const found = opportunities.get(id)
          return Promise.resolve(found && crmOpportunity.parse({ id, leadId: lead.id, ...found }))
        },
        getLead: () => Promise.resolve(lead),
      },
      rd: {
        ...systems.rd,
        findContact: () => Promise.resolve(contact),
        findFunnel: () => Promise.resolve({ ...funnel }),
        listContactEvents: () =>
          Promise.resolve(
            marks
              .filter(type => type === 'OPPORTUNITY')
              .map(event_type => ({ event_type, event_timestamp: new Date().toISOString() })),
          ),
        sendMark: mark => {
          take(mark)
          return Promise.resolve({ eventUuid: 'event' })
        },
      },
    }
  }

  return {
    connection,
    opportunities,
    funnel,
    marks,
    take,
    /** One run of the job of an opportunity's event. */
    run(opportunityId: string, change: Change = () => ({})) {
      const context = contextOf(opportunityId)
      const contextUrl = '/api/v1/opportunity/opportunities'
      const data = {
        v: 1,
        key: opportunityId,
        receivedAt: new Date().toISOString(),
        opportunityId,
        contextUrl,
      } as const
      return opportunityChanged(data, { ...context, ...change(context) }).run()
    },
  }
}

const lost = (): Promise<never> =>
  Promise.reject(new TransientFailure('RD_UNREACHABLE', { system: 'rd-station', outage: true, isOutcomeUnknown: true }))
const killed = (): Promise<never> => Promise.reject(new Error('killed'))

test('a sale is registered once when the worker dies right after it, and the next opportunity is heard of first', async () => {
  const { opportunities, marks, run } = openWorld()
  opportunities.set('one', { status: 'PROGRESS' })
  await run('one')
  opportunities.set('one', { status: 'WON', totalValue: 5 })
  opportunities.set('two', { status: 'PROGRESS' })
  const dying: Change = ({ contactOpportunities }) => ({
    contactOpportunities: { ...contactOpportunities, forget: killed },
  })
  await expect(run('one', dying)).rejects.toThrow('killed')
  await run('two')
  await run('one')
  expect(marks).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
})

test('a first sale after a loss is registered once when the worker dies before it has written that down', async () => {
  const { connection, opportunities, marks, run } = openWorld()
  opportunities.set('one', { status: 'LOST' })
  await run('one')
  opportunities.set('one', { status: 'WON', totalValue: 5 })
  const { links } = connection
  const rememberSale = async (uuid: string): Promise<never> => {
    await links.rememberSale(uuid)
    return await killed()
  }
  await expect(run('one', () => ({ links: { ...links, rememberSale } }))).rejects.toThrow('killed')
  await run('one')
  expect(marks.filter(type => type === 'SALE')).toHaveLength(1)
})

test('a sale of a client that did not arrive is not hidden by a loss that waited meanwhile', async () => {
  const { connection, opportunities, funnel, marks, run } = openWorld()
  await connection.links.rememberSale(contact.uuid)
  funnel.lifecycle_stage = 'Client'
  for (const id of ['one', 'three']) opportunities.set(id, { status: 'PROGRESS' })
  await run('one')
  await run('three')
  opportunities.set('one', { status: 'WON', totalValue: 5 })
  opportunities.set('three', { status: 'LOST' })
  let isLost = false
  const meanwhile: Change = ({ marks: ledger }) => ({
    marks: {
      ...ledger,
      read: async id => {
        const found = await ledger.read(id)
        if (id !== 'one' || isLost) return found
        isLost = true
        await expect(run('one', ({ rd }) => ({ rd: { ...rd, sendMark: lost } }))).rejects.toThrow('RD_UNREACHABLE')
        return found
      },
    },
  })
  await expect(run('three', meanwhile)).rejects.toThrow(JobDelayed)
  await run('three')
  await run('one')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'OPPORTUNITY_LOST', 'SALE'])
})

test('a sale of a client that did not arrive is sent again, although a loss before it had ended the contact as an opportunity', async () => {
  const { connection, opportunities, funnel, marks, run } = openWorld()
  await connection.links.rememberSale(contact.uuid)
  funnel.lifecycle_stage = 'Client'
  for (const id of ['one', 'two']) opportunities.set(id, { status: 'PROGRESS' })
  await run('one')
  await run('two')
  opportunities.set('one', { status: 'WON', totalValue: 5 })
  opportunities.set('two', { status: 'LOST' })
  await run('two')
  await expect(run('one', ({ rd }) => ({ rd: { ...rd, sendMark: lost } }))).rejects.toThrow('RD_UNREACHABLE')
  await run('one')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'OPPORTUNITY_LOST', 'SALE'])
})

test('an opportunity that is open again before its sale arrived is marked again when another was lost meanwhile', async () => {
  const { opportunities, funnel, marks, run } = openWorld()
  for (const id of ['one', 'two']) opportunities.set(id, { status: 'PROGRESS' })
  await run('one')
  await run('two')
  opportunities.set('one', { status: 'WON', totalValue: 5 })
  opportunities.set('two', { status: 'LOST' })
  await run('two')
  opportunities.set('one', { status: 'PROGRESS' })
  const unanswered: Change = ({ rd }) => ({
    rd: { ...rd, sendMark: async mark => (await rd.sendMark(mark), await lost()) },
  })
  await expect(run('one', unanswered)).rejects.toThrow('RD_UNREACHABLE')
  await run('one')
  await run('one')
  expect(funnel.opportunity).toBe(true)
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'OPPORTUNITY_LOST', 'OPPORTUNITY'])
})

test('an answer to the sale of an earlier opportunity that cannot be read is found out before the next one is marked', async () => {
  const { opportunities, marks, take, run } = openWorld()
  opportunities.set('one', { status: 'PROGRESS' })
  await run('one')
  opportunities.set('one', { status: 'WON', totalValue: 5 })
  opportunities.set('two', { status: 'PROGRESS' })
  const unreadable: Change = ({ rd }) => ({
    rd: {
      ...rd,
      sendMark: mark => {
        take(mark)
        return Promise.reject(new PermanentFailure('RD_UNREADABLE'))
      },
    },
  })
  await expect(run('two', unreadable)).rejects.toThrow(JobDelayed)
  await run('two')
  await run('one')
  expect(marks).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
})

test('nobody but its own job asks about a lost answer before RD Station has had its time', async () => {
  const { connection, opportunities, marks, run, take } = openWorld()
  const { retry } = connection.tenant.settings
  Object.assign(retry, { firstDelaySeconds: 60 })
  for (const id of ['one', 'two']) opportunities.set(id, { status: 'PROGRESS' })
  await run('one')
  await run('two')
  opportunities.set('one', { status: 'WON', totalValue: 5 })
  opportunities.set('two', { status: 'LOST' })
  await expect(run('one', ({ rd }) => ({ rd: { ...rd, sendMark: lost } }))).rejects.toThrow('RD_UNREACHABLE')
  await expect(run('two')).rejects.toMatchObject({ name: 'JobDelayed', waitMs: expect.closeTo(60_000, -4) })
  take({ type: 'SALE', email: contact.email, value: 5 })
  await run('one')
  await run('two')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'SALE', 'OPPORTUNITY_LOST'])
})

test("a look-up that fails for a moment does not make an open opportunity of the contact a stranger's", async () => {
  const { connection, opportunities, marks, run } = openWorld()
  for (const id of ['one', 'two']) opportunities.set(id, { status: 'PROGRESS' })
  await run('one')
  await run('two')
  opportunities.set('one', { status: 'PROGRESS', leadId: 'another-lead' })
  opportunities.set('two', { status: 'LOST' })
  const unreadable: Change = ({ crm }) => ({
    crm: {
      ...crm,
      getLead: id => (id === 'another-lead' ? Promise.reject(new PermanentFailure('CRM_UNREADABLE')) : crm.getLead(id)),
    },
  })
  await run('two', unreadable)
  expect(await connection.contactOpportunities.list(contact.uuid)).toEqual(['one'])
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'OPPORTUNITY_LOST'])
  await run('two')
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'OPPORTUNITY_LOST', 'OPPORTUNITY'])
})
