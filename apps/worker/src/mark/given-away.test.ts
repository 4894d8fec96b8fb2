import { createLogger, openWorkerRedis } from '@ponte/runtime'
import { change, createMarkLedger } from '@ponte/state'
import { afterAll, expect, inject, test } from 'vitest'
import { type Change, contact, killed, openRecordedMarks } from '../testing/recorded-marks.ts'

// An opportunity goes from one contact to another: what the others of both are told, and what figures count.
const redis = openWorkerRedis(inject('redisUrl'), createLogger({ level: 'silent', process: 'test' }))
afterAll(() => redis.disconnect())

/** Three persons with leads: `lead`, `b` and `c`. */
function openWorld() {
  const world = openRecordedMarks(redis)
  const { leads, people, addPerson, opportunities } = world
  for (const [id, digit] of [['b', '2'] as const, ['c', '3'] as const]) {
    const uuid = `${digit.repeat(8)}-2222-4222-8222-222222222222`
    const { email } = addPerson(uuid, `${id}@cliente.example`)
    leads.set(id, { externalId: `rd:${uuid}`, emails: [{ email }] })
  }
  const counted: string[] = []
  const counting: Change = ({ figures }) => ({
    figures: { ...figures, done: { ...figures.done, mark: name => void counted.push(name) } },
  })
  return {
    ...world,
    counted,
    set: (id: string, leadId: string, status = 'PROGRESS') =>
      opportunities.set(id, { leadId, status, ...(status === 'WON' && { totalValue: 5 }) }),
    run: (id: string, meets: Change = () => ({})) =>
      world.run(id, context => ({ ...counting(context), ...meets(context) })),
    shown: () => people.map(({ funnel }) => funnel.opportunity),
  }
}

test.each([
  [
    ['lead LOST', 'b WON', 'c WON', 'b WON'],
    ['opportunity', 'loss', 'sale'],
  ],
  [
    ['lead LOST', 'b WON', 'lead WON', 'c WON'],
    ['opportunity', 'loss', 'sale'],
  ],
  [
    ['lead WON', 'b LOST', 'c LOST', 'lead WON'],
    ['opportunity', 'sale', 'loss'],
  ],
  [
    ['lead PROGRESS', 'b PROGRESS', 'c PROGRESS', 'c WON'],
    ['opportunity', 'sale'],
  ],
])('given away as %j, each of an opportunity’s marks counts once', async (steps, expected) => {
  const { set, run, counted } = openWorld()
  for (const step of steps) {
    const [leadId = '', status] = step.split(' ')
    set('one', leadId, status)
    await run('one')
  }
  expect(counted).toEqual(expected)
})

test('what changes after the new contact was told all of it counts as anywhere else', async () => {
  const { set, run, counted } = openWorld()
  for (const [leadId, status] of [
    ['lead', 'WON'],
    ['b', 'PROGRESS'],
    ['b', 'WON'],
    ['b', 'LOST'],
    ['b', 'WON'],
  ] as const) {
    set('one', leadId, status)
    await run('one')
  }
  expect(counted).toEqual(['opportunity', 'sale', 'sale', 'loss', 'sale'])
})

test('an opportunity that was elsewhere while another one of its contact was told still keeps the contact one', async () => {
  const { set, run, shown, known } = openWorld()
  set('one', 'lead')
  await run('one')
  set('one', 'b') // by a slip, and its update waits
  set('two', 'lead')
  await run('two')
  set('one', 'lead')
  await run('one')
  expect(await known()).toEqual(['one', 'two'])
  set('two', 'lead', 'WON')
  await run('two')
  expect(shown()).toEqual([true, false, false])
})

/** Both opportunities of the contact are given to another lead. The first contact is unmarked by the run of the second one. */
async function openUnmarked(meets?: Change) {
  const world = openWorld()
  const { set, run } = world
  for (const id of ['one', 'two']) {
    set(id, 'lead')
    await run(id)
  }
  for (const id of ['one', 'two']) set(id, 'b')
  await run('two', meets).catch(() => undefined)
  expect(world.shown()[0]).toBe(false)
  return world
}

test.each<[string, Change | undefined]>([
  ['', undefined],
  [
    ', also when the worker died as it was unmarked',
    ({ rd }) => ({
      rd: { ...rd, unmarkOpportunity: async uuid => (await rd.unmarkOpportunity(uuid), await killed()) },
    }),
  ],
])(
  'a contact that was unmarked while its other opportunity was elsewhere is one again when that comes back%s',
  async (_also, meets) => {
    const { set, run, shown } = await openUnmarked(meets)
    set('one', 'lead')
    await run('one')
    await run('two')
    expect(shown()).toEqual([true, true, false])
  },
)

test('an opportunity that the run of another one told of is told to its new contact when it is given away', async () => {
  const { connection, people, set, run } = openWorld()
  const ledger = createMarkLedger(redis, connection.tenant.name)
  // Ponte has opened it, and its own event has not come yet.
  await change(redis, [ledger.beginningOf('one', 'none'), ledger.addingOpportunityOf(contact.uuid, 'one')])
  set('one', 'lead', 'WON')
  set('two', 'lead')
  await run('two')
  const types = (index: number) => people[index]?.marks.map(({ type }) => type)
  expect(types(0)).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
  set('one', 'b', 'WON')
  await run('one')
  expect([types(0), types(1)]).toEqual([
    ['OPPORTUNITY', 'SALE', 'OPPORTUNITY'],
    ['OPPORTUNITY', 'SALE'],
  ])
})

test('one that TOTVS CRM does not know any more is asked for once, and is told again were it to come back', async () => {
  const { opportunities, set, run, shown, known } = openWorld()
  set('one', 'lead')
  await run('one')
  opportunities.delete('one')
  set('two', 'lead')
  await run('two')
  expect(await known()).toEqual(['two'])
  set('two', 'lead', 'WON')
  await run('two')
  expect(shown()[0]).toBe(false)
  set('one', 'lead')
  await run('one')
  expect([shown()[0], await known()]).toEqual([true, ['one']])
})
