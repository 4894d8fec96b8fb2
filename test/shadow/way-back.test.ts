import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startCommand } from '../support/commands/run-command.ts'
import { newEmail, type OwnCompany, patience, startCompany, swift } from '../support/company.ts'
import { isQuiet, withQueue } from '../support/jobs.ts'
import { openMode, writesAt } from '../support/shadow.ts'

let company: OwnCompany
let mode: ReturnType<typeof openMode>
beforeAll(async () => {
  company = await startCompany({ workflows: false })
  mode = openMode(company.ponte.tenant.name)
})
afterAll(async () => {
  mode.close()
  await company.stop()
})

const fileSays = (of: 'live' | 'shadow') =>
  company.ponte.changeTenants({ [company.ponte.tenant.name]: { ...swift, mode: of } })

/** What `/readyz` of the worker says of tenants of which it starts no job. */
async function held(): Promise<readonly string[]> {
  const answer = await fetch(`${company.ponte.workers.at(-1)?.opsUrl}/readyz`)
  const { ready, warnings }: { ready: boolean; warnings: readonly string[] } = JSON.parse(await answer.text())
  expect(ready).toBe(true)
  return warnings.filter(text => text.includes('no job'))
}
/** The file says `shadow`, and Redis that the tenant is live: from here on nothing of it is begun. */
async function hold(): Promise<void> {
  await fileSays('shadow')
  await expect.poll(held, patience).toEqual([expect.stringContaining(company.ponte.tenant.name)])
}

async function deliver(name: string) {
  const contact = await company.convert({ name, email: newEmail() })
  await company.deliver(contact)
  return contact
}
const waiting = (kind: 'totvs-crm' | 'rd-station') =>
  withQueue(company.ponte.tenant.name, kind, queue => queue.getWaitingCount())

async function shadow(...options: readonly string[]): Promise<unknown> {
  const argv = ['shadow', '--tenant', company.ponte.tenant.name, '--json', ...options]
  const { child, ended } = startCommand(company, argv)
  onTestFinished(() => void child.kill())
  const { code, stdout, stderr } = await ended
  expect([code, stderr]).toEqual([0, expect.any(String)])
  return JSON.parse(stdout)
}

async function untilQuiet(): Promise<void> {
  for (const kind of ['totvs-crm', 'rd-station'] as const)
    await expect.poll(() => isQuiet(company.ponte.tenant.name, kind), patience).toBe(true)
}

/** Another program has brought the person over meanwhile. What it opened is over already. */
async function openInOtherProgram({ uuid, email }: { uuid: string; email?: string | undefined }) {
  const emails = [{ email: email ?? '', emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }]
  const lead = await company.crm.addLead({ name: 'Do Pacote', externalId: `rd:${uuid}`, emails })
  const opportunity = await company.crm.addOpportunity({ leadId: lead.id })
  await company.crm.lose(opportunity.id, 'Prazo')
}

test('with a file that says shadow, what came live waits and /readyz says so, until ponte shadow has it done; back at once it waits until it is sent', async () => {
  const { contact: known, opportunity } = await company.bring({ name: 'Conhecida', email: newEmail() })
  await untilQuiet()
  await hold()
  await company.sandbox.clearCalls()
  const contact = await deliver('Espera')
  await company.announce('created', opportunity.id)
  expect([await waiting('totvs-crm'), await waiting('rd-station')]).toEqual([1, 1])
  expect(await writesAt(company.sandbox)).toEqual([])

  const drained = shadow()
  await expect.poll(() => company.opportunitiesOf(contact), patience).toHaveLength(1)
  await company.untilMarks(known, ['OPPORTUNITY'])
  expect(await drained).toMatchObject({ ok: true, rest: 0 })
  expect(await mode.read()).toMatchObject({ mode: 'shadow' })
  expect(await company.opportunitiesOf(contact)).toHaveLength(1)
  await expect.poll(held, patience).toEqual([])

  // The way out again: what another program has done since then stays its own.
  expect(await mode.switchOff(Date.now())).toBe('ok')
  await fileSays('live')
  await expect.poll(async () => await mode.read(), patience).toMatchObject({ mode: 'live' })
  await expect.poll(async () => (await mode.read()).isGoingLive, patience).toBeUndefined()

  // Back at once: what waits is done only when a person sends it, in the shadow.
  await hold()
  const meanwhile = await deliver('Do Pacote')
  const missed = await deliver('De Ninguém')
  await company.crm.win(opportunity.id, 900)
  await company.announce('won', opportunity.id)
  await company.sandbox.clearCalls()
  expect(await shadow('--now')).toMatchObject({ ok: true, rest: 3, running: 0 })
  expect(await mode.rest.count()).toBe(3)
  expect(await writesAt(company.sandbox)).toEqual([])

  await openInOtherProgram(meanwhile)
  await expect.poll(held, patience).toEqual([])
  expect(await shadow('--rest', 'send')).toMatchObject({ ok: true, sent: 3 })
  await untilQuiet()
  expect(await mode.read()).toMatchObject({ mode: 'shadow' })
  expect(await mode.rest.count()).toBe(0)
  expect(await company.opportunitiesOf(missed)).toMatchObject([{ status: 'PROGRESS' }])
  expect(await company.opportunitiesOf(meanwhile)).toMatchObject([{ status: 'LOST' }])
  expect(await company.marksOf(known)).toEqual(['OPPORTUNITY', 'SALE'])
})
