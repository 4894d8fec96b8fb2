import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { newEmail, type OwnCompany, patience, startCompany, swift } from '../support/company.ts'
import { failedJobs, isQuiet, withQueue } from '../support/jobs.ts'
import { openMode, writesAt } from '../support/shadow.ts'

let company: OwnCompany
let mode: ReturnType<typeof openMode>
beforeEach(async () => {
  company = await startCompany({ workers: 2, workflows: false, tenant: { mode: 'shadow' } })
  mode = openMode(company.ponte.tenant.name)
})
afterEach(async () => {
  mode.close()
  await company.stop()
})

async function untilQuiet(): Promise<void> {
  for (const kind of ['totvs-crm', 'rd-station', 'quarantine'] as const)
    await expect.poll(() => isQuiet(company.ponte.tenant.name, kind), patience).toBe(true)
}
/** Both workers start with `mode: live`. */
async function goLive(): Promise<void> {
  await company.ponte.changeTenants({ [company.ponte.tenant.name]: { ...swift, mode: 'live' } })
  await expect.poll(async () => (await mode.read()).isGoingLive, patience).toBeUndefined()
  await untilQuiet()
}
const stopWorkers = () => Promise.all(company.ponte.workers.map(worker => worker.stop()))

async function deliver(name: string) {
  const contact = await company.convert({ name, email: newEmail() })
  await company.deliver(contact)
  return contact
}
type Contact = Awaited<ReturnType<typeof deliver>>

/** For each contact, how many leads TOTVS CRM was asked to create. */
async function creationsOf(contacts: readonly Contact[]): Promise<readonly number[]> {
  const created = (await writesAt(company.sandbox)).filter(({ integration }) => integration['action'] === 'create')
  const texts = created.map(({ body }) => JSON.stringify(body))
  return contacts.map(({ uuid }) => texts.filter(text => text.includes(`rd:${uuid}`)).length)
}

/** What ended jobs of a queue say. */
const endsIn = (kind: 'totvs-crm' | 'quarantine') =>
  withQueue(company.ponte.tenant.name, kind, async queue =>
    (await queue.getCompleted()).map(({ returnvalue }) => JSON.stringify(returnvalue)),
  )

test('with two workers that go live at once, each event since the package was off is done once, and none before', async () => {
  const before = [await deliver('Antes'), await deliver('Antes')]
  // The package makes its last mark. RD Station delivers the echo after the package is off.
  const marked = await company.convert({ name: 'Marcada', email: newEmail() })
  await company.rd.mark(marked.uuid)
  await untilQuiet()
  const offAt = Date.now()
  const since = [await deliver('Depois'), await deliver('Depois'), await deliver('Depois')]
  const failing = await deliver('Sem Sorte')
  await company.deliver(marked)
  await untilQuiet()
  expect(await writesAt(company.sandbox)).toEqual([])
  await stopWorkers()
  const waiting = [await deliver('Espera'), await deliver('Espera')]
  await company.sandbox.addFault({
    ...{ system: 'totvs-crm', kind: 'status', status: 400, times: 'forever' },
    match: { action: 'create', body: failing.uuid },
  })
  expect(await mode.switchOff(offAt)).toBe('ok')
  await goLive()

  expect(await creationsOf(since)).toEqual([1, 1, 1])
  expect(await creationsOf(waiting)).toEqual([1, 1])
  expect(await creationsOf(before)).toEqual([0, 0])
  for (const contact of [...since, ...waiting]) expect(await company.opportunitiesOf(contact)).toHaveLength(1)
  expect(await company.opportunitiesOf(marked)).toEqual([])
  expect((await failedJobs(company.ponte.tenant.name, 'totvs-crm')).map(({ id }) => id?.slice(0, 5))).toEqual(['live-'])
})

test.runIf(inject('isLongRun'))(
  'what could not be done in the shadow, because a system did not answer until the last attempt, is done once live',
  async () => {
    const offAt = Date.now()
    const fault = await company.sandbox.addFault({
      ...{ system: 'totvs-crm', kind: 'status', status: 500, times: 'forever' },
      match: { method: 'GET' },
    })
    const failed = await deliver('Sem Resposta')
    await expect.poll(async () => (await mode.newest(1)).length, patience).toBe(1)
    await company.sandbox.clearFaults(fault.id)
    expect(await mode.switchOff(offAt)).toBe('ok')
    await goLive()
    expect(await creationsOf([failed])).toEqual([1])
    expect(await failedJobs(company.ponte.tenant.name, 'totvs-crm')).toEqual([])
  },
)

test.runIf(inject('isLongRun'))(
  'without a switch nothing is done again, and a switch that comes later has the workers do it',
  async () => {
    await deliver('Antes')
    const offAt = Date.now()
    const since = [await deliver('Depois')]
    await untilQuiet()
    await stopWorkers()
    // Nobody has begun it when the tenant goes live.
    since.push(await deliver('Espera'))
    await goLive()
    expect(await writesAt(company.sandbox)).toEqual([])
    expect((await endsIn('totvs-crm')).filter(text => text.includes('of-the-package'))).toHaveLength(1)

    expect(await mode.switchOff(offAt)).toBe('ok')
    await expect.poll(() => creationsOf(since), patience).toEqual([1, 1])
    await untilQuiet()
    expect(await company.leads()).toHaveLength(since.length)
  },
)
