import { openWorld, type SandboxClient } from '@ponte/testbed'
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { planPeople } from './lives.ts'
import { type Office, openOffice } from './office.ts'
import { findFaults, readBooks } from './oracle.ts'
import { type Package, startPackage } from './package.ts'

const people = planPeople(1, 24)
const first = (kind: (typeof people)[number]['kind']) =>
  people.find(person => person.kind === kind) ?? expect.unreachable(kind)

let sandbox: SandboxClient
let old: Package
let office: Office
beforeAll(async () => {
  sandbox = (await openWorld(inject('sharedSandboxUrl'))).client
  old = await startPackage({ sandbox, externalIds: 'own' })
  await sandbox.rd().change({ webhooks: [old.webhook] })
  await sandbox.crm().change({ workflows: old.workflows })
  office = openOffice(sandbox, people)
  await office.playHistory(old)
  return async () => {
    await old.stop()
    await sandbox.reset()
  }
})

const faults = async () => findFaults(await readBooks(sandbox), people, office.doneOf)
test('three weeks of the package leave both systems as its page says: three weeks old, and nothing told twice', async () => {
  expect(await faults()).toEqual([])
  const { opportunities } = await readBooks(sandbox)
  const days = opportunities.map(({ createdAt }) => Math.round((Date.now() - Date.parse(createdAt)) / 86_400_000))
  expect(Math.max(...days)).toBeGreaterThan(14)
  expect(new Set(days).size).toBeGreaterThan(5)
})

test('what is told twice, not told, entered twice or out of date is found', async () => {
  const { email, uuid } = first('in the pipeline')

  await sandbox.rd().mark(uuid)
  expect(await faults()).toEqual([expect.stringMatching(/marks: \[.*OPPORTUNITY.*OPPORTUNITY.*\] instead of/)])
  const { uuid: other } = first('in the pipeline, entered by sales')
  await sandbox.rd().mark(other, { type: 'SALE', value: 5 })
  expect(await faults()).toEqual(expect.arrayContaining([expect.stringContaining('is an opportunity: false instead')]))

  const lead = (await sandbox.crm().leads()).find(({ emails }) => emails[0]?.email === email)
  await sandbox.crm().changeLead(lead?.id ?? '', { jobTitle: 'Cargo antigo' })
  expect(await faults()).toEqual(expect.arrayContaining([expect.stringContaining('values of the lead')]))
  const again = await sandbox.crm().addLead({ emails: [{ email, emailTypeId: '', standard: true }] })
  await sandbox.crm().addOpportunity({ leadId: again.id })
  expect(await faults()).toEqual(
    expect.arrayContaining([
      expect.stringContaining('leads: 2 instead of 1'),
      expect.stringContaining('opportunities: 2 instead of 1'),
    ]),
  )
})

test('a package that is switched off says when it ran last, and does nothing from then on', async () => {
  await office.untilDelivered(old)
  const { opportunities } = await sandbox.crm().state()
  const [opportunity] = opportunities.filter(({ status }) => status === 'PROGRESS')
  onTestFinished(() => old.switchOn())
  const count = async () => (await sandbox.rd().state()).contacts.flatMap(({ marks }) => marks).length
  const before = await count()
  await sandbox.crm().win(opportunity?.id ?? '', 17)
  await office.untilDelivered(old)
  const endedAt = await old.switchOff()
  expect(await count()).toBe(before + 1)
  expect(Math.abs(endedAt.getTime() - Date.now())).toBeLessThan(60_000)

  await sandbox.crm().change({ settings: { webhookRepeats: 0 } })
  await sandbox.crm().reopen(opportunity?.id ?? '')
  await sandbox.crm().lose(opportunity?.id ?? '', 'Prazo')
  await expect.poll(async () => (await sandbox.deliveries({ state: 'failed' })).length).toBe(3)
  await office.untilDelivered(old)
  expect(await count()).toBe(before + 1)
})
