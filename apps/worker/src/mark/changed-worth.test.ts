import { message } from '@ponte/contracts'
import { createLogger, openWorkerRedis } from '@ponte/runtime'
import { createStatusLedger, readOne } from '@ponte/state'
import { afterAll, expect, inject, test } from 'vitest'
import { type Change, lost, openRecordedMarks } from '../testing/recorded-marks.ts'

// RD Station cannot correct the value of a sale or the reason of a loss: Ponte says where it has another one than TOTVS CRM.
const redis = openWorkerRedis(inject('redisUrl'), createLogger({ level: 'silent', process: 'test' }))
afterAll(() => redis.disconnect())

const won = { status: 'WON', totalValue: 100 }
const both = 'OK: venda registrada com R$ 100,00; o valor agora é R$ 10.000,00: corrija no RD Station'

function open() {
  const world = openRecordedMarks(redis)
  const { connection, opportunities, run } = world
  const statusOf = () => readOne(redis, createStatusLedger(redis, connection.tenant.name).readingOf('one'))
  return {
    ...world,
    /** Texts that Ponte wants in the field, each once for each time that it is to be written. */
    async writes(): Promise<number> {
      return await connection.queues['totvs-crm'].getJobCountByTypes('waiting', 'prioritized', 'delayed')
    },
    async text(): Promise<string | undefined> {
      return (await statusOf()).field?.text
    },
    async runAs(opportunity: object, meets?: Change) {
      opportunities.set('one', opportunity)
      return await run('one', meets)
    },
  }
}

test('a value that is changed after the sale is not sent again, and the job and statusRD say both values, once', async () => {
  const { marks, runAs, writes, text } = open()
  await runAs(won)
  expect(await writes()).toBe(0)
  const changed = { ...won, totalValue: 10_000 }
  const values = { sent: message('sale-value', { reais: 100 }), now: message('sale-value', { reais: 10_000 }) }
  const differs = message('sale-differs', values)
  expect([await runAs(changed)].flatMap(({ summary }) => summary)).toContainEqual(differs)
  expect([marks, await text(), await writes()]).toEqual([['OPPORTUNITY', 'SALE'], both, 1])
  // The webhook of Ponte's own write.
  await runAs({ ...changed, customFields: { statusRD: both } })
  expect(await writes()).toBe(1)
})

test('a request never has OK written over the difference, nor is the sale sent again', async () => {
  const { marks, runAs, text } = open()
  await runAs(won)
  await runAs({ ...won, totalValue: 10_000 })
  const { summary } = await runAs({ ...won, totalValue: 10_000, customFields: { statusRD: 'REENVIAR' } })
  expect([summary].flat()).toContainEqual(expect.objectContaining({ key: 'sale-differs' }))
  expect([marks, await text()]).toEqual([['OPPORTUNITY', 'SALE'], both])
})

test('a value that is put right ends the difference, and so does an opportunity that is opened again', async () => {
  const { marks, runAs, text } = open()
  await runAs(won)
  await runAs({ ...won, totalValue: 10_000 })
  await runAs(won)
  expect(await text()).toBe('OK: venda registrada no RD Station.')
  await runAs({ ...won, totalValue: 10_000 })
  expect(await text()).toBe(both)
  await runAs({ status: 'PROGRESS' })
  expect(await text()).toBe('OK: oportunidade marcada no RD Station.')
  await runAs({ ...won, totalValue: 10_000 })
  expect(await text()).toBe('OK: oportunidade marcada no RD Station.')
  expect(marks).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY', 'SALE'])
})

test('the reason of a loss likewise: statusRD has both, and the job names none, because it may name a person', async () => {
  const { marks, runAs, text } = open()
  await runAs({ status: 'LOST', lossReason: { description: 'Preço' } })
  const { summary } = await runAs({ status: 'LOST', lossReason: { description: 'Prazo' } })
  expect(summary).toEqual(message('loss-differs'))
  expect(await text()).toBe(
    'OK: perda registrada com o motivo "Preço"; o motivo agora é "Prazo": corrija no RD Station',
  )
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY_LOST'])
})

test('a sale whose answer was lost is known with the value that was sent', async () => {
  const { marks, runAs, text } = open()
  await runAs({ status: 'PROGRESS' })
  const unanswered: Change = ({ rd }) => ({
    rd: { ...rd, sendMark: async mark => (await rd.sendMark(mark), await lost()) },
  })
  await expect(runAs(won, unanswered)).rejects.toThrow('RD_UNREACHABLE')
  await runAs({ ...won, totalValue: 10_000 })
  expect([marks, await text()]).toEqual([['OPPORTUNITY', 'SALE'], both])
})

test('a sale that comes back to its contact with another value is not told again, and statusRD says both values and who keeps it', async () => {
  const { addPerson, leads, people, runAs, text } = open()
  const other = addPerson('22222222-2222-4222-8222-222222222222', 'outra@cliente.example')
  leads.set('other', { externalId: `rd:${other.uuid}`, emails: [{ email: other.email }] })
  await runAs(won)
  await runAs({ ...won, leadId: 'other' })
  await runAs({ ...won, totalValue: 10_000, leadId: 'lead' })
  expect(people.map(({ marks }) => marks.map(({ type }) => type))).toEqual([
    ['OPPORTUNITY', 'SALE'],
    ['OPPORTUNITY', 'SALE'],
  ])
  expect(await text()).toBe(`${both}. O contato anterior continua com a venda: se for o caso, remova-a no RD Station.`)
})

test('of a sale that another program told, no value is known that could differ', async () => {
  const { marks, runAs, text } = open()
  const old = { ...won, createdAt: '2020-01-01T00:00:00Z' }
  await runAs(old)
  await runAs({ ...old, totalValue: 10_000 })
  expect([marks, await text()]).toEqual([[], undefined])
})
