import { filterOf, type CrmRecords, type TotvsCrmClient } from '@ponte/clients'
import {
  DAY_MS,
  type TenantSettings,
  withoutEnd,
  type CrmVariables,
  type Language,
  sampleVariables,
  type CrmCatalogEntry,
  type CrmLead,
  readCrmTime,
} from '@ponte/contracts'
import {
  changeTenantsFile,
  cliSettings,
  ConfigurationError,
  readConfiguration,
  type YamlChange,
  toYamlLine,
} from '@ponte/runtime'
import { emailsOfUsableUsers, nameOf, listed, type IdList, orNothing } from '@ponte/operations'
import { exitCodes, UsageError, type Command, type Session } from '../session.ts'
import { chooseTenant } from '../installation.ts'
import { chooseVariables, type CrmContent, explainReason, type Finding, type VariableName } from './choose-variables.ts'
import { type CrmAccess, findAddresses, type Correction } from './find-addresses.ts'
import { createPrintable } from '../terminal/paint.ts'
import type { Questions } from '../terminal/questions.ts'
import { pipelineOfStage } from '@ponte/mappers'

const RECENT_DAYS = 30

/** Reads what the variables may name, and the leads that show the ids: the one of an e-mail, or the newest ones. */
async function readContent(
  { crm, unread }: CrmAccess,
  { resources }: Pick<TenantSettings['totvsCrm'], 'resources'>,
  email: string | undefined,
): Promise<CrmContent> {
  const nothing = { items: [], isComplete: false }
  const catalog = async (kind: 'pipeline' | 'stage' | 'opportunityType'): Promise<CrmRecords<CrmCatalogEntry>> =>
    unread.has(kind) ? nothing : await crm.readCatalog(kind)
  return {
    unread,
    pipeline: await catalog('pipeline'),
    stage: await catalog('stage'),
    opportunityType: await catalog('opportunityType'),
    user: unread.has('user') ? nothing : await crm.readUsers(),
    leads: unread.has('lead') ? [] : await readLeads(crm, email),
    isLeadNamed: email !== undefined,
    lists: await readLists(crm, resources),
  }
}

/** The newest first. */
async function readLeads(crm: TotvsCrmClient, email: string | undefined): Promise<readonly CrmLead[]> {
  const leads = email === undefined ? await readRecentLeads(crm) : await findLeads(crm, email)
  const times = new Map(leads.map(lead => [lead, timeOf(lead)]))
  const sorted = leads.toSorted((one, other) => (times.get(other) ?? 0) - (times.get(one) ?? 0))
  return email === undefined ? sorted : sorted.slice(0, 1)
}

async function findLeads(crm: TotvsCrmClient, email: string): Promise<readonly CrmLead[]> {
  const wanted = email.toLowerCase()
  const filter = filterOf({ field: 'emails.email', op: 'ieq', value: wanted })
  const isWanted = ({ emails }: CrmLead): boolean => emails.some(each => each.email.trim().toLowerCase() === wanted)
  return filter === undefined ? [] : await crm.findLeads(filter, isWanted)
}

/** A CRM may have more leads than can be read. So those of the last days are asked for, and any where that filter does not work. */
async function readRecentLeads(crm: TotvsCrmClient): Promise<readonly CrmLead[]> {
  const recent = await orNothing(crm.readLeads(new Date(Date.now() - RECENT_DAYS * DAY_MS)))
  return recent.length > 0 ? recent : await crm.readLeads()
}

function timeOf(lead: CrmLead): number {
  const times = [lead['createdAt'], lead['updatedAt']].map(readCrmTime)
  const time = times.find(each => typeof each === 'object')
  return time?.at ?? 0
}

async function readLists(
  crm: TotvsCrmClient,
  resources: TenantSettings['totvsCrm']['resources'],
): Promise<ReadonlyMap<IdList, readonly CrmCatalogEntry[]>> {
  const names: readonly IdList[] = ['leadSituation', 'leadOrigin', 'emailType', 'phoneType', 'addressType']
  const lists = new Map<IdList, readonly CrmCatalogEntry[]>()
  for (const name of names) {
    const resource = resources[name]
    if (resource !== undefined) lists.set(name, await orNothing(crm.listRegistry(resource)))
  }
  return lists
}

interface Discovery {
  readonly tenant: string
  readonly content: CrmContent
  readonly findings: readonly Finding[]
  readonly corrections: readonly Correction[]
  /** As the tenants file has them. */
  readonly variables: CrmVariables
}

const MAX_CHOICES = 20

/** YAML that can be pasted into the tenants file. What else a person must know stands in comments. */
function describeDiscovery(
  { tenant, content, findings, corrections, variables }: Discovery,
  session: Session,
): string[] {
  const { paint } = session
  const texts = session.texts.discover
  const comment = (text: string): string => paint('quiet', `# ${text}`)
  const list = (title: string, names: readonly string[]): string =>
    comment(`${title}: ${names.length === 0 ? texts.none : listed(names)}`)
  const [lead] = content.leads
  return [
    paint('heading', `# ${tenant}`),
    comment(`${texts.pipelines}:`),
    ...pipelinesOf(content).map(({ name, stages }) => comment(`  ${name}: ${listed(stages)}`)),
    list(texts.types, content.opportunityType.items.map(nameOf)),
    list(texts.users, emailsOfUsableUsers(content.user.items)),
    ...(lead === undefined ? [] : [comment(content.isLeadNamed ? texts.lead(lead.id) : texts.newestLead(lead.id))]),
    ...(corrections.length === 0 ? [] : ['totvsCrm:', ...correctionLines(corrections, session)]),
    'variables:',
    ...findings.flatMap(finding => findingLines(finding, variables, session)),
  ]
}

function pipelinesOf({ pipeline, stage }: CrmContent): { name: string; stages: string[] }[] {
  const known = pipeline.items.slice(0, MAX_CHOICES).map(each => ({
    name: nameOf(each),
    stages: stage.items.filter(own => pipelineOfStage(own) === each.id).map(nameOf),
  }))
  const others = stage.items.filter(own => !pipeline.items.some(({ id }) => id === pipelineOfStage(own)))
  return others.length === 0 ? known : [...known, { name: '?', stages: others.map(nameOf) }]
}

function correctionLines(corrections: readonly Correction[], { texts, paint }: Session): string[] {
  const lineOf = ({ path, was, value }: Correction): string =>
    `${'  '.repeat(path.length)}${path.at(-1)}: ${toYamlLine(value)}${paint('warning', ` # ${texts.discover.insteadOf(was)}`)}`
  const [paths, resources] = [
    corrections.filter(({ path }) => path.length === 1),
    corrections.filter(({ path }) => path.length > 1),
  ]
  return [...paths.map(lineOf), ...(resources.length === 0 ? [] : ['  resources:', ...resources.map(lineOf)])]
}

function findingLines(
  finding: Finding,
  variables: CrmVariables,
  { texts: { discover: texts }, paint, language }: Session,
): string[] {
  const { variable, status } = finding
  if (status === 'found') {
    const others = finding.others ?? 0
    const note = others === 0 || finding.isKept ? '' : paint('warning', ` # ${texts.others(others)}`)
    return [`  ${variable}: ${toYamlLine(finding.value)}${note}`]
  }
  const reason = explainReason(finding.reason, variable, language)
  // Not a sample: whoever pastes that would not be told any more that the value is not known.
  const given = variables[variable] === sampleVariables[variable] ? '' : variables[variable]
  const head = `  ${variable}: ${given === '' ? "''" : toYamlLine(given)} ${paint('bad', `# ! ${reason}`)}`
  if (status === 'missing') return [head]
  const choices = finding.choices.slice(0, MAX_CHOICES).map(({ value, name }) => {
    const shown = name === undefined ? toYamlLine(value) : `${toYamlLine(value)} (${name})`
    return paint('quiet', `    # - ${shown}`)
  })
  const more = finding.choices.length - choices.length
  return [head, ...choices, ...(more > 0 ? [paint('quiet', `    # … (+${more})`)] : [])]
}

export interface DiscoverOptions {
  readonly tenant?: string
  /** The e-mail of the lead that the ids are taken from. */
  readonly lead?: string
  readonly write?: boolean
}

/** Finds the ten variables in TOTVS CRM, shows them as YAML and, if asked, writes what is certain into the tenants file. */
export const discover: Command<DiscoverOptions> = async (options, session) => {
  const texts = session.texts.discover
  const email = emailOf(options, session)
  const { env, language } = session
  const { PONTE_CONFIG: file, tenants } = await readConfiguration(cliSettings.pick({ PONTE_CONFIG: true }), env, {
    language,
    uses: ['crmCredentials'],
    allowsEmptyVariables: true,
  })
  const tenant = chooseTenant(tenants, options.tenant, session)
  const { totvsCrm, variables } = tenant.settings
  session.progress(texts.loggingIn(tenant.name))
  const access = await accessTo(tenant.name, totvsCrm, session)
  session.progress(texts.reading(tenant.name))
  const content = await readContent(access, totvsCrm, email)
  const findings =
    session.questions === undefined
      ? chooseVariables(content, variables)
      : await chooseByHand(content, variables, { questions: session.questions, texts, language })
  const discovery = { tenant: tenant.name, content, findings, corrections: access.corrections, variables }
  const write = options.write === true ? await writeInto(file, discovery, session) : 'not-asked'

  const found = findings.filter(({ status }) => status === 'found').length
  const isWhole = found === findings.length
  const problems = typeof write === 'string' ? [] : write.problems
  const outcome = typeof write === 'string' ? [texts.outcomes[write](file)] : problems
  return {
    exitCode: problems.length > 0 ? exitCodes.wrongUse : isWhole ? exitCodes.ok : exitCodes.problems,
    data: {
      ok: isWhole && problems.length === 0,
      ...dataOf(discovery),
      file,
      written: write === 'written',
      ...(problems.length > 0 && { error: { code: 'CONFIGURATION', messages: problems } }),
    },
    lines: [
      ...describeDiscovery(discovery, session),
      session.paint(isWhole ? 'good' : 'bad', `# ${texts.found(found)}`),
      ...outcome.map(line => session.paint(problems.length > 0 ? 'bad' : 'quiet', `# ${line}`)),
    ],
  }
}

/** What a file that cannot be written should have is still shown. */
async function writeInto(
  file: string,
  discovery: Discovery,
  { env, language }: Session,
): Promise<'written' | 'unchanged' | { readonly problems: readonly string[] }> {
  try {
    return (await changeTenantsFile(file, changesOf(discovery), { env, language })) ? 'written' : 'unchanged'
  } catch (error) {
    if (error instanceof ConfigurationError) return { problems: error.problems }
    throw error
  }
}

function emailOf({ lead }: DiscoverOptions, { texts }: Session): string | undefined {
  const email = lead?.trim()
  const isUsable = email === undefined || (/^[^\s@]+@[^\s@]+$/.test(email) && filterOf(asked(email)) !== undefined)
  if (!isUsable) throw new UsageError(texts.discover.leadUnusable)
  return email
}

const asked = (value: string) => ({ field: 'emails.email', op: 'ieq', value }) as const

/** Throws ConfigurationError when the settings, and what is tried in their place, lead nowhere. */
async function accessTo(tenant: string, settings: TenantSettings['totvsCrm'], session: Session): Promise<CrmAccess> {
  const access = await findAddresses(settings)
  if (!('problem' in access)) return access
  const texts = session.texts.discover
  const url = withoutEnd(settings.baseUrl, '/')
  const problem =
    access.problem === 'login-refused'
      ? texts.loginRefused(access.status)
      : access.problem === 'no-login'
        ? texts.noLogin({ url, tried: access.tried.join(', ') })
        : texts.noIntegrationApi(access.tried.join(', '))
  throw new ConfigurationError([`tenants.${tenant}.totvsCrm: ${problem}`])
}

/** A value that the file has stays as it is written there, also where it is a reference or a default. */
const changesOf = ({ tenant, findings, corrections }: Discovery): YamlChange[] => [
  ...corrections.map(({ path, value }) => ({
    path: ['tenants', tenant, 'totvsCrm', ...path],
    value: typeof value === 'string' ? value : { ...value },
  })),
  ...findings.flatMap(finding => {
    if (finding.status !== 'found') return []
    const { variable, value, isKept } = finding
    return [{ path: ['tenants', tenant, 'variables', variable], value, isDefault: isKept }]
  }),
]

/** For `--json`. */
function dataOf({ tenant, content, findings, corrections }: Discovery): object {
  const entries = ({ items }: Pick<typeof content.pipeline, 'items'>) =>
    items.map(({ id, description, pipelineId, pipeline }) => ({
      id,
      description,
      pipeline: pipelineId ?? pipeline?.id,
    }))
  const valueOf = (finding: Finding): string | null => (finding.status === 'found' ? finding.value : null)
  return {
    tenant,
    variables: Object.fromEntries(findings.map(finding => [finding.variable, valueOf(finding)])),
    findings,
    corrections: corrections.map(({ path, was, value }) => ({ setting: ['totvsCrm', ...path].join('.'), was, value })),
    pipelines: entries(content.pipeline),
    stages: entries(content.stage),
    types: entries(content.opportunityType),
    defaultUsers: emailsOfUsableUsers(content.user.items),
    lead: content.leads[0]?.id ?? null,
  }
}

const printable = createPrintable(false)

/** A stage can be chosen only once its pipeline is known. */
const firstAsked: VariableName = 'totvs_crm_pipeline'

/** Asks the person at the terminal for each variable that is ambiguous. One that the person leaves open stays so. */
async function chooseByHand(
  content: CrmContent,
  variables: CrmVariables,
  { questions, texts, language }: { questions: Questions; texts: Session['texts']['discover']; language: Language },
): Promise<Finding[]> {
  const answers = new Map<VariableName, string>()
  const current = (): Finding[] => {
    const chosen = Object.fromEntries([...answers].filter(([, value]) => value !== ''))
    return chooseVariables(content, { ...variables, ...chosen }).map(finding => {
      const value = chosen[finding.variable]
      return value === undefined ? finding : { variable: finding.variable, status: 'found', value, isKept: false }
    })
  }
  for (;;) {
    const open = current().filter(({ variable, status }) => status === 'ambiguous' && !answers.has(variable))
    const next = open.find(({ variable }) => variable === firstAsked) ?? open[0]
    if (next?.status !== 'ambiguous') return current()
    const { variable, reason, choices } = next
    const answer = await questions.choose(`${variable}: ${explainReason(reason, variable, language)}`, [
      ...choices.map(({ value, name }) => ({
        value,
        name: printable(name === undefined ? value : `${name} (${value})`),
      })),
      { value: '', name: texts.leaveOpen },
    ])
    answers.set(variable, answer)
  }
}
