import { message, PermanentFailure } from '@ponte/contracts'
import { change, contactLock, createMarkLedger, stateKey } from '@ponte/state'
import { expect, onTestFinished, test, vi } from 'vitest'
import { JobDelayed } from '../calls/job-delayed.ts'
import {
  type Change,
  contact,
  dropped,
  expectLost,
  fromBefore,
  killed,
  lost,
  openRecordedMarks,
  refused,
  request,
  won,
} from '../testing/recorded-marks.ts'
import { openTestRedis } from '../testing/test-context.ts'

// The marks of a person go to that person, at the address that RD Station has now.
const redis = openTestRedis()
const NEW_EMAIL = 'outro.endereco@cliente.example'
const [O, S, L] = ['OPPORTUNITY', 'SALE', 'OPPORTUNITY_LOST'] as const

/** An opportunity that was marked as open, and leads of two other persons: `b` and `c`. */
async function openMarked() {
  const world = openRecordedMarks(redis)
  const [other] = [world.addPerson('b'), world.addPerson('c')]
  await world.open('one')
  const deliverNewEmail = () =>
    change(redis, world.links.rememberingDelivered({ uuid: contact.uuid, email: NEW_EMAIL }))
  return { ...world, other, deliverNewEmail }
}
type World = Awaited<ReturnType<typeof openMarked>>
const b = { leadId: 'b' }

test.each<[string, (world: World) => Promise<unknown>, readonly (readonly string[])[]]>([
  [
    'when RD Station delivers the contact with another e-mail, the next mark goes there',
    async ({ person, deliverNewEmail, win }) => {
      person.email = NEW_EMAIL
      await deliverNewEmail()
      await win('one')
    },
    [[O, S], [], []],
  ],
  [
    'a sale that went astray is made again when a person asks, once, also after another opportunity of the contact was marked',
    async ({ person, deliverNewEmail, win, open }) => {
      person.email = NEW_EMAIL
      await win('one')
      await deliverNewEmail()
      await open('two')
      await win('one', request)
      await win('one', request)
    },
    [[O, O, S, O], [], []],
  ],
  [
    'an opportunity that is given to another lead is taken from its contact without a loss, and marked for the new one',
    ({ open }) => open('one', b),
    [[O], [O], []],
  ],
  [
    'where the lead names another contact, that one is told from the beginning',
    async ({ leads, other, win }) => {
      leads.set('lead', { emails: [{ email: other.email }] })
      await win('one')
    },
    [[O], [O, S], []],
  ],
  [
    'a sale that goes to another contact and comes back is told once to each, from the beginning',
    async ({ win }) => {
      for (const leadId of ['lead', 'b', 'lead', 'b']) await win('one', { leadId })
    },
    [[O, S], [O, S], []],
  ],
  [
    'a sale that comes back is not told again, also after its contact was told of another opportunity',
    async ({ open, win }) => {
      await win('one')
      await win('one', b)
      await open('two')
      await win('one')
    },
    [[O, S, O], [O, S], []],
  ],
  [
    'two leads that are one contact: an opportunity that goes from one to the other changes nothing',
    async ({ leads, open }) => {
      leads.set('same', { externalId: `rd:${contact.uuid}`, emails: [{ email: contact.email }] })
      expect(await open('one', { leadId: 'same' })).toMatchObject({ outcome: 'skipped' })
    },
    [[O], [], []],
  ],
  [
    'an opportunity whose rounds cannot be read holds up no other one of its contact',
    async ({ connection, win }) => {
      await redis.set(stateKey(connection.tenant.name, 'status-rd', 'one'), 'damaged')
      await win('two')
    },
    [[O, O, S, O], [], []],
  ],
])('%s', async (_guarantee, act, taken) => {
  const world = await openMarked()
  await act(world)
  expect(world.taken()).toEqual(taken)
  for (const [index, marks] of taken.entries())
    if (index > 0 && marks.length > 0) expect(world.shown()[index]).toBe(marks.at(-1) === O)
})

test('a sale that went to an address that was no longer the contact’s is made again when a person asks, and counts once', async () => {
  const { person, counted, taken, win } = await openMarked()
  person.email = NEW_EMAIL
  await win('one')
  expect(taken()[0]).toEqual([O])
  expect(await win('one', request)).toMatchObject({ outcome: 'done' })
  expect([taken()[0], counted]).toEqual([
    [O, S],
    ['opportunity', 'sale'],
  ])
})

test('statusRD says that the former contact keeps the sale, also when the new one could not be told at once', async () => {
  const { win, run, statusOf } = await openMarked()
  await win('one')
  await expectLost(win('one', b, dropped))
  await run('one')
  const { field } = await statusOf('one')
  expect(field?.text).toMatch(/^OK: venda registrada .* O contato anterior continua com a venda/)
})

test('the job says that the former contact keeps the sale, also when nothing is to be told to the new one', async () => {
  const { win, open } = await openMarked()
  await win('one')
  const { summary } = await open('one', { status: 'DISCARDED', ...b })
  expect([summary].flat()).toContainEqual(message('former-contact-keeps', { state: 'won' }))
})

test('a sale whose webhook came before the record shows it is read again 5 s and 60 s after the receipt', async () => {
  const { opportunities, taken, run } = await openMarked()
  const receivedAt = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now: receivedAt })
  onTestFinished(() => void vi.useRealTimers())
  const read = () => run('one', undefined, { name: 'opportunity.won', receivedAt })
  await expect(read()).rejects.toMatchObject({ name: 'JobDelayed', waitMs: 5000 })
  vi.setSystemTime(receivedAt + 5000)
  await expect(read()).rejects.toMatchObject({ name: 'JobDelayed', waitMs: 55_000 })
  opportunities.set('one', won)
  vi.setSystemTime(receivedAt + 60_000)
  expect(await read()).toMatchObject({ outcome: 'done' })
  expect(taken()[0]).toEqual([O, S])
})

test('a sale whose webhook came too soon is read again although the opportunity has used up its rounds', async () => {
  const { connection, marks, open, win, run } = openRecordedMarks(redis)
  Object.assign(connection.tenant.settings.statusRd, { rounds: 1 })
  const failed = open('one', {}, refused, {
    atEnd: async processing => await processing.afterFailure?.(new PermanentFailure('RD_REJECTED')),
  })
  await expect(failed).rejects.toThrow('RD_REJECTED')
  const name = 'opportunity.won'
  await expect(run('one', undefined, { name })).rejects.toMatchObject({ reason: message('record-behind-event') })
  await win('one', {}, undefined, { name })
  expect(marks).toEqual([O, S])
})

test('an opportunity that is created and not there yet is skipped when it stays away, and nothing is written', async () => {
  const { connection, run } = openRecordedMarks(redis)
  const created = (ageMs: number) =>
    run('none', undefined, { name: 'opportunity.created', receivedAt: Date.now() - ageMs })
  await expect(created(0)).rejects.toThrow(JobDelayed)
  expect(await created(61_000)).toMatchObject({ outcome: 'skipped' })
  expect(await connection.queues['totvs-crm'].getJobCountByTypes('waiting', 'delayed')).toBe(0)
})

test('a contact whose clock is ahead waits no longer than a new one, from the delivery on', async () => {
  const { connection, links, marks, open, run } = openRecordedMarks(redis)
  const ahead = new Date(Date.now() + 25 * 3_600_000).toISOString()
  await change(redis, links.rememberingContactCreatedAt({ uuid: contact.uuid }, ahead))
  Object.assign(connection.tenant.settings.rdStation, { minContactAgeSeconds: 300 })
  await expect(open('one')).rejects.toMatchObject({ reason: message('contact-too-new') })
  const created = { name: 'opportunity.created', receivedAt: Date.now() - 301_000 } as const
  expect(await run('one', undefined, created)).toMatchObject({ outcome: 'done' })
  expect(marks).toEqual([O])
})

test('where RD Station cannot tell whether a mark reached the contact, a person decides', async () => {
  const { leads, person, taken, lose, run } = await openMarked()
  await lose('one')
  // Somebody has marked the contact again since, so the funnel proves nothing about that loss.
  person.marks.push({ type: O, at: Date.now() + 3_600_000 })
  person.funnel.opportunity = true
  person.email = NEW_EMAIL
  leads.set('lead', { externalId: `rd:${contact.uuid}`, emails: [{ email: NEW_EMAIL }] })
  await expect(run('one')).rejects.toMatchObject({ code: 'RD_MARK_UNCERTAIN' })
  expect(taken()[0]).toEqual([O, L, O])
  await lose('one', request)
  expect(taken()[0]?.at(-1)).toBe(L)
})

test('while another opportunity of it is open, the contact that gives one away stays an opportunity', async () => {
  const { open, shown } = await openMarked()
  await open('two')
  await open('two', b)
  expect(shown()).toEqual([true, true, false])
  await open('one', b)
  expect(shown()).toEqual([false, true, false])
})

/** The worker dies right after a contact was unmarked. */
const diesUnmarking: Change = ({ rd }) => ({
  rd: { ...rd, unmarkOpportunity: async uuid => (await rd.unmarkOpportunity(uuid), await killed()) },
})

test('a contact whose opportunity was just taken back when the worker died is told of it again when it comes back', async () => {
  const { open, shown, taken } = await openMarked()
  await expect(open('one', b, diesUnmarking)).rejects.toThrow('killed')
  expect(shown()[0]).toBe(false)
  await open('one')
  expect([shown()[0], taken()[1]]).toEqual([true, []])
})

test('an opportunity from before Ponte that is given away is taken back from its contact, also when the first try fails', async () => {
  const { funnel, addPerson, open, run, taken } = openRecordedMarks(redis)
  addPerson('b')
  funnel.opportunity = true
  await open('one', fromBefore)
  await expectLost(open('one', { ...fromBefore, ...b }, ({ rd }) => ({ rd: { ...rd, unmarkOpportunity: lost } })))
  await run('one')
  expect([funnel.opportunity, taken()[1]]).toEqual([false, [O]])
})

test('a field that stays empty after a success has the contact looked up at no save', async () => {
  const { connection, lookUps, win } = await openMarked()
  await win('one')
  const field = { text: 'OK', state: 'shown', writes: 1 }
  await redis.set(stateKey(connection.tenant.name, 'status-rd', 'one'), JSON.stringify({ field }))
  const before = lookUps.length
  for (const description of ['Salva', 'Salva outra vez'])
    await win('one', { description, customFields: { statusRD: '' } })
  expect(lookUps.length).toBe(before)
})

test('two opportunities that go from one contact to the other, crosswise, wait for the same one of them', async () => {
  const { connection, opportunities, open, person, other, run, statusOf, shown } = await openMarked()
  await open('two', b)
  opportunities.set('one', { status: 'PROGRESS', ...b })
  opportunities.set('two', { status: 'PROGRESS' })
  const locks = [person, other].map(({ uuid }) => stateKey(connection.tenant.name, 'lock', contactLock(uuid)))
  for (const lock of locks) await redis.set(lock, 'somebody else', 'PX', 60_000)
  for (const id of ['one', 'two']) await expect(run(id)).rejects.toThrow(JobDelayed)
  const waiting = await Promise.all(['one', 'two'].map(statusOf))
  expect(waiting.map(({ waitsFor }) => waitsFor)).toEqual([person.uuid, person.uuid])
  await redis.del(locks)
  for (const id of ['one', 'two']) await run(id)
  expect(shown()).toEqual([true, true, false])
})

test.each([
  ['lead LOST, b WON, c WON, b WON', ['opportunity', 'loss', 'sale']],
  ['lead LOST, b WON, lead WON, c WON', ['opportunity', 'loss', 'sale']],
  ['lead WON, b LOST, c LOST, lead WON', ['opportunity', 'sale', 'loss']],
  ['lead PROGRESS, b PROGRESS, c PROGRESS, c WON', ['opportunity', 'sale']],
  // What changes after the new contact was told all of it counts as anywhere else.
  ['lead WON, b PROGRESS, b WON, b LOST, b WON', ['opportunity', 'sale', 'sale', 'loss', 'sale']],
])('given away as %s, each of an opportunity’s marks counts once', async (steps, expected) => {
  const { addPerson, open, counted } = openRecordedMarks(redis)
  for (const id of ['b', 'c']) addPerson(id)
  for (const step of steps.split(', ')) {
    const [leadId, status] = step.split(' ')
    await open('one', { leadId, status, ...(status === 'WON' && { totalValue: 5 }) })
  }
  expect(counted).toEqual(expected)
})

test('an opportunity that was elsewhere while another one of its contact was told still keeps the contact one', async () => {
  const { opportunities, open, win, shown, known } = await openMarked()
  // By a slip, and its update waits.
  opportunities.set('one', { status: 'PROGRESS', ...b })
  await open('two')
  await open('one')
  expect(await known()).toEqual(['one', 'two'])
  await win('two')
  expect(shown()).toEqual([true, false, false])
})

test.each<[string, Change | undefined]>([
  ['', undefined],
  [', also when the worker died as it was unmarked', diesUnmarking],
])(
  'a contact that was unmarked while its other opportunity was elsewhere is one again when that comes back%s',
  async (_also, meets) => {
    const { opportunities, open, run, shown } = await openMarked()
    await open('two')
    opportunities.set('one', { status: 'PROGRESS', ...b })
    await open('two', b, meets).catch(() => undefined)
    expect(shown()[0]).toBe(false)
    await open('one')
    await run('two')
    expect(shown()).toEqual([true, true, false])
  },
)

test('an opportunity that the run of another one told of is told to its new contact when it is given away', async () => {
  const { connection, opportunities, addPerson, open, win, taken } = openRecordedMarks(redis)
  addPerson('b')
  const ledger = createMarkLedger(redis, connection.tenant.name)
  // Ponte has opened it, and its own event has not come yet.
  await change(redis, [ledger.beginningOf('one', 'none'), ledger.addingOpportunityOf(contact.uuid, 'one')])
  opportunities.set('one', won)
  await open('two')
  expect(taken()).toEqual([[O, S, O], []])
  await win('one', b)
  expect(taken()).toEqual([
    [O, S, O],
    [O, S],
  ])
})

test('one that TOTVS CRM does not know any more is asked for once, and is told again were it to come back', async () => {
  const { opportunities, open, win, shown, known } = await openMarked()
  opportunities.delete('one')
  await open('two')
  expect(await known()).toEqual(['two'])
  await win('two')
  expect(shown()[0]).toBe(false)
  await open('one')
  expect([shown()[0], await known()]).toEqual([true, ['one']])
})
