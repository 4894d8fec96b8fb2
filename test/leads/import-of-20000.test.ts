import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OwnCompany, startCompany } from '../support/company.ts'
import { exportOf, importAll, importInterrupted, standingOf, untilImported } from '../support/commands/imports.ts'

const PEOPLE = 20_000
const TIMEOUT_MS = 40 * 60_000

let companies: readonly OwnCompany[]
let folder: string
beforeAll(async () => {
  companies = await Promise.all([startCompany({ workflows: false }), startCompany({ workflows: false })])
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-import-'))
})
afterAll(async () => {
  await Promise.all(companies.map(each => each.stop()))
  await rm(folder, { recursive: true })
})

test(
  'the export of 20,000 people, interrupted three times, ends as one that nobody interrupts',
  async () => {
    const [calm, interrupted] = companies
    if (calm === undefined || interrupted === undefined) throw new Error('no companies')
    const file = path.join(folder, 'leads.csv')
    await writeFile(file, Buffer.from(`\ufeff${exportOf(PEOPLE).replaceAll(',', '\t')}`, 'utf16le'))
    await Promise.all([
      importAll(calm, [file, '--open-opportunities']),
      importInterrupted(interrupted, [file, '--open-opportunities'], PEOPLE),
    ])
    await Promise.all(companies.map(each => untilImported(each, TIMEOUT_MS)))
    const standing = await standingOf(calm)
    expect(await standingOf(interrupted)).toEqual(standing)
    expect(standing.map(({ opportunities }) => opportunities)).toEqual(Array.from({ length: PEOPLE }, () => 1))
  },
  TIMEOUT_MS,
)
