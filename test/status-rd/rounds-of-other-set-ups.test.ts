import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { openQueueView } from '../support/queue-view.ts'
import { countTries, refuseMarks, statusRdWrites, untilStatusRd } from '../support/marks/status-rd.ts'

describe('with rounds an hour apart', () => {
  let patient: Company
  beforeAll(async () => {
    patient = await shareCompany('rounds-patient')
  })
  afterAll(() => patient.stop())

  test('a change before the next round is tried at once; a text that is there already is not written again', async () => {
    const { contact, opportunity } = await patient.bring({ name: 'Logo', email: newEmail() })
    await patient.untilMarks(contact, ['OPPORTUNITY'])
    await patient.crm.win(opportunity.id, 100_000_000)
    await untilStatusRd(patient, opportunity, /^ERRO 1\/3 RD_SALE_VALUE_ABOVE_LIMIT: .*; nova tentativa em 1 h\.$/)
    const own = openQueueView(inject('redisUrl'), patient.ponte.tenant.name)
    const [first] = await own.failed('rd-station', opportunity.id)
    await patient.crm.changeOpportunity(opportunity.id, { totalValue: 200_000_000 })
    // The failure of the change takes the place of the one before it.
    await expect
      .poll(async () => (await own.failed('rd-station', opportunity.id)).map(({ id }) => id), patience)
      .toEqual([expect.not.stringContaining(first?.id ?? '')])
    await own.untilQuiet('totvs-crm')
    await own.close()
    expect(await statusRdWrites(patient, opportunity.id)).toHaveLength(1)
    await patient.crm.changeOpportunity(opportunity.id, { totalValue: 9 })
    await patient.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
    await untilStatusRd(patient, opportunity, /^OK: /)
  })

  test('a mark whose failed job is removed on the board is tried again only when a person asks for it in TOTVS CRM', async () => {
    const email = newEmail()
    await refuseMarks(patient, email)
    const { contact, opportunity } = await patient.bring({ name: 'Removida', email })
    await untilStatusRd(patient, opportunity, /^ERRO 1\/3 RD_REJECTED: /)
    const { board, tenant } = patient.ponte
    const own = openQueueView(inject('redisUrl'), tenant.name)
    await own.untilQuiet('totvs-crm')
    const [failed] = await own.failed('rd-station', opportunity.id)
    const authorization = `Basic ${Buffer.from(`${board?.user}:${board?.password}`).toString('base64')}`
    const address = `${board?.url}/queues/api/queues/${tenant.name}.rd-station/${failed?.id}/clean`
    expect((await fetch(address, { method: 'PUT', headers: { authorization } })).status).toBe(204)

    await patient.crm.changeOpportunity(opportunity.id, { description: 'Outra descrição' })
    // The next round does not wait any more, either.
    await own.untilQuiet()
    expect(await own.failed('rd-station', opportunity.id)).toEqual([])
    await own.close()
    expect(await countTries(patient, email)).toBe(1)
    await patient.sandbox.clearFaults()
    await patient.crm.changeOpportunity(opportunity.id, { customFields: { statusRD: 'REENVIAR' } })
    await patient.untilMarks(contact, ['OPPORTUNITY'])
    await untilStatusRd(patient, opportunity, /^OK: /)
  })
})

describe('without workflows in TOTVS CRM', () => {
  let silent: Company
  beforeAll(async () => {
    silent = await shareCompany('rounds-silent', { workflows: false })
  })
  afterAll(() => silent.stop())

  test('the rounds run all the same, to the last and to a success', async () => {
    const [failing, passing] = [newEmail(), newEmail()]
    await refuseMarks(silent, failing, {})
    await refuseMarks(silent, passing, { times: 1 })
    const one = await silent.bring({ name: 'Sempre', email: failing })
    const other = await silent.bring({ name: 'Uma Vez', email: passing })
    await silent.announce('created', one.opportunity.id)
    await silent.announce('created', other.opportunity.id)
    await untilStatusRd(silent, one.opportunity, /^ERRO FINAL 2\/2 /)
    await untilStatusRd(silent, other.opportunity, /^OK: /)
    expect([await countTries(silent, failing), await countTries(silent, passing)]).toEqual([2, 2])
  })
})
