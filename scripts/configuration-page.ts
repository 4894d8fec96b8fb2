import { tenantsFile } from '../packages/contracts/src/index.ts'
import { z } from 'zod'
import {
  boardSettings,
  cliSettings,
  ingressSettings,
  workerSettings,
} from '../packages/runtime/src/settings/process-settings.ts'
import { redisVariables } from '../packages/runtime/src/settings/redis-target.ts'

/** The page whose tables are written from the schemas of the settings. The prose around them is written by hand. */
export const CONFIGURATION_PAGE = 'docs/configuration.md'

const processes = {
  ingress: ingressSettings,
  worker: workerSettings,
  board: boardSettings,
  'command line': cliSettings,
} as const

/** The page with its tables written anew. Throws when a place for a table is missing. */
export function writeTables(page: string): string {
  return placeTable(placeTable(page, 'environment', environmentTable()), 'tenants file', tenantsTable())
}

/** The page with this table at the place of its name. */
export function placeTable(page: string, name: string, table: string): string {
  const [from, to] = [`<!-- ${name}: written by npm run fix -->`, `<!-- ${name}: end -->`]
  const [start, end] = [page.indexOf(from), page.indexOf(to)]
  if (start === -1 || end < start) throw new Error(`the page has no place for the table "${name}"`)
  return `${page.slice(0, start + from.length)}\n\n${table}\n\n${page.slice(end)}`
}

function environmentTable(): string {
  const variables = Object.entries(processes).map(([process, { shape }]) => ({ process, fields: variablesOf(shape) }))
  const names = new Set(variables.flatMap(({ fields }) => [...fields.keys()]))
  const rows = [...names].map(name => {
    const readers = variables.filter(({ fields }) => fields.has(name))
    const fieldSchema = readers[0]?.fields.get(name)
    if (fieldSchema === undefined) throw new Error(`${name} has no schema`)
    const { description = '', ...json } = z.toJSONSchema(fieldSchema, { io: 'input', unrepresentable: 'any' })
    const readBy =
      readers.length === Object.keys(processes).length ? 'all' : readers.map(({ process }) => process).join(', ')
    return [
      `\`${name}\``,
      readBy,
      defaultOf(json, fieldSchema.safeParse(undefined).success),
      describe(description, limits(json)),
    ]
  })
  return tableOf(['variable', 'process', 'default', 'what it is'], rows)
}

/** By its name, each variable of a process. Those that say where Redis is are one setting of it. */
const variablesOf = (shape: Readonly<Record<string, z.ZodType>>): ReadonlyMap<string, z.ZodType> =>
  new Map(
    Object.entries(shape).flatMap(([name, field]) =>
      name === 'REDIS' ? Object.entries<z.ZodType>(redisVariables.shape) : [[name, field]],
    ),
  )

const tenantsTable = (): string => tableOf(['setting', 'default', 'what it is'], tenantRows())

function tenantRows(): string[][] {
  const schema = node.parse(z.toJSONSchema(tenantsFile, { io: 'input' }))
  const tenant = schema.properties?.['tenants']?.additionalProperties
  if (tenant === undefined || typeof tenant === 'boolean') throw new Error('the tenants file has no tenants')
  return [...rowsOf(tenant, '')]
}

/** Every setting of a tenant, by its place: `retry.attempts`. */
export const tenantSettings = (): string[] => tenantRows().map(([place = '']) => place.replaceAll('`', ''))

function* rowsOf(schema: SchemaNode, path: string): Generator<string[]> {
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const place = path === '' ? name : `${path}.${name}`
    const { properties, description } = member
    const isOptional = schema.required?.includes(name) !== true
    // A section may be left out when all of its members may. Then its members are listed.
    const isSection = properties !== undefined && (!isOptional || (member.required ?? []).length === 0)
    if (isSection) {
      const isLeftOut = isOptional && member.default === undefined
      if (description !== undefined) yield [`\`${place}\``, isLeftOut ? 'none' : '', describe(description)]
      yield* rowsOf(member, place)
    } else {
      yield [`\`${place}\``, defaultOf(member, isOptional), describe(description, limits(member))]
    }
  }
}

/** The members of a JSON Schema that the page shows. */
interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>> | undefined
  readonly additionalProperties?: SchemaNode | boolean | undefined
  readonly required?: readonly string[] | undefined
  readonly description?: string | undefined
  readonly default?: unknown
  readonly enum?: readonly unknown[] | undefined
  readonly minimum?: number | undefined
  readonly maximum?: number | undefined
}
const node: z.ZodType<SchemaNode> = z.lazy(() =>
  z.object({
    properties: z.record(z.string(), node).optional(),
    additionalProperties: z.union([node, z.boolean()]).optional(),
    required: z.array(z.string()).optional(),
    description: z.string().optional(),
    default: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
  }),
)

function defaultOf(schema: Pick<SchemaNode, 'default'>, isOptional: boolean): string {
  if (schema.default === undefined || schema.default === '') return isOptional ? 'none' : '**required**'
  return `\`${typeof schema.default === 'string' ? schema.default : JSON.stringify(schema.default)}\``
}

const describe = (description = '', more: readonly string[] = []): string =>
  [description.replace(/\.$/, ''), ...more].filter(part => part !== '').join('; ')

function limits({ enum: values, minimum, maximum }: Pick<SchemaNode, 'enum' | 'minimum' | 'maximum'>): string[] {
  if (values !== undefined) return [values.map(value => `\`${String(value)}\``).join(', ')]
  const top = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined
  if (minimum !== undefined && top !== undefined) return [`${minimum} to ${top}`]
  return minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? [`${minimum} or more`] : []
}

/** A table in Markdown. */
export const tableOf = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows]
    .map(cells => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')

/** The JSON Schema of the tenants file, for editors. */
export const tenantsJsonSchema = (): string =>
  `${JSON.stringify({ title: 'Ponte: tenants file', ...z.toJSONSchema(tenantsFile, { io: 'input' }) }, undefined, 2)}\n`
