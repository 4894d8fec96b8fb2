import type { Call, CallFilter, FaultOrder } from '@ponte/testbed'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { type Company, newEmail, shareCompany } from '../support/company.ts'
import { firstOf } from '../support/long-run.ts'
import { type JobView, loggedCalls, openQueueView, type QueueView } from '../support/queue-view.ts'

// The webhooks of TOTVS CRM are sent by the tests, and a failed mark is not tried in rounds: what a fault does is seen alone.
let company: Company
let view: QueueView
let before: number
beforeAll(async () => {
  company = await shareCompany('faults', { workflows: false })
  view = openQueueView(inject('redisUrl'), company.ponte.tenant.name)
})
afterAll(async () => {
  await view.close()
  await company.stop()
})

beforeEach(async () => {
  before = await company.numberOfLastCall()
})
afterEach(() => company.sandbox.clearFaults())

const callsSince = (filter: CallFilter = {}): Promise<Call[]> => company.sandbox.calls({ ...filter, after: before })

type FaultKind = Omit<FaultOrder, 'system' | 'match'>

/** What an answer does to the job that met it. Which class an answer has, units of the clients say. */
interface Case extends Pick<JobView, 'state' | 'attempts'> {
  readonly fault: FaultKind
  /** How often the call was made. */
  readonly calls: number
}
const inVain = { state: 'failed', attempts: 1, calls: 1 } as const
const arrived = { state: 'completed', attempts: 2, calls: 2 } as const
const words = { code: 'REGRA', message: 'A pessoa fulana@cliente.example, +55 47 98765-4321, não pode: motivo 77' }

const cases: readonly [string, Case][] = [
  ['status 500: one attempt is spent', { ...arrived, fault: { kind: 'status', status: 500 } }],
  ["a gateway's page: one attempt is spent", { ...arrived, fault: { kind: 'html', status: 404 } }],
  ['a connection cut before the work: one attempt is spent', { ...arrived, fault: { kind: 'drop-before' } }],
  [
    'a connection cut after the work: it is looked up, and not repeated',
    { ...arrived, calls: 1, fault: { kind: 'drop-after' } },
  ],
  [
    'status 503 with Retry-After: no attempt is spent',
    { ...arrived, attempts: 1, fault: { kind: 'status', status: 503, headers: { 'retry-after': '1' } } },
  ],
  [
    'status 400: it fails at once, with the words of the system in the log',
    { ...inVain, fault: { kind: 'status', status: 400, body: words } },
  ],
  ['a slow answer is one', { ...arrived, attempts: 1, calls: 1, fault: { kind: 'latency', delayMs: 700 } }],
  ['a mislabelled answer is one', { ...arrived, attempts: 1, calls: 1, fault: { kind: 'wrong-content-type' } }],
]

const person = () => ({ name: 'Fulana Sigilosa', email: newEmail(), mobile_phone: '+55 (47) 98765-4321' })

/** Every call that the two APIs received is one line in the log of the job that made it, and no line says more than it may. */
async function expectOneLinePerCall(job: JobView): Promise<void> {
  const received = (await callsSince()).map(({ system, method, path, status }) =>
    [system, method, path.replace(/email:[^/]+/, 'email'), status].join(' '),
  )
  const logged = loggedCalls([job]).map(({ system, method, path, status }) =>
    [
      system,
      method,
      path
        .replace(/^\/worlds\/faults\/(?:rd|crm)/, '')
        .replace(/\?.*/, '')
        .replace(/email:[^/]+/, 'email'),
      status,
    ].join(' '),
  )
  expect(logged.toSorted()).toEqual(received.toSorted())
  expect(job.logs.join('\n')).not.toMatch(/cliente\.example|sigilosa|98765-?4321|JSESSIONID|Bearer/i)
}

function expectFailed({ failedReason, logs }: JobView, code: string): void {
  expect(failedReason).toMatch(new RegExp(`^${code}: .*status=400`))
  expect(logs.join('\n')).toContain('motivo 77')
}

describe('TOTVS CRM', () => {
  const creates = [
    ['the lead is created', { action: 'create', resource: 'leads-integration' }],
    ['the opportunity is created', { action: 'create', resource: 'opportunities-integration' }],
  ] as const

  async function deliverPerson(match: FaultOrder['match'], fault: FaultKind) {
    await company.sandbox.addFault({ system: 'totvs-crm', match, ...fault })
    const contact = await company.convert(person())
    await company.deliver(contact)
    return { contact, job: await view.endedJob('totvs-crm', contact.uuid) }
  }

  async function expectArrivedOnce(contact: { uuid: string; email?: string }): Promise<void> {
    const same = (await company.leads()).filter(({ emails }) => emails.some(({ email }) => email === contact.email))
    expect(same).toHaveLength(1)
    expect(await company.opportunitiesOf(contact)).toHaveLength(1)
  }

  describe.each(firstOf(1, creates))('while %s', (_what, match) => {
    test.each(cases)('%s', async (_case, { fault, state, attempts, calls }) => {
      const { contact, job } = await deliverPerson(match, fault)
      expect(job).toMatchObject({ state, attempts })
      expect(await callsSince(match)).toHaveLength(calls)
      await expectOneLinePerCall(job)
      if (state === 'failed') expectFailed(job, 'CRM_REJECTED')
      else await expectArrivedOnce(contact)
    })

    test('status 409: it is read again at once, in the same attempt, and fails after three tries', async () => {
      const conflict = { kind: 'status', status: 409 } as const
      const { contact, job } = await deliverPerson(match, { ...conflict, times: 2 })
      expect(job).toMatchObject({ state: 'completed', attempts: 1 })
      expect(await callsSince(match)).toHaveLength(3)
      await expectArrivedOnce(contact)
      before = await company.numberOfLastCall()
      const { job: failed } = await deliverPerson(match, { ...conflict, times: 'forever' })
      expect(failed).toMatchObject({ state: 'failed', attempts: 1 })
      expect(failed.failedReason).toMatch(/^CRM_CONFLICT: /)
      expect(await callsSince(match)).toHaveLength(3)
    })
  })

  test.each([500, 409])('an update of a lead that met status %i ends with the newest values, once', async status => {
    const { contact } = await company.bring(person())
    await view.untilQuiet('totvs-crm')
    await company.rd.changeContact(contact.uuid, { job_title: `Gerente ${status}` })
    await company.rd.convert(contact.uuid, { identifier: 'outra' })
    before = await company.numberOfLastCall()
    const match = { action: 'update' }
    await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'status', status })
    await company.deliver(contact)
    await view.ended('totvs-crm', contact.uuid)
    expect(await company.leadOf(contact)).toMatchObject({ jobTitle: `Gerente ${status}` })
    expect(await callsSince(match)).toHaveLength(2)
    await expectArrivedOnce(contact)
  })

  test('a server error that never ends fails the lead after its attempts, which come when their pauses are over and not at whole seconds', async () => {
    const match = { action: 'create', resource: 'leads-integration' }
    const { job } = await deliverPerson(match, { kind: 'status', status: 500, times: 'forever' })
    expect(job).toMatchObject({ state: 'failed', attempts: 5 })
    expect(job.failedReason).toMatch(/^CRM_UNAVAILABLE: .*status=500/)
    const calls = await callsSince(match)
    expect(calls).toHaveLength(5)
    const at = calls.map(call => Date.parse(call.at))
    // The first pause is 50 ms. One that is short will do: none would be, if attempts came at whole seconds.
    expect(Math.min(...at.slice(1).map((time, index) => time - (at[index] ?? 0)))).toBeLessThan(700)
  })
})

describe('RD Station', () => {
  const marks = {
    OPPORTUNITY: { intent: 'created', happen: async () => {}, marked: ['OPPORTUNITY'] },
    SALE: {
      intent: 'won',
      happen: (id: string) => company.crm.win(id, 321.5),
      marked: ['OPPORTUNITY', 'SALE'],
    },
    OPPORTUNITY_LOST: {
      intent: 'lost',
      happen: (id: string) => company.crm.lose(id, 'Preço'),
      marked: ['OPPORTUNITY', 'OPPORTUNITY_LOST'],
    },
  } as const

  async function announceMark(type: keyof typeof marks, fault: FaultKind, path = '/platform/events') {
    const { contact, opportunity } = await company.bring(person())
    const { intent, happen, marked } = marks[type]
    if (marked.length > 1) {
      await company.announce('created', opportunity.id)
      await company.untilMarks(contact, ['OPPORTUNITY'])
    }
    await view.untilQuiet()
    await happen(opportunity.id)
    const [earlier] = await view.jobs('rd-station', opportunity.id)
    before = await company.numberOfLastCall()
    await company.sandbox.addFault({ system: 'rd-station', match: { path }, ...fault })
    await company.announce(intent, opportunity.id)
    const jobs = await view.ended('rd-station', opportunity.id)
    const job = jobs.find(({ id }) => id !== earlier?.id)
    if (job === undefined) throw new Error('the mark has no job')
    const sent = (await callsSince({ path: '/platform/events', method: 'POST' })).map(({ status }) => status)
    return { contact, job, sent, marked }
  }

  describe.each(firstOf(1, ['SALE', 'OPPORTUNITY', 'OPPORTUNITY_LOST'] as const))('the mark %s', type => {
    test.each(cases)('%s', async (_case, { fault, state, attempts, calls }) => {
      const { contact, job, sent, marked } = await announceMark(type, fault)
      expect(job).toMatchObject({ state, attempts })
      expect(sent).toHaveLength(calls)
      if (state === 'failed') expectFailed(job, 'RD_REJECTED')
      else await expectOneLinePerCall(job)
      expect(await company.marksOf(contact)).toEqual(state === 'failed' ? marked.slice(0, -1) : marked)
    })
  })

  test.each([
    ['status 500', { kind: 'status', status: 500 }],
    ['a gateway that knows no route', { kind: 'status', status: 404, body: { message: 'no Route matched' } }],
  ] as const)('a look-up of the contact that met %s is made again, and then it is marked', async (_fault, kind) => {
    const { contact, job, sent } = await announceMark('OPPORTUNITY', kind, '/platform/contacts')
    expect(job).toMatchObject({ state: 'completed', attempts: 2 })
    expect(sent).toEqual([200])
    expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY'])
    await expectOneLinePerCall(job)
  })
})
