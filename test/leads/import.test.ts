import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { stateKey } from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { newEmail, type OwnCompany, patience, startCompany } from '../support/company.ts'
import {
  emailOf,
  exportOf,
  importAll,
  importInterrupted,
  standingOf,
  startImport,
  untilImported,
} from '../support/commands/imports.ts'
import { withQueue } from '../support/jobs.ts'

const PEOPLE = 60
const EMAIL_TYPE = '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d'

const redis = new Redis(inject('redisUrl'))
const options = { workflows: false, env: { WORKER_CONCURRENCY: '1' } }
let company: OwnCompany
let folder: string
let file: string
beforeAll(async () => {
  company = await startCompany(options)
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-import-'))
  file = path.join(folder, 'leads.csv')
  await writeFile(file, exportOf(PEOPLE))
})
afterAll(async () => {
  await company.stop()
  await rm(folder, { recursive: true })
  redis.disconnect()
})

/** A few places only, so that a small file is not enqueued at once. The others belong to jobs that are to be added in a thousand years. */
async function leavePlaces(company: OwnCompany, count: number): Promise<void> {
  const members = Array.from({ length: 500 - count }, () => [32e12, randomUUID()]).flat()
  await redis.zadd(stateKey(company.ponte.tenant.name, 'importing'), ...members)
}

test.runIf(inject('isLongRun'))(
  'an import that is killed three times, and its worker with it, ends as one that nobody interrupts',
  async () => {
    const calm = await startCompany(options)
    onTestFinished(calm.stop)
    const interrupted = company
    const companies = [calm, interrupted]
    for (const { crm } of companies) {
      // People whom TOTVS CRM knows: one row has a date, the other only fills what is empty.
      const emailsOf = (index: number) => [{ email: emailOf(index), emailTypeId: EMAIL_TYPE, standard: true }]
      await crm.addLead({ name: 'Antiga', emails: emailsOf(1), jobTitle: 'Antigo' })
      await crm.addLead({ name: 'Conhecida', emails: emailsOf(5), jobTitle: 'Antigo' })
    }
    await Promise.all([leavePlaces(calm, 10), leavePlaces(interrupted, 10)])
    await Promise.all([importAll(calm, [file]), importInterrupted(interrupted, [file], PEOPLE)])
    await Promise.all(companies.map(each => untilImported(each, patience.timeout)))

    const standing = await standingOf(calm)
    expect(await standingOf(interrupted)).toEqual(standing)
    expect(standing).toHaveLength(PEOPLE)
    expect(standing.filter(({ opportunities }) => opportunities > 0)).toEqual([])
    const named = (index: number) => standing.find(({ emails }) => JSON.stringify(emails).includes(emailOf(index)))
    expect(named(1)).toMatchObject({ name: 'Pessoa 1', jobTitle: 'Cargo 1' })
    expect(named(5)).toMatchObject({ name: 'Conhecida', jobTitle: 'Antigo' })
    expect(JSON.stringify(named(5)?.phones)).toContain('90000005')

    // Everything is done: nothing is sent again, and with opportunities each gets one.
    expect(await importAll(calm, [file])).toMatchObject({ rows: PEOPLE, sent: 0, done: PEOPLE })
    expect(await importAll(calm, [file, '--open-opportunities'])).toMatchObject({ sent: PEOPLE })
    await untilImported(calm, patience.timeout)
    const opened = await standingOf(calm)
    expect(opened.map(({ opportunities }) => opportunities)).toEqual(Array.from({ length: PEOPLE }, () => 1))
  },
)

test('Ctrl-C ends it with 130, what was sent stays, and the same command sends the rest', async () => {
  const { name } = company.ponte.tenant
  const before = (await company.crm.leads()).length
  const rows = path.join(folder, 'rows.csv')
  await writeFile(rows, exportOf(30).replaceAll('importada.', 'terceira.'))
  await redis.del(stateKey(name, 'importing'))
  await leavePlaces(company, 10)
  await withQueue(name, 'totvs-crm', queue => queue.pause())
  const command = startImport(company, [rows])
  const waiting = () => withQueue(name, 'totvs-crm', queue => queue.getJobCountByTypes('prioritized', 'active'))
  await expect.poll(waiting, patience).toBe(10)
  command.kill('SIGINT')
  const { code, stdout, stderr } = await command.ended
  expect({ code, stderr }).toEqual({ code: 130, stderr: '' })
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, interrupted: true, sent: 10 })
  expect(await waiting()).toBe(10)
  await redis.del(stateKey(name, 'importing'))
  await withQueue(name, 'totvs-crm', queue => queue.resume())
  expect(await importAll(company, [rows])).toMatchObject({ interrupted: false, rows: 30 })
  await untilImported(company, patience.timeout)
  expect((await company.crm.leads()).slice(before)).toHaveLength(30)
})

test('a live lead overtakes all rows of an import that wait', async () => {
  const { name } = company.ponte.tenant
  const before = (await company.crm.leads()).length
  const more = path.join(folder, 'more.csv')
  await writeFile(more, exportOf(40).replaceAll('importada.', 'segunda.'))
  await redis.del(stateKey(name, 'importing'))
  await withQueue(name, 'totvs-crm', queue => queue.pause())
  await importAll(company, [more])
  const live = await company.convert({ name: 'Ao Vivo', email: newEmail() })
  await company.deliver(live)
  await withQueue(name, 'totvs-crm', queue => queue.resume())
  await untilImported(company, patience.timeout)
  const leads = (await company.crm.leads()).slice(before)
  expect(leads).toHaveLength(41)
  // The worker has one job at a time, and may have fetched one before the queue was paused.
  expect(leads.findIndex(({ externalId }) => externalId === `rd:${live.uuid}`)).toBeLessThan(2)
})

test('a row of a conversion that a webhook has brought opens nothing, also when its opportunity is lost', async () => {
  const email = newEmail()
  const at = new Date(Date.now() - 60_000)
  const contact = await company.convert({ name: 'Já Veio', email }, { at: at.toISOString() })
  await company.deliver(contact)
  await untilImported(company, patience.timeout)
  const [opportunity] = await company.opportunitiesOf(contact)
  await company.crm.lose(opportunity?.id ?? '', 'Sem interesse')
  // An export has full seconds.
  const seconds = new Date(Math.ceil(at.getTime() / 1000) * 1000 - 3 * 3_600_000).toISOString().slice(0, 19)
  const rows = path.join(folder, 'converted.csv')
  await writeFile(rows, `Email,Nome,Data da última conversão\n${email},Já Veio,${seconds.replace('T', ' ')} -0300\n`)
  expect(await importAll(company, [rows, '--open-opportunities'])).toMatchObject({ sent: 1 })
  await untilImported(company, patience.timeout)
  expect((await company.opportunitiesOf(contact)).map(({ status }) => status)).toEqual(['LOST'])
})
