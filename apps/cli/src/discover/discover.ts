import { filterOf } from '@ponte/clients'
import { type TenantSettings, withoutEnd, type CrmVariables, type Language } from '@ponte/contracts'
import { changeTenantsFile, cliSettings, ConfigurationError, readConfiguration, type YamlChange } from '@ponte/runtime'
import { emailsOfUsableUsers } from '@ponte/operations'
import { exitCodes, UsageError } from '../exit-codes.ts'
import type { Command, Session } from '../session.ts'
import { chooseTenant } from '../settings/read-settings.ts'
import { chooseVariables, type CrmContent } from './choose-variables.ts'
import { describeDiscovery, type Discovery } from './describe-discovery.ts'
import { type CrmAccess, findAddresses } from './find-addresses.ts'
import { type Finding, explainReason, type VariableName } from './findings.ts'
import { readContent } from './read-content.ts'
import { createPrintable } from '../terminal/printable.ts'
import type { Questions } from '../terminal/questions.ts'
import type { Texts } from '../texts/texts.ts'

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
  { questions, texts, language }: { questions: Questions; texts: Texts['discover']; language: Language },
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
