import {
  crmLead,
  crmOpportunity,
  type JobData,
  type Message,
  PermanentFailure,
  renderMessage,
  TransientFailure,
} from '@ponte/contracts'
import { Redis } from 'ioredis'
import { afterAll, beforeEach, expect, inject, test } from 'vitest'
import type { Connection } from '../calls/connection.ts'
import { openTestLocks } from '../testing/test-locks.ts'
import { clientsOf, testConnection, testContext } from '../testing/test-context.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { shadowLead, shadowMark } from './shadow-processors.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

type Clients = ReturnType<Connection['clients']>
interface Systems {
  readonly crm?: Partial<Clients['crm']>
  readonly rd?: Partial<Clients['rd']>
}

let connection: Connection
beforeEach(() => {
  connection = testConnection(redis, testTenant())
})

/** Any other call fails the run: nobody listens. */
function contextOf({ crm, rd }: Systems) {
  const { tenant } = connection
  const clients = clientsOf(connection)
  const locks = openTestLocks(redis, tenant)
  return testContext(connection, locks, { crm: { ...clients.crm, ...crm }, rd: { ...clients.rd, ...rd } })
}

/** What a timeline says of a result, in both languages. */
const inBoth = (summary: Message | readonly Message[]): readonly string[] =>
  (['en', 'pt-BR'] as const).map(language =>
    [summary]
      .flat()
      .map(each => renderMessage(each, language))
      .join('; '),
  )

const receivedAt = new Date().toISOString()
const ofOpportunity: JobData<'opportunity.won'> = {
  ...{ v: 1, key: 'k', receivedAt },
  ...{ opportunityId: 'o1', contextUrl: '/api/v1/opportunity/opportunities' },
}
const lead = crmLead.parse({
  ...{ id: 'l1', name: 'Maria', externalId: 'rd:u1' },
  emails: [{ email: 'maria@cliente.example', standard: true }],
})

/** The systems with one opportunity, and what the contact's funnel shows. */
const systems = (status: string, funnel: { opportunity: boolean; lifecycle_stage?: string } | undefined): Systems => ({
  crm: {
    getOpportunity: () => Promise.resolve(crmOpportunity.parse({ id: 'o1', status, leadId: 'l1', totalValue: 10.005 })),
    getLead: () => Promise.resolve(lead),
  },
  rd: {
    findContact: () => Promise.resolve({ uuid: 'u1', email: 'maria@cliente.example' }),
    findFunnel: () => Promise.resolve(funnel && { lifecycle_stage: 'Lead', ...funnel }),
  },
})
const markOf = async (of: Systems) => {
  const { outcome, summary } = await shadowMark('opportunity.updated')(ofOpportunity, contextOf(of)).run()
  return [outcome, ...inBoth(summary)]
}

test.each([
  [
    'a sale that the package has not told',
    'WON',
    { opportunity: true },
    'would be marked: sale; the value was rounded to cents',
  ],
  [
    'a sale of a contact that nobody has marked',
    'WON',
    { opportunity: false },
    'would be marked: opportunity, sale; the value was rounded to cents',
  ],
  [
    'a sale that the package has told',
    'WON',
    { opportunity: false, lifecycle_stage: 'Cliente' },
    'nothing to mark: RD Station already has won',
  ],
  [
    'an open opportunity that the package has told',
    'PROGRESS',
    { opportunity: true },
    'nothing to mark: RD Station already has open',
  ],
  [
    'a loss of a contact that is no opportunity',
    'LOST',
    { opportunity: false },
    'nothing to mark: RD Station already has lost',
  ],
  [
    'a loss of a contact that is an opportunity',
    'LOST',
    { opportunity: true },
    'would be marked: loss; the opportunity has no loss reason',
  ],
])('in the shadow, %s says so', async (_what, status, funnel, wanted) => {
  const [outcome, english, portuguese] = await markOf(systems(status, funnel))
  expect([outcome, english]).toEqual(['done', `in the shadow, nothing was written; ${wanted}`])
  expect(portuguese).toMatch(/^em modo sombra, nada foi gravado; (?:seria marcado|nada a marcar): /)
})

test('in the shadow, the funnel of a contact is read at most six times a day: the package needs the other calls', async () => {
  const all = systems('WON', { opportunity: true })
  let reads = 0
  const findFunnel = () => Promise.resolve(void (reads += 1))
  for (let marks = 0; marks < 6; marks += 1) await markOf({ ...all, rd: { ...all.rd, findFunnel } })
  const [outcome, english] = await markOf({ ...all, rd: { ...all.rd, findFunnel } })
  expect([outcome, english]).toEqual(['done', expect.stringContaining('funnel was not read')])
  expect(reads).toBe(6)
  const other = () => Promise.resolve({ uuid: 'u2', email: 'bia@cliente.example' })
  await markOf({ ...all, rd: { findContact: other, findFunnel } })
  expect(reads).toBe(7)
})

test('in the shadow, a contact that is gone would fail the mark, and a system that does not answer is asked again', async () => {
  const gone = { ...systems('WON', undefined), rd: { findContact: () => Promise.resolve(undefined) } }
  await expect(markOf(gone)).rejects.toMatchObject({ code: 'RD_CONTACT_NOT_FOUND' })
  const down = new TransientFailure('CRM_UNAVAILABLE', { system: 'totvs-crm' })
  await expect(markOf({ crm: { getOpportunity: () => Promise.reject(down) } })).rejects.toBe(down)
})

const registered: JobData<'lead.registered'> = {
  ...{ v: 1, key: 'k', receivedAt },
  lead: { uuid: 'u1', email: 'maria@cliente.example', name: 'Maria', convertedAt: receivedAt },
}
const leadOf = async (data: JobData<'lead.registered'>, crm: NonNullable<Systems['crm']>) =>
  inBoth((await shadowLead(data, contextOf({ crm })).run()).summary)

test('in the shadow, a lead that TOTVS CRM does not have is told with what would become of it', async () => {
  const unmapped = new PermanentFailure('CRM_DEFAULT_USER_NOT_FOUND')
  const [english, portuguese] = await leadOf(registered, {
    findLeads: () => Promise.resolve([]),
    findUsers: () => Promise.reject(unmapped),
    listCatalog: () => Promise.resolve([]),
  })
  expect(english).toMatch(/^in the shadow, nothing was written; This lead would fail; /)
  expect(portuguese).toMatch(/^em modo sombra, nada foi gravado; Este lead falharia; /)
})

test('in the shadow, the echo of a mark by the package would open nothing', async () => {
  const markedAt = receivedAt
  const echo = { ...registered, lead: { ...registered.lead, deliveredFor: 'mark' as const, markedAt } }
  const [english] = await leadOf(echo, { findLeads: () => Promise.resolve([]) })
  expect(english).toMatch(/would not be sent/)
})

test('in the shadow, a lead is asked for again when TOTVS CRM does not answer', async () => {
  const down = new TransientFailure('CRM_UNAVAILABLE', { system: 'totvs-crm' })
  await expect(leadOf(registered, { findLeads: () => Promise.reject(down) })).rejects.toBe(down)
})
