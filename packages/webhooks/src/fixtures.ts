import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** The folders of packages/webhooks/fixtures. Its README says what is in each and where it comes from. */
export type FixtureFolder = 'rd-webhooks' | 'rd-api' | 'totvs-crm'

const root = join(import.meta.dirname, '..', 'fixtures')

/** File names of a folder's fixtures, sorted. Each name occurs once, over all subfolders. */
export const fixtureNames = (folder: FixtureFolder): string[] =>
  filesOf(folder)
    .map(file => basename(file))
    .toSorted((one, other) => (one < other ? -1 : 1))

/** The bytes of a fixture as they are sent, e.g. `fixtureBytes('rd-webhooks', 'rd-v2-01-official-converted.json')`. */
export function fixtureBytes(folder: FixtureFolder, name: string): Buffer {
  const file = filesOf(folder).find(each => basename(each) === name)
  if (file === undefined) throw new Error(`There is no fixture ${name} in ${folder}.`)
  return readFileSync(file)
}

/** A JSON fixture, parsed. */
export function fixtureJson(folder: FixtureFolder, name: string): unknown {
  return JSON.parse(fixtureBytes(folder, name).toString('utf8'))
}

const filesOf = (folder: FixtureFolder): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
