import { randomBytes } from 'node:crypto'
import { parseEnvFile, editYaml } from '@ponte/runtime'
import { isDeepStrictEqual } from 'node:util'
import { isRecord, sampleVariables } from '@ponte/contracts'
import { type Document, isMap, isScalar, parseDocument, stringify, visit } from 'yaml'

/** What a value refers to may be set elsewhere: it is no missing value. */
const entriesOf = (text: string) => parseEnvFile(text, { lookup: () => 'set elsewhere' })

/** The names that stand in the text, and whether each has a value. What is commented out does not stand there. */
export const namesIn = (text: string): ReadonlyMap<string, { readonly hasValue: boolean }> =>
  new Map(entriesOf(text).map(({ name, value }) => [name, { hasValue: value !== '' }]))

export const hasValue = (text: string, name: string): boolean => namesIn(text).get(name)?.hasValue === true

export const valueIn = (text: string, name: string): string | undefined =>
  parseEnvFile(text).find(entry => entry.name === name)?.value

/** The text with this value, unless the name has one already. The line stays where it is; a new one comes last. */
export function fillValue(text: string, name: string, value: string): string {
  const found = entriesOf(text).find(entry => entry.name === name)
  if (found !== undefined && found.value !== '') return text
  const line = `${name}=${value === '' ? '' : quote(value)}`
  if (found === undefined) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`
  return `${text.slice(0, found.start)}${line}${text.slice(found.end)}`
}

/** A line break would be read as it is, and nobody would see it. */
export const canBeWritten = (value: string): boolean => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)

/** Nothing is special within single quotes but a quote, and a backslash before one. */
const quote = (value: string): string =>
  /['\\]/.test(value) ? `"${value.replaceAll(/["$\\]/g, String.raw`\$&`)}"` : `'${value}'`

export const fileNames = ['.env', '.env.webhooks', '.env.credentials', 'ponte.config.yaml'] as const
export type FileName = (typeof fileNames)[number]
export type Files = Readonly<Record<FileName, string>>

export interface Wanted {
  /** The texts that the files are made from. */
  readonly examples: Files
  /** One that the tenants file may not have yet. */
  readonly tenant: string | undefined
  readonly url: string | undefined
  /** Address of a sandbox that the new tenant speaks to. */
  readonly sandbox: string | undefined
  /** `uid:gid` of who runs in the containers, where it is not the image's own user. */
  readonly user: string | undefined
  /** What is set here already is not missing. */
  readonly env: NodeJS.ProcessEnv
}

/** A value that is missing, by its file and its name there. */
export interface Missing {
  readonly file: FileName
  readonly name: string
}

/** What `connect` replaces; the file may not leave it empty. */
const NOT_CONNECTED = 'not-connected-yet'
const isWebhookToken = (name: string): boolean => name.endsWith('_WEBHOOK_TOKEN')

/** The files with every value that can be made up. What is there already stays as it is. */
export function planFiles(found: Partial<Files>, wanted: Wanted): Files {
  const tenantsText = planTenants(found['ponte.config.yaml'], wanted)
  const names = variablesIn(tenantsText)
  const ofSandbox = wanted.sandbox === undefined ? {} : sandboxLogins(prefixOf(wanted.tenant ?? ''))
  const planSecrets = (file: FileName, own: readonly string[]): string => {
    const [prefix = ''] =
      tenantNamesIn(tenantsText)
        ?.map(prefixOf)
        .filter(each => own.some(name => name.startsWith(each))) ?? []
    const text = found[file] ?? (prefix === '' ? '' : forPrefix(wanted.examples[file], prefix))
    return own
      .filter(name => (wanted.env[name] ?? '') === '')
      .reduce((rest, name) => fillValue(rest, name, ofSandbox[name] ?? inventedValue(name)), text)
  }
  return {
    '.env': planSettings(found['.env'], wanted),
    '.env.webhooks': planSecrets('.env.webhooks', names.filter(isWebhookToken)),
    '.env.credentials': planSecrets(
      '.env.credentials',
      names.filter(name => !isWebhookToken(name)),
    ),
    'ponte.config.yaml': tenantsText,
  }
}

function planTenants(found: string | undefined, { examples, tenant, sandbox }: Wanted): string {
  const example = examples['ponte.config.yaml']
  if (tenant === undefined) return found ?? example
  if (found !== undefined && tenantNamesIn(found)?.includes(tenant) === true) return found
  const text = found === undefined ? tenantsTextOf(example, tenant) : addTenant(found, example, tenant)
  return sandbox === undefined ? withoutSamples(text, tenant) : speakToSandbox(text, tenant, sandbox)
}

function planSettings(found: string | undefined, { examples, url, user }: Wanted): string {
  const text = found ?? examples['.env']
  // Another fingerprint key than the one that is derived would lose whom Redis knows; and accounts may take the place of the one login.
  const hasKey = hasValue(text, 'PONTE_SECRET_KEY')
  const hasAccounts = hasValue(text, 'BOARD_ACCOUNTS')
  const values: Readonly<Record<string, string>> = {
    REDIS_PASSWORD: randomBytes(32).toString('hex'),
    PONTE_SECRET_KEY: randomBytes(32).toString('base64'),
    ...(!hasKey && { PONTE_FINGERPRINT_KEY: randomBytes(32).toString('base64') }),
    ...(!hasAccounts && { BOARD_USER: 'operator', BOARD_PASSWORD: randomBytes(15).toString('base64url') }),
    ...(user !== undefined && { PONTE_USER: user }),
  }
  const names = namesIn(text)
  // Whoever took a line out does not want the setting.
  const wanted = Object.entries(values).filter(([name]) => names.has(name))
  return [...wanted, ...Object.entries(url === undefined ? {} : settingsOf(url))].reduce(
    (rest, [name, value]) => fillValue(rest, name, value),
    text,
  )
}

const settingsOf = (url: string): Readonly<Record<string, string>> => ({
  BOARD_PUBLIC_URL: url,
  ALERT_BOARD_URL: url,
  // A proxy on this machine or in its container comes from a private address.
  BOARD_TRUSTED_PROXIES: 'loopback,uniquelocal',
  INGRESS_TRUSTED_PROXIES: 'loopback,uniquelocal',
})

const inventedValue = (name: string): string => {
  if (isWebhookToken(name)) return randomBytes(32).toString('hex')
  return name.endsWith('_RD_REFRESH_TOKEN') ? NOT_CONNECTED : ''
}

/** Nothing secret: docs/sandbox.md */
const sandboxLogins = (prefix: string): Readonly<Record<string, string>> => ({
  [`${prefix}_RD_WEBHOOK_TOKEN`]: 'demo-rd-webhook-token-of-the-sandbox',
  [`${prefix}_CRM_WEBHOOK_TOKEN`]: 'demo-crm-webhook-token-of-the-sandbox',
  [`${prefix}_RD_CLIENT_ID`]: 'demo-client',
  [`${prefix}_RD_CLIENT_SECRET`]: 'demo-secret',
  [`${prefix}_RD_REFRESH_TOKEN`]: 'demo-refresh',
  [`${prefix}_CRM_USERNAME`]: 'ponte@demo.example',
  [`${prefix}_CRM_PASSWORD`]: 'demo-password',
})

function speakToSandbox(text: string, tenant: string, address: string): string {
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(address).hostname)
  const insecure = isLoopback ? {} : { 'rdStation.insecure': 'true', 'totvsCrm.insecure': 'true' }
  const settings = uncomment(text, tenant, {
    'rdStation.baseUrl': `${address}/rd`,
    'rdStation.tokenUrl': `${address}/rd/auth/token`,
    // Nobody should have to wait five minutes for the first mark.
    'rdStation.minContactAgeSeconds': '1',
    'totvsCrm.baseUrl': `${address}/crm`,
    ...insecure,
  })
  const named = setAt(settings, ['tenants', tenant, 'totvsCrm', 'tenant'], 'demo')
  return setAt(named, ['tenants', tenant, 'variables', 'totvs_crm_default_user'], 'vendas@demo.example')
}

/** What no process can do without and nobody has said yet. */
export function missingIn(files: Files, env: NodeJS.ProcessEnv): readonly Missing[] {
  const needed = ['REDIS_PASSWORD', 'PONTE_SECRET_KEY', 'BOARD_USER', 'BOARD_PASSWORD'] as const
  const withAccounts = hasValue(files['.env'], 'BOARD_ACCOUNTS')
  const settings = needed
    .filter(name => namesIn(files['.env']).has(name) && !(withAccounts && name.startsWith('BOARD_')))
    .map(name => ({ file: '.env', name }) as const)
  const secrets = variablesIn(files['ponte.config.yaml']).map(
    name => ({ file: isWebhookToken(name) ? '.env.webhooks' : '.env.credentials', name }) as const,
  )
  const values = emptySettingsIn(files['ponte.config.yaml']).map(
    path => ({ file: 'ponte.config.yaml', name: `tenants.${path.join('.')}` }) as const,
  )
  const isUnset = ({ file, name }: Missing): boolean => !hasValue(files[file], name) && (env[name] ?? '') === ''
  return [...[...settings, ...secrets].filter(isUnset), ...values]
}

/** The name that the example gives to its tenant, and to what belongs to it. */
const EXAMPLE = 'acme'
/** What the tenants file itself has to say of a tenant. Until somebody says it, it is empty, which no process accepts. */
const asked = [
  ['totvsCrm', 'tenant'],
  ['variables', 'totvs_crm_default_user'],
] as const

/** `ACME` for `acme`: what the names of a tenant's variables begin with. */
const prefixOf = (tenant: string): string =>
  tenant
    .toUpperCase()
    .replaceAll('-', '_')
    .replace(/^(?=\d)/, 'T_')

/** A text of the example files for this tenant: the names of its variables. */
const forPrefix = (example: string, prefix: string): string =>
  example.replaceAll(`${EXAMPLE.toUpperCase()}_`, `${prefix}_`)

/** The example's tenants file, with this tenant in place of its own. */
function tenantsTextOf(example: string, tenant: string): string {
  const key = stringify(tenant).trim()
  const renamed = forPrefix(example, prefixOf(tenant)).replace(new RegExp(`^  ${EXAMPLE}:`, 'm'), `  ${key}:`)
  return asked.reduce((text, path) => setAt(text, ['tenants', tenant, ...path], ''), renamed)
}

/** The tenants file with one tenant more, as the example has it. What stands there stays as it is, comments included. */
function addTenant(text: string, example: string, tenant: string): string {
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
function variablesIn(text: string): readonly string[] {
  const found = new Set<string>()
  visit(parseDocument(text), {
    Scalar(_key, { value }) {
      for (const [, name = ''] of String(value).matchAll(/\$\{([A-Za-z_]\w*)\}/g)) found.add(name)
    },
  })
  return [...found]
}

/** Settings of tenants that are still empty, as paths below `tenants`. */
function emptySettingsIn(text: string): readonly (readonly string[])[] {
  const document = parseDocument(text)
  return Object.keys(tenantsOf(document)).flatMap(tenant =>
    asked.flatMap(path => (document.getIn(['tenants', tenant, ...path]) === '' ? [[tenant, ...path]] : [])),
  )
}

/** The tenant's variables without the samples of the example: those are the ids of another CRM. `ponte discover` finds the tenant's own. */
function withoutSamples(text: string, tenant: string): string {
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
const uncomment = (text: string, tenant: string, values: Readonly<Record<string, string>>): string => {
  const at = text.search(new RegExp(`^\\s+["']?${tenant}["']?:`, 'm'))
  return Object.entries(values).reduce((rest, [name, value]) => {
    const [section = '', setting = ''] = name.split('.')
    const from = rest.indexOf(`${section}:`, at)
    return rest.slice(0, from) + rest.slice(from).replace(`# ${setting}: `, `${setting}: ${value} # `)
  }, text)
}
