import { message } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { expectLost, fromBefore, openRecordedMarks, request, unanswered } from '../testing/recorded-marks.ts'
import { openTestRedis } from '../testing/test-context.ts'

// RD Station cannot correct the value of a sale or the reason of a loss: Ponte says where it has another one than TOTVS CRM.
const redis = openTestRedis()
const was = { totalValue: 100 }
const now = { totalValue: 10_000 }
const both = 'OK: venda registrada com R$ 100,00; o valor agora é R$ 10.000,00: corrija no RD Station'

function openWorld() {
  const world = openRecordedMarks(redis)
  return {
    ...world,
    /** Texts that Ponte wants in the field, each once for each time that it is to be written. */
    writes: () => world.connection.queues['totvs-crm'].getJobCountByTypes('waiting', 'prioritized', 'delayed'),
    text: async () => (await world.statusOf('one')).field?.text,
  }
}

test('a value that is changed after the sale is not sent again, and the job and statusRD say both values, once', async () => {
  const { marks, win, writes, text } = openWorld()
  await win('one', was)
  expect(await writes()).toBe(0)
  const values = { sent: message('sale-value', { reais: 100 }), now: message('sale-value', { reais: 10_000 }) }
  expect([await win('one', now)].flatMap(({ summary }) => summary)).toContainEqual(message('sale-differs', values))
  expect([marks, await text(), await writes()]).toEqual([['OPPORTUNITY', 'SALE'], both, 1])
  // The webhook of Ponte's own write.
  await win('one', { ...now, customFields: { statusRD: both } })
  expect(await writes()).toBe(1)
})

test('a request never has OK written over the difference, nor is the sale sent again', async () => {
  const { marks, win, text } = openWorld()
  await win('one', was)
  await win('one', now)
  const { summary } = await win('one', { ...now, ...request })
  expect([summary].flat()).toContainEqual(expect.objectContaining({ key: 'sale-differs' }))
  expect([marks, await text()]).toEqual([['OPPORTUNITY', 'SALE'], both])
})

test('a value that is put right ends the difference, and so does an opportunity that is opened again', async () => {
  const { marks, win, open, text } = openWorld()
  const texts: unknown[] = []
  for (const value of [was, now, was, now, undefined, now]) {
    await (value === undefined ? open('one') : win('one', value))
    texts.push(await text())
  }
  const marked = 'OK: oportunidade marcada no RD Station.'
  expect(texts).toEqual([undefined, both, 'OK: venda registrada no RD Station.', both, marked, marked])
  expect(marks).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY', 'SALE'])
})

test('the reason of a loss likewise: statusRD has both, and the job names none, because it may name a person', async () => {
  const { marks, lose, text } = openWorld()
  await lose('one', { lossReason: { description: 'Preço' } })
  const { summary } = await lose('one', { lossReason: { description: 'Prazo' } })
  expect(summary).toEqual(message('loss-differs'))
  expect(await text()).toBe(
    'OK: perda registrada com o motivo "Preço"; o motivo agora é "Prazo": corrija no RD Station',
  )
  expect(marks).toEqual(['OPPORTUNITY', 'OPPORTUNITY_LOST'])
})

test('a sale whose answer was lost is known with the value that was sent', async () => {
  const { marks, open, win, text } = openWorld()
  await open('one')
  await expectLost(win('one', was, unanswered))
  await win('one', now)
  expect([marks, await text()]).toEqual([['OPPORTUNITY', 'SALE'], both])
})

test('a sale that comes back to its contact with another value is not told again, and statusRD says both values and who keeps it', async () => {
  const { addPerson, taken, win, text } = openWorld()
  addPerson('b')
  await win('one', was)
  await win('one', { ...was, leadId: 'b' })
  await win('one', now)
  expect(taken()).toEqual([
    ['OPPORTUNITY', 'SALE'],
    ['OPPORTUNITY', 'SALE'],
  ])
  expect(await text()).toBe(`${both}. O contato anterior continua com a venda: se for o caso, remova-a no RD Station.`)
})

test('of a sale that another program told, no value is known that could differ', async () => {
  const { marks, win, text } = openWorld()
  await win('one', { ...was, ...fromBefore })
  await win('one', { ...now, ...fromBefore })
  expect([marks, await text()]).toEqual([[], undefined])
})
