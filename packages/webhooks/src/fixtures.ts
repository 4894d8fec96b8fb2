import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folders of packages/webhooks/fixtures; its README tells what is in each and where it comes from. */
export const fixtureFolders = ['rd-webhooks', 'rd-api', 'totvs-crm'] as const
export type FixtureFolder = (typeof fixtureFolders)[number]

const root = join(import.meta.dirname, '..', 'fixtures')

/** File names of a folder's fixtures, sorted. */
export const fixtureNames = (folder: FixtureFolder): string[] =>
  readdirSync(join(root, folder)).toSorted((one, other) => (one < other ? -1 : 1))

/** A fixture as the bytes that travel, e.g. `fixtureBytes('rd-webhooks', 'rd-v2-01-official-converted.json')`. */
export const fixtureBytes = (folder: FixtureFolder, name: string): Buffer => readFileSync(join(root, folder, name))

/** A JSON fixture, parsed. */
export function fixtureJson(folder: FixtureFolder, name: string): unknown {
  return JSON.parse(fixtureBytes(folder, name).toString('utf8'))
}
