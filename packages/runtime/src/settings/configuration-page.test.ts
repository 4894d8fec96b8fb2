import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { CONFIGURATION_PAGE, writeTables } from './configuration-page.ts'
import { boardSettings, cliSettings, ingressSettings, workerSettings } from './process-settings.ts'

const page = readFileSync(path.join(import.meta.dirname, '../../../..', CONFIGURATION_PAGE), 'utf8')

test('the tables of the settings are the ones that the schemas give: npm run fix writes them', () => {
  expect(page).toBe(writeTables(page))
})

test('every setting says what it is', () => {
  for (const { shape } of [ingressSettings, workerSettings, boardSettings, cliSettings])
    for (const [name, field] of Object.entries(shape)) expect(field.description, name).toMatch(/\w/)
})
