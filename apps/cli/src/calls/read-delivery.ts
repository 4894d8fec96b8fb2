import { readFile } from 'node:fs/promises'
import type { System } from '@ponte/contracts'
import { fixtureBytes, fixtureNames } from '@ponte/webhooks/fixtures'

const exampleFolders = ['rd-webhooks', 'totvs-crm'] as const
type ExampleFolder = (typeof exampleFolders)[number]
const sourceOf = {
  'rd-webhooks': 'rd-station',
  'totvs-crm': 'totvs-crm',
} as const satisfies Record<ExampleFolder, System>

/** Of TOTVS CRM's fixtures only webhooks can be sent; the others are records and calls. */
const examplesIn = (folder: ExampleFolder): readonly string[] =>
  fixtureNames(folder).filter(name => folder === 'rd-webhooks' || name.includes('webhook'))

export const examples = (): readonly { readonly folder: ExampleFolder; readonly name: string }[] =>
  exampleFolders.flatMap(folder => examplesIn(folder).map(name => ({ folder, name })))

/** The body in a file or of an example. Undefined when the name is neither. */
export async function readDelivery(
  file: string,
): Promise<{ readonly bytes: Buffer<ArrayBuffer>; readonly source?: System } | undefined> {
  const folder = exampleFolders.find(candidate => examplesIn(candidate).includes(file))
  if (folder !== undefined) return { bytes: Buffer.from(fixtureBytes(folder, file)), source: sourceOf[folder] }
  try {
    return { bytes: Buffer.from(await readFile(file)) }
  } catch {
    return undefined
  }
}
