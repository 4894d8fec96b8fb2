import { tenantsFile } from '@ponte/contracts'
import { z } from 'zod'

/** Names that are a person's to choose: the tenants, and the statuses of their CRM. */
const PARENTS_OF_FREE_NAMES: ReadonlySet<string> = new Set(['tenants', 'statusMap'])

let known: ReadonlySet<string> | undefined
/** Made for the first message: a process that starts well needs none. */
const knownNames = (): ReadonlySet<string> => (known ??= new Set(namesIn(z.toJSONSchema(tenantsFile, { io: 'input' }))))

/**
 * The place of a setting, for a message. A name that no setting has may be a secret that slipped to where a name belongs: of
 * such a one only the beginning is shown.
 */
export const placeOf = (path: readonly PropertyKey[]): string =>
  path
    .map(String)
    .map((name, index) => {
      const parent = String(path[index - 1] ?? '')
      return typeof path[index] === 'number' || PARENTS_OF_FREE_NAMES.has(parent) ? name : shownName(name)
    })
    .join('.')

/** A known name whole, of another one its beginning. */
export function shownName(name: string): string {
  if (knownNames().has(name)) return name
  return `${name.slice(0, name.length < 12 ? 1 : 2)}…(${name.length})`
}

/** Of all settings in a JSON Schema. */
function* namesIn(schema: unknown): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return
  const members: [string, unknown][] = Object.entries(schema)
  for (const [keyword, value] of members) {
    if (keyword === 'properties' && typeof value === 'object' && value !== null) yield* Object.keys(value)
    if (keyword === 'propertyNames') yield* listedIn(value)
    yield* namesIn(value)
  }
}

function listedIn(schema: unknown): string[] {
  const parsed = z.object({ enum: z.array(z.string()) }).safeParse(schema)
  return parsed.data?.enum ?? []
}
