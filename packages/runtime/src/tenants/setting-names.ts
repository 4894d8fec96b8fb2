import { tenantsFile } from '@ponte/contracts'
import { z } from 'zod'

/** Settings below which a person chooses the names: tenants, statuses of their CRM, and what rules are about. */
const PARENTS_OF_FREE_NAMES: ReadonlySet<string> = new Set(['tenants', 'statusMap', 'updates', 'map', 'field'])

interface Shown {
  readonly schema: SchemaNode
  readonly names: ReadonlySet<string>
}
let shown: Shown | undefined
/** Made with the first message: a process that starts without problems needs none. */
function knownSettings(): Shown {
  if (shown !== undefined) return shown
  const schema = z.toJSONSchema(tenantsFile, { io: 'input' })
  shown = { schema: schemaNode.parse(schema), names: new Set(namesIn(schema)) }
  return shown
}

/**
 * The place of a setting, for a message. An unknown name may be a secret that was written in the place of a name. Only its beginning is
 * shown.
 */
export const placeOf = (path: readonly PropertyKey[]): string =>
  path
    .map(String)
    .map((name, index) => {
      const parent = String(path[index - 1] ?? '')
      return typeof path[index] === 'number' || PARENTS_OF_FREE_NAMES.has(parent) ? shorten(name) : shownName(name)
    })
    .join('.')

/** The names that settings may have at a place of the tenants file. Empty where names are free. */
export function namesAt(path: readonly PropertyKey[]): readonly string[] {
  const { schema } = knownSettings()
  const nodes = path.reduce<readonly SchemaNode[]>(
    (parents, key) => parents.flatMap(parent => alternatives(parent, schema)).flatMap(parent => below(parent, key)),
    [schema],
  )
  return nodes.flatMap(each => alternatives(each, schema)).flatMap(({ properties = {} }) => Object.keys(properties))
}

const below = ({ properties, additionalProperties, items }: SchemaNode, key: PropertyKey): readonly SchemaNode[] => {
  if (typeof key === 'number') return items === undefined ? [] : [items]
  const name = String(key)
  const member = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined
  if (member !== undefined) return [member]
  return typeof additionalProperties === 'object' ? [additionalProperties] : []
}

/** The schemas that a part stands for, with `$ref` and `anyOf` followed. */
function alternatives(each: SchemaNode, root: SchemaNode): readonly SchemaNode[] {
  const { $ref, anyOf } = each
  const referred = $ref === undefined ? undefined : root.$defs?.[$ref.replace('#/$defs/', '')]
  if (referred !== undefined) return alternatives(referred, root)
  return anyOf === undefined ? [each] : anyOf.flatMap(one => alternatives(one, root))
}

/** The part of a JSON Schema that is read here. */
interface SchemaNode {
  readonly $defs?: Readonly<Record<string, SchemaNode>> | undefined
  readonly $ref?: string | undefined
  readonly anyOf?: readonly SchemaNode[] | undefined
  readonly properties?: Readonly<Record<string, SchemaNode>> | undefined
  readonly additionalProperties?: SchemaNode | boolean | undefined
  readonly items?: SchemaNode | undefined
}
const schemaNode: z.ZodType<SchemaNode> = z.lazy(() =>
  z.object({
    $defs: z.record(z.string(), schemaNode).optional(),
    $ref: z.string().optional(),
    anyOf: z.array(schemaNode).optional(),
    properties: z.record(z.string(), schemaNode).optional(),
    additionalProperties: z.union([schemaNode, z.boolean()]).optional(),
    items: schemaNode.optional(),
  }),
)

/** A known name as it is. Only the beginning of any other. */
export function shownName(name: string): string {
  if (knownSettings().names.has(name)) return name
  return `${name.slice(0, name.length < 12 ? 1 : 2)}…(${name.length})`
}

const LONGEST_SHOWN = 60

/** Enough of a text to recognise it in the file. */
export const shorten = (text: string): string =>
  text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)}…(${text.length})`

/** The names of all settings in a JSON Schema. */
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
