import { type CrmVariables, sampleVariables } from '@ponte/contracts'
import { pipelineOfStage } from '@ponte/mappers'
import { toYamlLine } from '@ponte/runtime'
import { nameOf, listed, emailsOfUsableUsers } from '@ponte/operations'
import type { Session } from '../session.ts'
import type { CrmContent } from './choose-variables.ts'
import type { Correction } from './find-addresses.ts'
import { explainReason, type Finding } from './findings.ts'

export interface Discovery {
  readonly tenant: string
  readonly content: CrmContent
  readonly findings: readonly Finding[]
  readonly corrections: readonly Correction[]
  /** As the tenants file has them. */
  readonly variables: CrmVariables
}

const MOST_CHOICES = 20

/** YAML that can be pasted into the tenants file. What else a person must know stands in comments. */
export function describeDiscovery(
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
  const known = pipeline.items.slice(0, MOST_CHOICES).map(each => ({
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
  const choices = finding.choices.slice(0, MOST_CHOICES).map(({ value, name }) => {
    const shown = name === undefined ? toYamlLine(value) : `${toYamlLine(value)} (${name})`
    return paint('quiet', `    # - ${shown}`)
  })
  const more = finding.choices.length - choices.length
  return [head, ...choices, ...(more > 0 ? [paint('quiet', `    # … (+${more})`)] : [])]
}
