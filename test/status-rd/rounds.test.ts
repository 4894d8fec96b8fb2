import { retryInFull } from '@ponte/runtime'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { openQueueView, type QueueView, untilOver } from '../support/queue-view.ts'
import { firstOf } from '../support/long-run.ts'
import {
  countTries,
  expectTexts,
  refuseMarks,
  statusRdIn,
  statusRdWrites,
  untilStatusRd,
} from '../support/marks/status-rd.ts'

// Two rounds, half a second apart.
let company: Company
let view: QueueView
beforeAll(async () => {
  company = await shareCompany('rounds')
  view = openQueueView(inject('redisUrl'), company.ponte.tenant.name)
})
afterAll(async () => {
  await view.close()
  await company.stop()
})
afterEach(async () => {
  await company.sandbox.clearFaults()
  await company.crm.change({ settings: { refuseStatusRd: false } })
})

const first = expect.stringMatching(/^ERRO 1\/2 RD_REJECTED: .*; nova tentativa em 1 s\.$/)
const last = expect.stringMatching(/^ERRO FINAL 2\/2 RD_REJECTED: .* REENVIAR em statusRD\.$/)

/** An opportunity whose mark was refused in every round. */
async function bringFailed() {
  const email = newEmail()
  await refuseMarks(company, email)
  const brought = await company.bring({ name: 'Recusada', email })
  await untilStatusRd(company, brought.opportunity, /^ERRO FINAL /)
  await untilOver(company, view)
  return { ...brought, email }
}

test('each round is one whole try and tells its number; after the last nothing more happens, whatever the echoes say', async () => {
  const { contact, opportunity, email } = await bringFailed()
  expect(await countTries(company, email)).toBe(2)
  await expectTexts(company, opportunity.id, [first, last])
  const echoes = await company.sandbox.deliveries({ trigger: 'Opportunity updated' })
  const own = echoes.filter(({ body }) => JSON.stringify(body).includes(opportunity.id))
  expect(own).toHaveLength((await statusRdWrites(company, opportunity.id)).length)
  expect(new Set(own.map(({ state }) => state))).toEqual(new Set(['delivered']))
  expect(await company.marksOf(contact)).toEqual([])
})

test('a round that succeeds says OK after which failure, and the failed jobs of the rounds before it disappear', async () => {
  const email = newEmail()
  await refuseMarks(company, email, { times: 1 })
  const { contact, opportunity } = await company.bring({ name: 'Segunda Vez', email })
  await untilStatusRd(company, opportunity, /^OK: .*após RD_REJECTED/)
  await view.untilQuiet()
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY'])
  await expectTexts(company, opportunity.id, [first, expect.stringMatching(/^OK: /)])
  expect(await countTries(company, email)).toBe(2)
  expect(await view.failed('rd-station', opportunity.id)).toEqual([])
})

test('a write whose answer was lost is not made again when the text is there', async () => {
  const email = newEmail()
  await refuseMarks(company, email, { times: 1 })
  const match = { action: 'update', body: 'ERRO 1' }
  await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'drop-after', times: 'forever' })
  const { opportunity } = await company.bring({ name: 'Escrita Perdida', email })
  await untilStatusRd(company, opportunity, /^OK: /)
  await view.untilQuiet()
  await expectTexts(company, opportunity.id, [first, expect.stringMatching(/^OK: /)])
})

describe('after the last round', () => {
  test.each(
    firstOf(2, [
      ['empties statusRD', ''],
      ['writes REENVIAR into it', 'REENVIAR'],
      ['writes reenviar in lower case', ' reenviar '],
    ]),
  )('a person who %s starts fresh rounds', async (_how, statusRD) => {
    const { contact, opportunity, email } = await bringFailed()
    await company.crm.changeOpportunity(opportunity.id, { customFields: { statusRD } })
    await expect.poll(() => countTries(company, email), patience).toBe(4)
    await untilStatusRd(company, opportunity, /^ERRO FINAL /)
    await view.untilQuiet()
    await expectTexts(company, opportunity.id, [first, last, first, last])

    await company.sandbox.clearFaults()
    await company.crm.changeOpportunity(opportunity.id, { customFields: { statusRD } })
    await company.untilMarks(contact, ['OPPORTUNITY'])
    await untilStatusRd(company, opportunity, /^OK: /)
    await view.untilQuiet()
    expect(await view.failed('rd-station', opportunity.id)).toEqual([])
  })

  test.each(firstOf(1, [['fixed'], ['not fixed']]))(
    'a retry by hand starts fresh rounds when the cause is %s',
    async cause => {
      const { contact, opportunity, email } = await bringFailed()
      if (cause === 'fixed') await company.sandbox.clearFaults()
      const [failed] = (await view.queues['rd-station'].getFailed()).filter(
        job => job.data.opportunityId === opportunity.id,
      )
      if (failed !== undefined) await retryInFull(failed)
      if (cause === 'fixed') {
        await company.untilMarks(contact, ['OPPORTUNITY'])
        await untilStatusRd(company, opportunity, /^OK: /)
        await view.untilQuiet()
        expect(await view.failed('rd-station', opportunity.id)).toEqual([])
      } else {
        await expect.poll(() => countTries(company, email), patience).toBe(4)
        await untilStatusRd(company, opportunity, /^ERRO FINAL /)
        await view.untilQuiet()
        await expectTexts(company, opportunity.id, [first, last, first, last])
      }
    },
  )
})

test('REENVIAR that is written while the last round is under way is not written over: fresh rounds start, without any webhook', async () => {
  const email = newEmail()
  const { contact, opportunity } = await company.bring({ name: 'Pede Cedo', email })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await refuseMarks(company, email)
  // The text waits, as it does while the last round is not over.
  await view.queues['totvs-crm'].pause()
  await company.crm.win(opportunity.id, 5)
  await expect.poll(() => countTries(company, email), patience).toBe(1 + 2)
  await view.untilQuiet('rd-station')
  await company.crm.holdWebhooks()
  await company.crm.changeOpportunity(opportunity.id, { customFields: { statusRD: 'REENVIAR' } })
  await view.queues['totvs-crm'].resume()
  await expect.poll(() => countTries(company, email), patience).toBe(1 + 4)
  await untilStatusRd(company, opportunity, /^ERRO FINAL /)
  await company.crm.releaseWebhooks()
  await untilOver(company, view)
  expect(await countTries(company, email)).toBe(1 + 4)
  await expectTexts(company, opportunity.id, [first, last])
})

test('a CRM that refuses the write of statusRD leaves the failure of the mark visible, and the rounds go on', async () => {
  await company.crm.change({ settings: { refuseStatusRd: true } })
  const email = newEmail()
  await refuseMarks(company, email)
  const { opportunity } = await company.bring({ name: 'Sem Campo', email })
  await expect.poll(() => countTries(company, email), patience).toBe(2)
  await view.untilQuiet()
  expect(await company.statusRdOf(opportunity)).toBeUndefined()
  const failed = await view.failed('rd-station', opportunity.id)
  expect(failed.length).toBeGreaterThan(0)
  for (const { failedReason } of failed) expect(failedReason).toMatch(/^RD_REJECTED: /)
  const refused = await view.failed('totvs-crm', opportunity.id)
  expect(refused.map(({ name }) => name)).toEqual(['status-rd.changed', 'status-rd.changed'])
  for (const { failedReason } of refused) expect(failedReason).toMatch(/^CRM_REJECTED: /)
})

test('where an update replaces the custom fields, a failing mark empties none of the others', async () => {
  await company.crm.change({ settings: { customFieldsUpdate: 'replace', opportunityFields: ['statusRD', 'anotacao'] } })
  const email = newEmail()
  const { contact, opportunity } = await company.bring({ name: 'Anotada', email })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.crm.changeOpportunity(opportunity.id, { customFields: { anotacao: 'ligar amanhã' } })
  await refuseMarks(company, email, { times: 1 })
  await company.crm.win(opportunity.id, 14)
  await untilStatusRd(company, opportunity, /^OK: venda registrada/)
  expect((await company.crm.opportunity(opportunity.id)).customFields).toMatchObject({ anotacao: 'ligar amanhã' })
  await company.crm.change({ settings: { customFieldsUpdate: 'merge' } })
})

test('an opportunity that is given to another lead after its sale is told to the new contact too, and statusRD says that the former one keeps it', async () => {
  const { contact, opportunity } = await company.bring({ name: 'De Antes', email: newEmail() })
  const to = await company.convert({ name: 'De Agora', email: newEmail() })
  const lead = await company.crm.addLead({ name: 'De Agora', externalId: `rd:${to.uuid}` })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.crm.win(opportunity.id, 12)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  await view.untilQuiet()
  await company.crm.changeOpportunity(opportunity.id, { leadId: lead.id })
  await company.untilMarks(to, ['OPPORTUNITY', 'SALE'])
  await untilStatusRd(company, opportunity, /^OK: venda registrada .* continua com a venda/)
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'SALE'])
})

test('every text fits its field and starts with what it is; a record is updated and never replaced', async () => {
  const calls = await company.sandbox.calls({ resource: 'opportunities-integration' })
  const texts = calls.filter(({ integration }) => integration['action'] === 'update').map(statusRdIn)
  expect(texts.length).toBeGreaterThan(10)
  for (const text of texts) {
    expect(text).toMatch(/^(?:OK: |ERRO \d+\/2 [A-Z_]+: |ERRO FINAL 2\/2 [A-Z_]+: )/)
    expect(String(text).length).toBeLessThanOrEqual(255)
  }
  expect(calls.filter(({ integration }) => integration['action'] === 'upsert')).toEqual([])
})

test('a success without a failure before it writes nothing', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Sem Falha', email: newEmail() })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.crm.win(opportunity.id, 5)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  await view.untilQuiet()
  expect(await statusRdWrites(company, opportunity.id)).toEqual([])
})

test.runIf(inject('isLongRun'))(
  'an opportunity that cannot be read has no more failed jobs after a retry by hand than before, however often',
  async () => {
    const id = crypto.randomUUID()
    await company.announce('won', id)
    const failed = async () =>
      (await view.queues['rd-station'].getFailed()).filter(job => job.data.opportunityId === id)
    await view.untilQuiet()
    const before = (await failed()).length
    expect(before).toBeGreaterThan(0)
    for (const time of ['first', 'second', 'third']) {
      for (const job of await failed()) await retryInFull(job)
      await view.untilQuiet()
      expect((await failed()).length, time).toBeLessThanOrEqual(before)
    }
    expect((await failed()).length).toBeGreaterThan(0)
  },
)
