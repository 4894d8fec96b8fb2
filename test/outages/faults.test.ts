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

/** What may pass: the call is made again. */
const everyPassing: readonly [string, FaultKind][] = [
  ['status 500', { kind: 'status', status: 500, body: { message: 'interno' } }],
  ['status 502', { kind: 'status', status: 502 }],
  ['status 503', { kind: 'status', status: 503 }],
  ['status 504', { kind: 'status', status: 504 }],
  ['status 408', { kind: 'status', status: 408 }],
  ['status 425', { kind: 'status', status: 425 }],
  ["a gateway's page", { kind: 'html' }],
  ['a page with status 200', { kind: 'html', status: 200 }],
  ['a page with status 404', { kind: 'html', status: 404 }],
  [
    'a redirect to a maintenance page',
    { kind: 'status', status: 302, headers: { location: 'http://127.0.0.1:9/manutencao' } },
  ],
  ['a connection cut before the work', { kind: 'drop-before' }],
]
/** One status stands for the others, whose classes are units of the clients, except in a long run. */
const passing = inject('isLongRun')
  ? everyPassing
  : everyPassing.filter(([name]) => !/^status (?:502|503|504|408|425)$|^a page with status 200$/.test(name))

/** What cannot pass by itself: the call is made once. */
const lasting: readonly [number, { crm: string; rd: string }][] = [
  [400, { crm: 'CRM_REJECTED', rd: 'RD_REJECTED' }],
  [403, { crm: 'CRM_REJECTED', rd: 'RD_FORBIDDEN' }],
  [404, { crm: 'CRM_REJECTED', rd: 'RD_REJECTED' }],
  [422, { crm: 'CRM_REJECTED', rd: 'RD_REJECTED' }],
]

const person = () => ({ name: 'Fulana Sigilosa', email: newEmail(), mobile_phone: '+55 (47) 98765-4321' })

/** Every call that the two APIs received is one line in the log of the job that made it, and no line says more than it may. */
async function expectOneLinePerCall(jobs: readonly JobView[]): Promise<void> {
  const received = (await callsSince()).map(({ system, method, path, status }) =>
    [system, method, path.replace(/email:[^/]+/, 'email'), status].join(' '),
  )
  const logged = loggedCalls(jobs).map(({ system, method, path, status }) =>
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
  expect(jobs.flatMap(({ logs }) => logs).join('\n')).not.toMatch(
    /cliente\.example|sigilosa|98765-?4321|JSESSIONID|Bearer/i,
  )
}

describe('TOTVS CRM', () => {
  const creates = [
    ['the lead is created', { action: 'create', resource: 'leads-integration' }],
    ['the opportunity is created', { action: 'create', resource: 'opportunities-integration' }],
  ] as const

  async function deliverPerson() {
    const contact = await company.convert(person())
    await company.deliver(contact)
    const job = await view.endedJob('totvs-crm', contact.uuid)
    return { contact, job }
  }

  async function expectArrivedOnce(contact: { uuid: string; email?: string }): Promise<void> {
    const same = (await company.leads()).filter(({ emails }) => emails.some(({ email }) => email === contact.email))
    expect(same).toHaveLength(1)
    expect(await company.opportunitiesOf(contact)).toHaveLength(1)
  }

  describe.each(firstOf(1, creates))('while %s', (_what, match) => {
    test.each(passing)('%s: one attempt is spent, and there is one lead and one opportunity', async (_fault, kind) => {
      await company.sandbox.addFault({ system: 'totvs-crm', match, ...kind })
      const { contact, job } = await deliverPerson()
      expect(job).toMatchObject({ state: 'completed', attempts: 2 })
      expect(await callsSince(match)).toHaveLength(2)
      await expectArrivedOnce(contact)
      await expectOneLinePerCall([job])
    })

    test('a connection cut after the work: it is looked up, and the create is not repeated', async () => {
      await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'drop-after' })
      const { contact, job } = await deliverPerson()
      expect(job).toMatchObject({ state: 'completed', attempts: 2 })
      expect(await callsSince(match)).toHaveLength(1)
      await expectArrivedOnce(contact)
      await expectOneLinePerCall([job])
    })

    test('status 503 with Retry-After: no attempt is spent', async () => {
      await company.sandbox.addFault({
        system: 'totvs-crm',
        match,
        kind: 'status',
        status: 503,
        headers: { 'retry-after': '1' },
      })
      const { contact, job } = await deliverPerson()
      expect(job).toMatchObject({ state: 'completed', attempts: 1 })
      await expectArrivedOnce(contact)
      await expectOneLinePerCall([job])
    })

    test('status 409: it is read again at once, in the same attempt', async () => {
      await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'status', status: 409, times: 2 })
      const { contact, job } = await deliverPerson()
      expect(job).toMatchObject({ state: 'completed', attempts: 1 })
      expect(await callsSince(match)).toHaveLength(3)
      await expectArrivedOnce(contact)
      await expectOneLinePerCall([job])
    })

    test('status 409 again and again: CRM_CONFLICT after three tries, none of which waited for the backoff', async () => {
      await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'status', status: 409, times: 'forever' })
      const { job } = await deliverPerson()
      expect(job).toMatchObject({ state: 'failed', attempts: 1 })
      expect(job.failedReason).toMatch(/^CRM_CONFLICT: /)
      expect(await callsSince(match)).toHaveLength(3)
    })

    test.each(firstOf(2, lasting))(
      'status %i: it fails at once with its code, the words of the CRM in the log',
      async (status, { crm }) => {
        const message = 'A pessoa fulana@cliente.example, +55 47 98765-4321, não pode: motivo 77'
        await company.sandbox.addFault({
          system: 'totvs-crm',
          match,
          kind: 'status',
          status,
          body: { code: 'REGRA', message },
        })
        const { job } = await deliverPerson()
        expect(job).toMatchObject({ state: 'failed', attempts: 1 })
        expect(job.failedReason).toMatch(new RegExp(`^${crm}: .*status=${status}`))
        expect(job.logs.join('\n')).toContain('motivo 77')
        expect(await callsSince(match)).toHaveLength(1)
        await expectOneLinePerCall([job])
      },
    )

    test('a slow answer and a mislabelled one are answers', async () => {
      await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'latency', delayMs: 700 })
      await company.sandbox.addFault({ system: 'totvs-crm', kind: 'wrong-content-type', times: 'forever' })
      const { contact, job } = await deliverPerson()
      expect(job).toMatchObject({ state: 'completed', attempts: 1 })
      await expectArrivedOnce(contact)
      await expectOneLinePerCall([job])
    })
  })

  test.each([
    ...firstOf(2, passing).filter(([name]) => name !== 'a page with status 404'),
    ['status 409', { kind: 'status', status: 409 }] as const,
  ])('an update of a lead that met %s ends with the newest values, once', async (_fault, kind) => {
    const { contact } = await company.bring(person())
    await view.untilQuiet('totvs-crm')
    await company.rd.changeContact(contact.uuid, { job_title: 'Gerente' })
    await company.rd.convert(contact.uuid, { identifier: 'outra' })
    before = await company.numberOfLastCall()
    await company.sandbox.addFault({ system: 'totvs-crm', match: { action: 'update' }, ...kind })
    await company.deliver(contact)
    await view.ended('totvs-crm', contact.uuid)
    expect(await company.leadOf(contact)).toMatchObject({ jobTitle: 'Gerente' })
    expect(await callsSince({ action: 'update' })).toHaveLength(2)
    await expectArrivedOnce(contact)
  })

  test('the next attempt comes when its pause is over, not at the next whole second', async () => {
    const match = { action: 'create', resource: 'leads-integration' }
    // One that is short will do: none would be, if attempts came at whole seconds.
    let shortest = Infinity
    for (let tries = 0; shortest >= 700 && tries < 20; tries += 1) {
      await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'status', status: 500 })
      const { job } = await deliverPerson()
      const [failedAt = 0, nextAt = Infinity] = job.logs
        .slice(job.logs.findIndex(line => line.includes('→ 500')))
        .filter(line => line.includes('→'))
        .map(line => Date.parse(line.slice(0, 24)))
      // 50 ms were asked for.
      shortest = Math.min(shortest, nextAt - failedAt)
    }
    expect(shortest).toBeLessThan(700)
  })

  test('a server error that never ends fails the lead after its attempts, and says which system', async () => {
    const match = { action: 'create', resource: 'leads-integration' }
    await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'status', status: 500, times: 'forever' })
    const { job } = await deliverPerson()
    expect(job).toMatchObject({ state: 'failed', attempts: 5 })
    expect(job.failedReason).toMatch(/^CRM_UNAVAILABLE: .*status=500/)
    expect(await callsSince(match)).toHaveLength(5)
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
    return { contact, opportunity, job, sent, marked }
  }

  describe.each(firstOf(1, ['SALE', 'OPPORTUNITY', 'OPPORTUNITY_LOST'] as const))('the mark %s', type => {
    test.each(passing)('%s: one attempt is spent, and it is marked once', async (_fault, kind) => {
      const { contact, job, sent, marked } = await announceMark(type, kind)
      expect(job).toMatchObject({ state: 'completed', attempts: 2 })
      expect(sent).toHaveLength(2)
      expect(await company.marksOf(contact)).toEqual(marked)
      await expectOneLinePerCall([job])
    })

    test('a connection cut after the work: RD Station is asked, and the mark is not repeated', async () => {
      const { contact, job, sent, marked } = await announceMark(type, { kind: 'drop-after' })
      expect(job).toMatchObject({ state: 'completed', attempts: 2 })
      expect(sent).toEqual([null])
      expect(await company.marksOf(contact)).toEqual(marked)
      await expectOneLinePerCall([job])
    })

    test.runIf(inject('isLongRun'))('a slow answer and a mislabelled one are answers', async () => {
      const slow = await announceMark(type, { kind: 'latency', delayMs: 700 })
      expect(slow.job).toMatchObject({ state: 'completed', attempts: 1 })
      expect(await company.marksOf(slow.contact)).toEqual(slow.marked)
      const mislabelled = await announceMark(type, { kind: 'wrong-content-type' })
      expect(mislabelled.job).toMatchObject({ state: 'completed', attempts: 1 })
      expect(await company.marksOf(mislabelled.contact)).toEqual(mislabelled.marked)
    })

    test.each(firstOf(2, lasting))(
      'status %i: it fails at once with its code, and is not sent again',
      async (status, { rd }) => {
        const body = { errors: [{ error_type: 'REGRA', error_message: 'fulana@cliente.example: motivo 88' }] }
        const { contact, job, sent, marked } = await announceMark(type, { kind: 'status', status, body })
        expect(job).toMatchObject({ state: 'failed', attempts: 1 })
        expect(job.failedReason).toMatch(new RegExp(`^${rd}: .*status=${status}`))
        expect(job.logs.join('\n')).toContain('motivo 88')
        expect(job.logs.join('\n')).not.toContain('fulana@cliente')
        expect(sent).toEqual([status])
        expect(await company.marksOf(contact)).toEqual(marked.slice(0, -1))
      },
    )

    test('status 503 with Retry-After: no attempt is spent', async () => {
      const headers = { 'retry-after': '1' }
      const { contact, job, sent, marked } = await announceMark(type, { kind: 'status', status: 503, headers })
      expect(job).toMatchObject({ state: 'completed', attempts: 1 })
      expect(sent).toEqual([503, 200])
      expect(await company.marksOf(contact)).toEqual(marked)
    })
  })

  test.each(firstOf(2, passing))(
    'a look-up of the contact that met %s is made again, and then it is marked',
    async (_fault, kind) => {
      const { contact, job, sent } = await announceMark('OPPORTUNITY', kind, '/platform/contacts')
      expect(job.state).toBe('completed')
      // A read that meets a connection which is closed although it was used before is sent again in the same attempt.
      if (kind.kind === 'drop-before') expect([1, 2]).toContain(job.attempts)
      else expect(job.attempts).toBe(2)
      expect(sent).toEqual([200])
      expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY'])
      await expectOneLinePerCall([job])
    },
  )

  test("a gateway that knows no route is not taken for RD Station's word that the contact is gone", async () => {
    const { contact, job } = await announceMark(
      'OPPORTUNITY',
      { kind: 'status', status: 404, body: { message: 'no Route matched with those values' } },
      '/platform/contacts',
    )
    expect(job).toMatchObject({ state: 'completed', attempts: 2 })
    expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY'])
  })
})
