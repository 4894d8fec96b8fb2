import { isDeepStrictEqual } from 'node:util'
import { isRecord, sampleVariables } from '@ponte/contracts'
import { editYaml } from '@ponte/runtime'
import { type Document, isMap, isScalar, parseDocument, stringify, visit } from 'yaml'

/** The name that the example gives to its tenant, and to what belongs to it. */
const EXAMPLE = 'acme'
/** What the tenants file itself has to say of a tenant. Until somebody says it, it is empty, which no process accepts. */
const asked = [
  ['totvsCrm', 'tenant'],
  ['variables', 'totvs_crm_default_user'],
] as const

/** `ACME` for `acme`: what the names of a tenant's variables begin with. */
export const prefixOf = (tenant: string): string =>
  tenant
    .toUpperCase()
    .replaceAll('-', '_')
    .replace(/^(?=\d)/, 'T_')

/** A text of the example files for this tenant: the names of its variables. */
export const forPrefix = (example: string, prefix: string): string =>
  example.replaceAll(`${EXAMPLE.toUpperCase()}_`, `${prefix}_`)

/** The example's tenants file, with this tenant in place of its own. */
export function tenantsTextOf(example: string, tenant: string): string {
  const key = stringify(tenant).trim()
  const renamed = forPrefix(example, prefixOf(tenant)).replace(new RegExp(`^  ${EXAMPLE}:`, 'm'), `  ${key}:`)
  return asked.reduce((text, path) => setAt(text, ['tenants', tenant, ...path], ''), renamed)
}

/** The tenants file with one tenant more, as the example has it. What stands there stays as it is, comments included. */
export function addTenant(text: string, example: string, tenant: string): string {
  const added = tenantsTextOf(example, tenant)
  const block = added.slice(added.search(new RegExp(`^  ["']?${tenant}["']?:`, 'm')))
  const before = parseDocument(text)
  const wanted = { ...tenantsOf(before), ...tenantsOf(parseDocument(added)) }
  const appended = appendBlock(text, before, block)
  if (appended !== undefined && isDeepStrictEqual(tenantsOf(parseDocument(appended)), wanted)) return appended
  // Tenants that stand within braces, or before something else.
  before.setIn(['tenants', tenant], before.createNode(wanted[tenant]))
  return before.toString({ lineWidth: 0 })
}

function appendBlock(text: string, document: Document.Parsed, block: string): string | undefined {
  const tenants = document.get('tenants', true)
  const [first] = isMap(tenants) ? tenants.items : []
  if (!isMap(tenants) || tenants.flow === true || first === undefined || !isScalar(first.key)) return undefined
  const start = first.key.range?.[0] ?? 0
  const indent = start - (text.lastIndexOf('\n', start - 1) + 1)
  const indented = block.replaceAll(/^ {2}(?=.)/gm, ' '.repeat(indent))
  return `${text.trimEnd()}\n\n${indented}`
}

/** The names of the tenants in the file. Undefined when it is not the YAML of a tenants file. */
export function tenantNamesIn(text: string): readonly string[] | undefined {
  const document = parseDocument(text)
  return document.errors.length > 0 || !isMap(document.get('tenants', true))
    ? undefined
    : Object.keys(tenantsOf(document))
}

const tenantsOf = (document: Document.Parsed): Readonly<Record<string, unknown>> => {
  const value: unknown = document.toJS()
  const tenants = isRecord(value) ? value['tenants'] : undefined
  return isRecord(tenants) ? tenants : {}
}

/** The variables that the tenants of the file refer to. */
export function variablesIn(text: string): readonly string[] {
  const found = new Set<string>()
  visit(parseDocument(text), {
    Scalar(_key, { value }) {
      for (const [, name = ''] of String(value).matchAll(/\$\{([A-Za-z_]\w*)\}/g)) found.add(name)
    },
  })
  return [...found]
}

/** Settings of tenants that are still empty, as paths below `tenants`. */
export function emptySettingsIn(text: string): readonly (readonly string[])[] {
  const document = parseDocument(text)
  return Object.keys(tenantsOf(document)).flatMap(tenant =>
    asked.flatMap(path => (document.getIn(['tenants', tenant, ...path]) === '' ? [[tenant, ...path]] : [])),
  )
}

/** The tenant's variables without the samples of the example: those are the ids of another CRM. `ponte discover` finds the tenant's own. */
export function withoutSamples(text: string, tenant: string): string {
  const names = Object.keys(sampleVariables)
  const named = uncomment(text, tenant, Object.fromEntries(names.map(name => [`variables.${name}`, '""'])))
  return names.reduce((rest, name) => setAt(rest, ['tenants', tenant, 'variables', name], ''), named)
}

/** The tenants whose variables nobody has found out yet. */
export function tenantsToDiscover(text: string): readonly string[] {
  const tenants = tenantsOf(parseDocument(text))
  return Object.entries(tenants).flatMap(([name, tenant]) => {
    const given = isRecord(tenant) && isRecord(tenant['variables']) ? tenant['variables'] : {}
    return Object.keys(sampleVariables).some(variable => given[variable] === '') ? [name] : []
  })
}

/** Writes one setting; the rest of the text stays to the letter. */
export function setAt(text: string, path: readonly string[], value: string): string {
  const edited = editYaml(text, [{ path, value }])
  if (edited === undefined) throw new Error(`the tenants file does not let ${path.join('.')} be changed`)
  return edited
}

/** Gives a setting that the example has commented out, as its default, another value. */
export const uncomment = (text: string, tenant: string, values: Readonly<Record<string, string>>): string => {
  const at = text.search(new RegExp(`^\\s+["']?${tenant}["']?:`, 'm'))
  return Object.entries(values).reduce((rest, [name, value]) => {
    const [section = '', setting = ''] = name.split('.')
    const from = rest.indexOf(`${section}:`, at)
    return rest.slice(0, from) + rest.slice(from).replace(`# ${setting}: `, `${setting}: ${value} # `)
  }, text)
}
