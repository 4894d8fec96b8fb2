import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { type Company, patience, shareCompany } from '../support/company.ts'
import { brokenIn, patiently, sendWebhooks, startRehearsal } from '../support/commands/rehearse.ts'

let company: Company
let folder: string
beforeAll(async () => {
  company = await shareCompany('rehearse-otherwise')
  await sendWebhooks(company)
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-rehearsal-'))
})
afterAll(async () => {
  await company.stop()
  await rm(folder, { recursive: true })
})

const hasLead = async () => (await company.crm.leads()).length > 0
const nothing = async () => [
  (await company.rd.state()).contacts,
  await company.crm.leads(),
  await company.crm.opportunities(),
]

test('Ctrl-C ends a rehearsal with 3, and cleans up what it has made so far', async () => {
  const rehearsal = startRehearsal(company, patiently)
  await expect.poll(hasLead, patience).toBe(true)
  rehearsal.child.kill('SIGINT')
  const report = await rehearsal.report()
  expect(report).toMatchObject({ code: 3, stop: { kind: 'interrupted' }, left: [] })
  expect(await nothing()).toEqual([[], [], []])
})

test('a rehearsal that was killed is resumed with its own person and evidence, and by nobody else', async () => {
  const file = path.join(folder, 'evidence.jsonl')
  const killed = startRehearsal(company, [...patiently, '--evidence', file])
  await expect.poll(hasLead, patience).toBe(true)
  killed.child.kill('SIGKILL')
  await killed.ended
  const before = await readFile(file, 'utf8')
  // Until its lock has ended by itself, a rehearsal is running. Afterwards one was cut off.
  const refusal = async (argv: readonly string[]) =>
    (await startRehearsal(company, argv).report()).error?.messages.join(' ')
  await expect.poll(() => refusal([]), patience).toContain('was cut off')
  expect(await refusal(['--resume'])).toContain('was cut off')

  const report = await startRehearsal(company, [...patiently, '--resume', '--evidence', file], killed.email).report()
  expect(report).toMatchObject({ code: 0, stop: null, left: [] })
  const after = await readFile(file, 'utf8')
  expect(after.startsWith(before)).toBe(true)
  const ids = after.split('\n').flatMap(line => (line.includes('"held"') ? [JSON.parse(line).id] : []))
  expect(ids.length).toBe(new Set(ids).size)
  expect(await nothing()).toEqual([[], [], []])
})

test("a customer's opportunity under the lead of a rehearsal that was killed stops the next one, and stays; without it the next one cleans up", async () => {
  const killed = startRehearsal(company, patiently)
  await expect.poll(hasLead, patience).toBe(true)
  killed.child.kill('SIGKILL')
  await killed.ended
  const [lead] = await company.crm.leads()
  const sale = await company.crm.addOpportunity({
    ...{ leadId: lead?.id ?? '', description: 'Negócio real', totalValue: 50_000 },
  })
  const report = await startRehearsal(company, patiently, killed.email).report()
  expect(report.code).toBe(2)
  expect(report.error?.messages.join(' ')).toContain(sale.id)
  expect(await company.crm.opportunities({ leadId: lead?.id ?? '' })).toContainEqual(
    expect.objectContaining({ id: sale.id }),
  )
  expect(await company.crm.leads()).toHaveLength(1)
  expect((await company.rd.state()).contacts).toHaveLength(1)

  await company.crm.removeOpportunity(sale.id)
  expect(await startRehearsal(company, patiently, killed.email).report()).toMatchObject({
    code: 0,
    left: [],
    others: [],
  })
  expect(await nothing()).toEqual([[], [], []])
})

test('what a customer got under the test person while the rehearsal ran is named and left', async () => {
  const rehearsal = startRehearsal(company, patiently)
  await expect.poll(hasLead, patience).toBe(true)
  const [lead] = await company.crm.leads()
  const sale = await company.crm.addOpportunity({ leadId: lead?.id ?? '', description: 'Negócio real' })
  rehearsal.child.kill('SIGINT')
  const report = await rehearsal.report()
  expect(report).toMatchObject({ code: 3, left: [] })
  expect(report.others.map(({ kind }) => kind)).toEqual(['contact', 'opportunity', 'lead'])
  expect((await company.crm.opportunities()).map(({ id }) => id)).toEqual([sale.id])
  await company.crm.removeOpportunity(sale.id)
  await company.crm.removeLead(lead?.id ?? '')
  await company.rd.removeContact(`email:${rehearsal.email}`)
})

test('a person may win the opportunity at the screen', async () => {
  const rehearsal = startRehearsal(company, [...patiently, '--win', 'by-hand'])
  await expect.poll(rehearsal.stderr, patience).toContain('mark it as won')
  const [opportunity] = await company.crm.opportunities()
  expect(rehearsal.stderr()).toContain(`opportunity ${opportunity?.code}`)
  await company.crm.win(opportunity?.id ?? '', 0.01)
  expect(await rehearsal.report()).toMatchObject({ code: 0, stop: null, left: [] })
})

test('an account that has only webhooks of API 2, and none of marks, ends with 0: what cannot be asked is named', async () => {
  const { webhooks } = await company.rd.state()
  await company.rd.change({ webhooks: webhooks.filter(({ format }) => format === 'v2') })
  // It waits in vain for the other format and for the echo.
  const report = await startRehearsal(company, ['--patience', '2']).report()
  expect(report).toMatchObject({ code: 0, stop: null, left: [] })
  expect(report.facts.filter(({ held }) => held === null)).toEqual([
    { id: 'rd-contact-page', held: null, why: 'only-api-1' },
    { id: 'rd-legal-bases', held: null, why: 'only-api-1' },
    { id: 'rd-mark-by-times', held: null, why: 'no-webhook' },
  ])
  await sendWebhooks(company)
})

test('where no webhook comes a rehearsal ends with 3, says what to check, and removes its contact', async () => {
  await company.rd.change({ webhooks: [] })
  const report = await startRehearsal(company, []).report()
  expect(report).toMatchObject({ code: 3, stop: { kind: 'nothing-came', what: 'rd-webhook' }, left: [] })
  expect(await nothing()).toEqual([[], [], []])
})

test('what TOTVS CRM does not let go is named', async () => {
  await sendWebhooks(company)
  await company.crm.change({ settings: { deletes: 'refused' } })
  const report = await startRehearsal(company, patiently).report()
  expect(report.code).toBe(0)
  expect(report.left.map(({ kind }) => kind)).toEqual(['opportunity', 'opportunity', 'opportunity', 'lead'])
  expect((await company.rd.state()).contacts).toEqual([])
})

test('an opportunity is lost only after RD Station has told of its marks: what it tells later would open another one', async () => {
  const other = await shareCompany('rehearse-slow-webhooks')
  onTestFinished(() => other.stop())
  await sendWebhooks(other)
  const { rd, crm } = other
  const running = startRehearsal(other, patiently).report()
  const marks = async () => (await rd.state()).contacts.flatMap(contact => contact.marks.map(({ type }) => type))
  await expect.poll(async () => (await crm.opportunities()).length, patience).toBe(2)
  await rd.holdWebhooks()
  await expect.poll(marks, patience).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY', 'OPPORTUNITY'])
  const isLost = async (): Promise<void> => {
    const found = await crm.opportunities()
    if (found.every(({ status }) => status !== 'LOST')) throw new Error('none is lost yet')
  }
  const meanwhile = vi.waitFor(isLost, { timeout: 3000 }).then(
    () => 'lost',
    () => 'open',
  )
  expect(await meanwhile).toBe('open')
  await rd.releaseWebhooks()

  const report = await running
  expect(brokenIn(report)).toEqual([])
  expect(report).toMatchObject({ code: 0, ok: true, left: [] })
  expect([await crm.leads(), await crm.opportunities()]).toEqual([[], []])
})
