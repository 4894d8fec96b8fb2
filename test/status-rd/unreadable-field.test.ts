import { retryInFull } from '@ponte/runtime'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { firstOf } from '../support/long-run.ts'
import { openQueueView, type QueueView, untilOver } from '../support/queue-view.ts'
import { countTries, refuseMarks, statusRdWrites } from '../support/marks/status-rd.ts'

// What the CRM shows of statusRD is not what Ponte wrote, or comes at another time than it should.
const ROUNDS = 2
/** Whatever the CRM answers, until a person changes something. */
const MAX_WRITES = ROUNDS + 2

let company: Company
let view: QueueView
beforeAll(async () => {
  company = await shareCompany('unreadable-field')
  view = openQueueView(inject('redisUrl'), company.ponte.tenant.name)
})
afterAll(async () => {
  await view.close()
  await company.stop()
})
afterEach(async () => {
  await company.sandbox.clearFaults()
  await company.crm.change({
    settings: { customFieldsShown: 'as-written', webhookCopies: 1, webhookDelayMs: 0, writeAnswerDelayMs: 0 },
  })
})

const failuresOf = async (queue: 'rd-station' | 'totvs-crm', opportunityId: string): Promise<(string | undefined)[]> =>
  (await view.failed(queue, opportunityId)).map(({ failedReason }) => failedReason?.split(':')[0])

/**
 * How often the field was written since `before`, for so many rounds: once for each, or fewer times where the text of the next round was
 * there before that of the last one was written.
 */
async function writesOf(opportunityId: string, rounds: number, before = 0): Promise<number> {
  const writes = (await statusRdWrites(company, opportunityId)).length
  expect(writes - before).toBeGreaterThanOrEqual(1)
  expect(writes - before).toBeLessThanOrEqual(rounds)
  return writes
}

/** An opportunity whose mark RD Station refuses in every round. */
async function bringFailed() {
  const email = newEmail()
  await refuseMarks(company, email)
  const { contact, opportunity } = await company.bring({ name: 'Recusada', email })
  await expect.poll(() => countTries(company, email), patience).toBe(ROUNDS)
  await untilOver(company, view)
  return { contact, opportunity, email }
}

describe.each(firstOf(1, ['not-at-all', 'null', 'renamed'] as const))(
  'a CRM that shows its custom fields %s',
  shown => {
    test('is one failure and no loop: the rounds end, and the failure of the mark stays the one that is shown', async () => {
      await company.crm.change({ settings: { customFieldsShown: shown } })
      const { contact, opportunity, email } = await bringFailed()
      await company.crm.changeOpportunity(opportunity.id, { description: 'Salva sem mudança' })
      await untilOver(company, view)
      expect(await countTries(company, email)).toBe(ROUNDS)
      const writes = await writesOf(opportunity.id, ROUNDS)
      expect(await failuresOf('rd-station', opportunity.id)).toEqual(['RD_REJECTED', 'RD_REJECTED'])
      expect(await failuresOf('totvs-crm', opportunity.id)).toEqual(['CRM_STATUS_FIELD_UNREADABLE'])

      // A person's change is seen all the same, and what becomes of it is written.
      await company.sandbox.clearFaults()
      await company.crm.lose(opportunity.id, 'Preço')
      await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY_LOST'])
      await untilOver(company, view)
      expect(await company.statusRdOf(opportunity)).toMatch(/^OK: perda registrada no RD Station/)
      await writesOf(opportunity.id, 1, writes)
    })
  },
)

describe('rounds that come one after the other', () => {
  let patient: Company
  let patientView: QueueView
  beforeAll(async () => {
    patient = await shareCompany('unreadable-field-by-hand')
    patientView = openQueueView(inject('redisUrl'), patient.ponte.tenant.name)
  })
  afterAll(async () => {
    await patientView.close()
    await patient.stop()
  })

  /** The text of each round is there before the next one, which nobody waits an hour for. */
  async function untilRoundsAreOver(opportunityId: string, before = 0): Promise<void> {
    const writes = async (): Promise<number> => (await statusRdWrites(patient, opportunityId)).length
    await expect.poll(writes, patience).toBe(before + 1)
    await expect.poll(() => patientView.countPending('totvs-crm'), patience).toBe(0)
    const delayed = await patientView.queues['rd-station'].getDelayed()
    for (const job of delayed.filter(({ id }) => id?.startsWith('round-'))) await job.promote()
    await expect.poll(writes, patience).toBe(before + ROUNDS)
    await untilOver(patient, patientView)
    expect(await writes()).toBe(before + ROUNDS)
  }

  test.each(firstOf(1, ['stale', 'cut', 'upper-case', 'escaped'] as const))(
    'a CRM that shows the text of statusRD %s: the rounds end, and emptying the field starts fresh ones',
    async shown => {
      await patient.crm.change({ settings: { customFieldsShown: shown } })
      const email = newEmail()
      await refuseMarks(patient, email)
      const { opportunity } = await patient.bring({ name: 'Recusada', email })
      await untilRoundsAreOver(opportunity.id)
      expect(await patientView.failed('totvs-crm', opportunity.id)).toEqual([])
      await patient.crm.change({ settings: { customFieldsShown: 'as-written' } })
      await patient.crm.changeOpportunity(opportunity.id, { customFields: { statusRD: '' } })
      await untilRoundsAreOver(opportunity.id, ROUNDS)
      expect(await countTries(patient, email)).toBe(2 * ROUNDS)
    },
  )
})

test.each(
  firstOf(1, [
    ['fires its webhooks before it answers the write', { writeAnswerDelayMs: 1000 }],
    ['fires each webhook twice', { webhookCopies: 2 }],
    ['fires its webhooks late', { webhookDelayMs: 1500 }],
  ] as const),
)('a CRM that shows no custom fields and %s ends the rounds like any other', async (_how, settings) => {
  await company.crm.change({ settings: { customFieldsShown: 'not-at-all', ...settings } })
  const { opportunity, email } = await bringFailed()
  expect(await countTries(company, email)).toBe(ROUNDS)
  await writesOf(opportunity.id, ROUNDS)
  expect(await failuresOf('totvs-crm', opportunity.id)).toEqual(['CRM_STATUS_FIELD_UNREADABLE'])
})

test.each(firstOf(1, ['not-at-all', 'stale'] as const))(
  'a CRM that carries each write out, answers none and shows its fields %s is not written to again and again',
  async shown => {
    await company.crm.change({ settings: { customFieldsShown: shown } })
    await company.sandbox.addFault({
      system: 'totvs-crm',
      match: { action: 'update' },
      kind: 'drop-after',
      times: 'forever',
    })
    const { opportunity } = await bringFailed()
    expect((await statusRdWrites(company, opportunity.id)).length).toBeLessThanOrEqual(MAX_WRITES)
    expect(await company.statusRdOf(opportunity)).toMatch(/^ERRO FINAL /)
  },
)

test.runIf(inject('isLongRun'))(
  'REENVIAR that no write of Ponte replaces is followed once, however often the opportunity is saved',
  async () => {
    const { opportunity, email } = await bringFailed()
    // Takes the write, and does nothing.
    await company.sandbox.addFault({
      system: 'totvs-crm',
      match: { action: 'update' },
      kind: 'status',
      status: 200,
      body: { id: opportunity.id },
      times: 'forever',
    })
    await company.crm.changeOpportunity(opportunity.id, { customFields: { statusRD: 'REENVIAR' } })
    await expect.poll(() => countTries(company, email), patience).toBe(2 * ROUNDS)
    await untilOver(company, view)
    await company.crm.changeOpportunity(opportunity.id, { description: 'Salva outra vez' })
    await untilOver(company, view)
    expect(await countTries(company, email)).toBe(2 * ROUNDS)
    expect((await statusRdWrites(company, opportunity.id)).length).toBeLessThanOrEqual(ROUNDS + MAX_WRITES)

    // Taken away and written anew, it is another request.
    await company.crm.changeOpportunity(opportunity.id, { customFields: { statusRD: 'ligar amanhã' } })
    await untilOver(company, view)
    await company.crm.changeOpportunity(opportunity.id, { customFields: { statusRD: 'REENVIAR' } })
    await expect.poll(() => countTries(company, email), patience).toBe(3 * ROUNDS)
    await untilOver(company, view)
  },
)

test.runIf(inject('isLongRun'))(
  'the failure of an unreadable field is over once the CRM shows the text, and a retry by hand writes it again',
  async () => {
    await company.crm.change({ settings: { customFieldsShown: 'renamed' } })
    const { opportunity } = await bringFailed()
    await company.crm.change({ settings: { customFieldsShown: 'as-written' } })
    await company.crm.changeOpportunity(opportunity.id, { customFields: { statusRD: '' } })
    await untilOver(company, view)
    expect(await failuresOf('totvs-crm', opportunity.id)).toEqual(['CRM_STATUS_FIELD_UNREADABLE'])
    const [failed] = await view.queues['totvs-crm'].getFailed()
    if (failed !== undefined) await retryInFull(failed)
    await expect.poll(() => company.statusRdOf(opportunity), patience).toMatch(/^ERRO FINAL /)
    await untilOver(company, view)
    expect(await failuresOf('totvs-crm', opportunity.id)).toEqual([])
  },
)
