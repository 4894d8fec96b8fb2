import { message, PermanentFailure } from '@ponte/contracts'
import { createLogger, openWorkerRedis } from '@ponte/runtime'
import { change, contactLock, createStatusLedger, readOne, stateKey } from '@ponte/state'
import { afterAll, expect, inject, onTestFinished, test, vi } from 'vitest'
import { JobDelayed } from '../calls/job-delayed.ts'
import { type Change, contact, killed, lost, openRecordedMarks } from '../testing/recorded-marks.ts'

// The marks of a person go to that person, at the address that RD Station has now.
const redis = openWorkerRedis(inject('redisUrl'), createLogger({ level: 'silent', process: 'test' }))
afterAll(() => redis.disconnect())

const NEW_EMAIL = 'outro.endereco@cliente.example'

/** An opportunity that was marked as open. */
async function openMarked() {
  const world = openRecordedMarks(redis)
  world.opportunities.set('one', { status: 'PROGRESS' })
  await world.run('one')
  const [person] = world.people
  if (person === undefined) throw new Error('there is nobody')
  return {
    ...world,
    person,
    win: () => world.opportunities.set('one', { status: 'WON', totalValue: 5 }),
    addOther: () => addOther(world),
  }
}

/** Somebody else, with a lead in TOTVS CRM: `other`. */
function addOther({ addPerson, leads }: ReturnType<typeof openRecordedMarks>) {
  const other = addPerson('22222222-2222-4222-8222-222222222222', 'outra@cliente.example')
  leads.set('other', { externalId: `rd:${other.uuid}`, emails: [{ email: other.email }] })
  return other
}
const typesOf = ({ marks }: { marks: readonly { type: string }[] }) => marks.map(({ type }) => type)

test('when RD Station delivers the contact with another e-mail, the next mark goes there', async () => {
  const { links, person, win, run } = await openMarked()
  person.email = NEW_EMAIL
  await change(redis, links.rememberingDelivered({ uuid: contact.uuid, email: NEW_EMAIL }))
  win()
  await run('one')
  expect(typesOf(person)).toEqual(['OPPORTUNITY', 'SALE'])
})

test('a sale that went to an address that was no longer the contact’s is made again when a person asks, once', async () => {
  const { opportunities, person, win, run } = await openMarked()
  person.email = NEW_EMAIL
  win()
  await run('one')
  expect(typesOf(person)).toEqual(['OPPORTUNITY'])
  opportunities.set('one', { status: 'WON', totalValue: 5, customFields: { statusRD: 'REENVIAR' } })
  expect(await run('one')).toMatchObject({ outcome: 'done' })
  expect(typesOf(person)).toEqual(['OPPORTUNITY', 'SALE'])
})

test('a sale that went astray is made again when a person asks, also after another opportunity of the contact was marked', async () => {
  const { links, opportunities, person, win, run } = await openMarked()
  person.email = NEW_EMAIL
  win()
  await run('one')
  await change(redis, links.rememberingDelivered({ uuid: contact.uuid, email: NEW_EMAIL }))
  opportunities.set('two', { status: 'PROGRESS' })
  await run('two')
  opportunities.set('one', { status: 'WON', totalValue: 5, customFields: { statusRD: 'REENVIAR' } })
  await run('one')
  expect(typesOf(person)).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
  opportunities.set('one', { status: 'WON', totalValue: 5, customFields: { statusRD: 'REENVIAR' } })
  await run('one')
  expect(typesOf(person).filter(type => type === 'SALE')).toHaveLength(1)
})

test('a sale that is made again at another address counts once', async () => {
  const { opportunities, person, win, run } = await openMarked()
  person.email = NEW_EMAIL
  const counted: string[] = []
  const counting: Change = ({ figures }) => ({
    figures: { ...figures, done: { ...figures.done, mark: name => void counted.push(name) } },
  })
  win()
  await run('one', counting)
  opportunities.set('one', { status: 'WON', totalValue: 5, customFields: { statusRD: 'REENVIAR' } })
  await run('one', counting)
  expect([typesOf(person), counted]).toEqual([['OPPORTUNITY', 'SALE'], ['sale']])
})

test('an opportunity that is given to another lead is taken from its contact without a loss, and marked for the new one', async () => {
  const { opportunities, addOther, person, run } = await openMarked()
  const other = addOther()
  opportunities.set('one', { status: 'PROGRESS', leadId: 'other' })
  await run('one')
  expect([typesOf(person), typesOf(other)]).toEqual([['OPPORTUNITY'], ['OPPORTUNITY']])
  expect([person.funnel.opportunity, other.funnel.opportunity]).toEqual([false, true])
})

test('where the lead names another contact, that one is told from the beginning, and the former is no opportunity', async () => {
  const { leads, addOther, person, win, run } = await openMarked()
  const other = addOther()
  leads.set('lead', { emails: [{ email: other.email }] })
  win()
  await run('one')
  expect([typesOf(person), typesOf(other)]).toEqual([['OPPORTUNITY'], ['OPPORTUNITY', 'SALE']])
  expect(person.funnel.opportunity).toBe(false)
})

test('one that is given away after its sale is told to the new contact from the beginning', async () => {
  const { opportunities, addOther, person, win, run } = await openMarked()
  const other = addOther()
  win()
  await run('one')
  opportunities.set('one', { status: 'WON', totalValue: 5, leadId: 'other' })
  await run('one')
  expect([typesOf(person), typesOf(other)]).toEqual([
    ['OPPORTUNITY', 'SALE'],
    ['OPPORTUNITY', 'SALE'],
  ])
})

test('a sale that goes to another contact and comes back is told once to each', async () => {
  const { opportunities, addOther, person, win, run } = await openMarked()
  const other = addOther()
  win()
  for (const leadId of ['lead', 'other', 'lead', 'other']) {
    opportunities.set('one', { status: 'WON', totalValue: 5, leadId })
    await run('one')
  }
  expect([typesOf(person), typesOf(other)]).toEqual([
    ['OPPORTUNITY', 'SALE'],
    ['OPPORTUNITY', 'SALE'],
  ])
})

test('a sale that comes back is not told again, also after its contact was told of another opportunity', async () => {
  const { opportunities, addOther, person, win, run } = await openMarked()
  addOther()
  win()
  await run('one')
  opportunities.set('one', { status: 'WON', totalValue: 5, leadId: 'other' })
  await run('one')
  opportunities.set('two', { status: 'PROGRESS' })
  await run('two')
  opportunities.set('one', { status: 'WON', totalValue: 5, leadId: 'lead' })
  await run('one')
  expect(typesOf(person)).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
})

test('statusRD says that the former contact keeps the sale, also when the new one could not be told at once', async () => {
  const { connection, opportunities, addOther, win, run } = await openMarked()
  addOther()
  win()
  await run('one')
  opportunities.set('one', { status: 'WON', totalValue: 5, leadId: 'other' })
  await expect(run('one', ({ rd }) => ({ rd: { ...rd, sendMark: lost } }))).rejects.toThrow('RD_UNREACHABLE')
  await run('one')
  const { field } = await readOne(redis, createStatusLedger(redis, connection.tenant.name).readingOf('one'))
  expect(field?.text).toMatch(/^OK: venda registrada .* O contato anterior continua com a venda/)
})

test('the job says that the former contact keeps the sale, also when nothing is to be told to the new one', async () => {
  const { opportunities, addOther, win, run } = await openMarked()
  addOther()
  win()
  await run('one')
  opportunities.set('one', { status: 'DISCARDED', leadId: 'other' })
  const { summary } = await run('one')
  expect([summary].flat()).toContainEqual(message('former-contact-keeps', { state: 'won' }))
})

test('a sale whose webhook came before the record shows it is read again 5 s and 60 s after the receipt', async () => {
  const { person, run, win } = await openMarked()
  const receivedAt = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now: receivedAt })
  onTestFinished(() => void vi.useRealTimers())
  const won = () => run('one', undefined, undefined, { name: 'opportunity.won', receivedAt })
  await expect(won()).rejects.toMatchObject({ name: 'JobDelayed', waitMs: 5000 })
  vi.setSystemTime(receivedAt + 5000)
  await expect(won()).rejects.toMatchObject({ name: 'JobDelayed', waitMs: 55_000 })
  win()
  vi.setSystemTime(receivedAt + 60_000)
  expect(await won()).toMatchObject({ outcome: 'done' })
  expect(typesOf(person)).toEqual(['OPPORTUNITY', 'SALE'])
})

test('a sale whose webhook came too soon is read again although the opportunity has used up its rounds', async () => {
  const { connection, opportunities, marks, run } = openRecordedMarks(redis)
  Object.assign(connection.tenant.settings.statusRd, { rounds: 1 })
  opportunities.set('one', { status: 'PROGRESS' })
  const failure = new PermanentFailure('RD_REJECTED')
  const failed = run(
    'one',
    ({ rd }) => ({ rd: { ...rd, sendMark: () => Promise.reject(failure) } }),
    async processing => await processing.afterFailure?.(failure),
  )
  await expect(failed).rejects.toThrow('RD_REJECTED')
  const won = () => run('one', undefined, undefined, { name: 'opportunity.won' })
  await expect(won()).rejects.toMatchObject({ reason: message('record-behind-event') })
  opportunities.set('one', { status: 'WON', totalValue: 5 })
  await won()
  expect(marks).toEqual(['OPPORTUNITY', 'SALE'])
})

test('an opportunity that is created and not there yet is skipped when it stays away, and nothing is written', async () => {
  const { connection, run } = openRecordedMarks(redis)
  const receivedAt = Date.now()
  const created = (at: number) =>
    run('none', undefined, undefined, { name: 'opportunity.created', receivedAt: receivedAt - at })
  await expect(created(0)).rejects.toThrow(JobDelayed)
  expect(await created(61_000)).toMatchObject({ outcome: 'skipped' })
  expect(await connection.queues['totvs-crm'].getJobCountByTypes('waiting', 'delayed')).toBe(0)
})

test('a contact whose clock is ahead waits no longer than a new one, from the delivery on', async () => {
  const { connection, links, opportunities, marks, run } = openRecordedMarks(redis)
  const ahead = new Date(Date.now() + 25 * 3_600_000).toISOString()
  await change(redis, links.rememberingContactCreatedAt({ uuid: contact.uuid }, ahead))
  Object.assign(connection.tenant.settings.rdStation, { minContactAgeSeconds: 300 })
  opportunities.set('one', { status: 'PROGRESS' })
  await expect(run('one')).rejects.toMatchObject({ reason: message('contact-too-new') })
  expect(
    await run('one', undefined, undefined, { name: 'opportunity.created', receivedAt: Date.now() - 301_000 }),
  ).toMatchObject({ outcome: 'done' })
  expect(marks).toEqual(['OPPORTUNITY'])
})

test('where RD Station cannot tell whether a mark reached the contact, a person decides', async () => {
  const { opportunities, leads, person, run } = await openMarked()
  opportunities.set('one', { status: 'LOST' })
  await run('one')
  // Somebody has marked the contact again since, so the funnel proves nothing about that loss.
  person.marks.push({ type: 'OPPORTUNITY', at: Date.now() + 3_600_000 })
  person.funnel.opportunity = true
  person.email = NEW_EMAIL
  leads.set('lead', { externalId: `rd:${contact.uuid}`, emails: [{ email: NEW_EMAIL }] })
  await expect(run('one')).rejects.toMatchObject({ code: 'RD_MARK_UNCERTAIN' })
  expect(typesOf(person)).toEqual(['OPPORTUNITY', 'OPPORTUNITY_LOST', 'OPPORTUNITY'])
  opportunities.set('one', { status: 'LOST', customFields: { statusRD: 'REENVIAR' } })
  await run('one')
  expect(typesOf(person).at(-1)).toBe('OPPORTUNITY_LOST')
})

test('two leads that are one contact: an opportunity that goes from one to the other changes nothing', async () => {
  const { opportunities, leads, person, run } = await openMarked()
  leads.set('other', { externalId: `rd:${contact.uuid}`, emails: [{ email: contact.email }] })
  opportunities.set('one', { status: 'PROGRESS', leadId: 'other' })
  expect(await run('one')).toMatchObject({ outcome: 'skipped' })
  expect([typesOf(person), person.funnel.opportunity]).toEqual([['OPPORTUNITY'], true])
})

test('while another opportunity of it is open, the contact that gives one away stays an opportunity', async () => {
  const { opportunities, addOther, person, run } = await openMarked()
  const other = addOther()
  opportunities.set('two', { status: 'PROGRESS' })
  await run('two')
  opportunities.set('two', { status: 'PROGRESS', leadId: 'other' })
  await run('two')
  expect([person.funnel.opportunity, other.funnel.opportunity]).toEqual([true, true])
  opportunities.set('one', { status: 'PROGRESS', leadId: 'other' })
  await run('one')
  expect([person.funnel.opportunity, other.funnel.opportunity]).toEqual([false, true])
})

test('a contact whose opportunity was just taken back when the worker died is told of it again when it comes back', async () => {
  const { opportunities, addOther, person, run } = await openMarked()
  const other = addOther()
  opportunities.set('one', { status: 'PROGRESS', leadId: 'other' })
  const dies = run('one', ({ rd }) => ({
    rd: { ...rd, unmarkOpportunity: async uuid => (await rd.unmarkOpportunity(uuid), await killed()) },
  }))
  await expect(dies).rejects.toThrow('killed')
  expect(person.funnel.opportunity).toBe(false)
  opportunities.set('one', { status: 'PROGRESS', leadId: 'lead' })
  await run('one')
  expect([person.funnel.opportunity, typesOf(other)]).toEqual([true, []])
})

test('an opportunity from before Ponte that is given away is taken back from its contact, also when the first try fails', async () => {
  const world = openRecordedMarks(redis)
  const { opportunities, people, run } = world
  const [person] = people
  const other = addOther(world)
  if (person !== undefined) person.funnel.opportunity = true
  const adopted = { createdAt: '2020-01-01T00:00:00Z', status: 'PROGRESS' }
  opportunities.set('one', adopted)
  await run('one')
  opportunities.set('one', { ...adopted, leadId: 'other' })
  await expect(run('one', ({ rd }) => ({ rd: { ...rd, unmarkOpportunity: lost } }))).rejects.toThrow('RD_UNREACHABLE')
  await run('one')
  expect([person?.funnel.opportunity, typesOf(other)]).toEqual([false, ['OPPORTUNITY']])
})

test('a field that stays empty after a success has the contact looked up at no save', async () => {
  const { connection, opportunities, lookUps, win, run } = await openMarked()
  win()
  await run('one')
  const field = { text: 'OK', state: 'shown', writes: 1 }
  await redis.set(stateKey(connection.tenant.name, 'status-rd', 'one'), JSON.stringify({ field }))
  const before = lookUps.length
  for (const description of ['Salva', 'Salva outra vez']) {
    opportunities.set('one', { status: 'WON', totalValue: 5, description, customFields: { statusRD: '' } })
    await run('one')
  }
  expect(lookUps.length).toBe(before)
})

test('two opportunities that go from one contact to the other, crosswise, wait for the same one of them', async () => {
  const { connection, opportunities, addOther, person, run } = await openMarked()
  const other = addOther()
  opportunities.set('two', { status: 'PROGRESS', leadId: 'other' })
  await run('two')
  opportunities.set('one', { status: 'PROGRESS', leadId: 'other' })
  opportunities.set('two', { status: 'PROGRESS', leadId: 'lead' })
  const { name } = connection.tenant
  const locks = [person, other].map(({ uuid }) => stateKey(name, 'lock', contactLock(uuid)))
  for (const lock of locks) await redis.set(lock, 'somebody else', 'PX', 60_000)
  for (const id of ['one', 'two']) await expect(run(id)).rejects.toThrow(JobDelayed)
  const waiting = await Promise.all(
    ['one', 'two'].map(id => readOne(redis, createStatusLedger(redis, name).readingOf(id))),
  )
  expect(waiting.map(({ waitsFor }) => waitsFor)).toEqual([person.uuid, person.uuid])
  await redis.del(locks)
  for (const id of ['one', 'two']) await run(id)
  expect([person.funnel.opportunity, other.funnel.opportunity]).toEqual([true, true])
})

test('an opportunity whose rounds cannot be read holds up no other one of its contact', async () => {
  const { connection, opportunities, person, run } = await openMarked()
  await redis.set(stateKey(connection.tenant.name, 'status-rd', 'one'), 'damaged')
  opportunities.set('two', { status: 'WON', totalValue: 5 })
  await run('two')
  expect(typesOf(person)).toContain('SALE')
})
