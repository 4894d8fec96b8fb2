import { type CrmVariables, failures, isFailureCode, sampleVariables, type System } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import { createDoctorResults, createSelfTests, type DoctorResult, type SelfTest } from '@ponte/state'
import { type Connection, needsPerson, readConnections } from '../bridge/connections.ts'
import type { OperationsDeps } from '../operations-deps.ts'
import { doctorChecks, type SetUpStep, setUpSteps } from './doctor-investigation.ts'

export interface Checklist extends Findings {
  /** In the order in which people do them. Nothing is open once all is set up and proved, and `ponte doctor` has no objection. */
  readonly steps: readonly ChecklistStep[]
}

export interface ChecklistStep {
  readonly step: SetUpStep
  /** To the system that the step is about, if it is about one. */
  readonly connection: Connection | undefined
  /** It was once seen to work, whatever `ponte doctor` found. */
  readonly isProved: boolean
  /** The system once accepted what a person has since to correct: its account, or the login. */
  readonly isLost: boolean
  /** What `ponte doctor` found of it, unless it was proved since then that it is gone, or the values are others. */
  readonly problems: DoctorResult['problems']
  readonly isOpen: boolean
}

interface Findings {
  readonly tenant: Tenant
  readonly connections: readonly Connection[]
  readonly tests: Readonly<Partial<Record<System, SelfTest | undefined>>>
  readonly doctor: DoctorResult | undefined
  readonly values: ValuesCheck
  /** The last test of the alerts, which are the same for all tenants. */
  readonly alerts: SelfTest | undefined
}

interface ValuesCheck {
  /** Variables that still have the sample value of TOTVS's page, or none. */
  readonly unset: readonly string[]
  /** When these values were checked. Undefined: they have not been. */
  readonly checkedAt: number | undefined
  /** The values have changed since `ponte doctor` ran. */
  readonly isOutdated: boolean
}

/** How far each tenant is set up. A tenant for which Redis did not answer has no checklist. `now`: milliseconds since 1970. */
export async function readChecklists(
  { redis, fingerprint }: Pick<OperationsDeps, 'redis' | 'fingerprint'>,
  tenants: readonly Tenant[],
  now: number,
): Promise<readonly { readonly tenant: Tenant; readonly checklist: Checklist | undefined }[]> {
  const selfTests = createSelfTests(redis)
  const alerts = await selfTests.read('alerts').catch(() => undefined)
  const read = async (tenant: Tenant): Promise<Checklist> => {
    const { name, settings } = tenant
    const [{ connections }, tests, doctor] = await Promise.all([
      readConnections(redis, name, now),
      selfTests.readConnections(name),
      createDoctorResults(redis).read(name),
    ])
    const variables = fingerprint.exact(JSON.stringify(settings.variables))
    const values = checkValues(settings.variables, doctor, variables)
    const found = { tenant, connections, tests, doctor, values, alerts }
    return { ...found, steps: setUpSteps.map(step => readStep(step, found)) }
  }
  return await Promise.all(
    tenants.map(async tenant => ({ tenant, checklist: await read(tenant).catch(() => undefined) })),
  )
}

/**
 * A sample id is nearly always another CRM's, and `ponte doctor` says when it is this one's. A name may well be that of the sample; when it
 * is not there, that is a problem of `ponte doctor`.
 */
function checkValues(values: CrmVariables, found: DoctorResult | undefined, variables: string): ValuesCheck {
  const isOutdated = found !== undefined && found.variables !== variables
  const doctor = isOutdated ? undefined : found
  const unset = Object.entries(values)
    .filter(([name, value]) => {
      const isSampleId = /^[0-9a-f-]{36}$/.test(value) && isSample(name, value)
      return value.trim() === '' || (isSampleId && doctor?.samples.includes(name) !== false)
    })
    .map(([name]) => name)
  return { unset, checkedAt: doctor?.at, isOutdated }
}

const isSample = (name: string, value: string): boolean =>
  Object.entries(sampleVariables).some(([other, sample]) => other === name && sample === value)

/** Which system a step is about. */
const systemOf: Readonly<Partial<Record<SetUpStep, System>>> = {
  'rd-account': 'rd-station',
  'crm-login': 'totvs-crm',
  'rd-webhook': 'rd-station',
  'crm-webhooks': 'totvs-crm',
}

function readStep(step: SetUpStep, found: Findings): ChecklistStep {
  const connection = found.connections.find(({ system }) => system === systemOf[step])
  const isLost = connection?.lastSuccess !== undefined && needsPerson(connection)
  const isProved = proofs[step](found, connection)
  const problems = problemsOf(step, found, connection)
  return { step, connection, isProved, isLost, problems, isOpen: !isProved || problems.length > 0 }
}

type Proof = (found: Findings, connection: Connection | undefined) => boolean

const isAccepted: Proof = (_, connection) => connection?.lastSuccess !== undefined && !needsPerson(connection)
const hasDelivered: Proof = (_, connection) =>
  connection?.lastDelivery !== undefined && connection.refused === undefined

const proofs: Readonly<Record<SetUpStep, Proof>> = {
  'rd-account': isAccepted,
  'crm-login': isAccepted,
  values: ({ values: { unset, checkedAt } }) => unset.length === 0 && checkedAt !== undefined,
  'rd-webhook': hasDelivered,
  'crm-webhooks': hasDelivered,
  alerts: ({ alerts: { channels = [] } = {} }) =>
    channels.length > 0 && channels.every(({ result }) => result === 'sent'),
}

function problemsOf(
  step: SetUpStep,
  { doctor, values, tests }: Findings,
  connection: Connection | undefined,
): DoctorResult['problems'] {
  if (doctor === undefined || (step === 'values' && values.isOutdated)) return []
  const test = connection && tests[connection.system]
  // A call that was made and did not fail.
  const tested = test?.code === undefined && test?.durationMs !== undefined ? (test.endedAt ?? 0) : 0
  return doctor.problems.filter(({ check, problem, at = doctor.at }) => {
    const row = doctorChecks.find(each => each.check === check)
    if (row === undefined || !row.steps.some(other => other === step)) return false
    const overtakenBy = isOutage(problem) ? 'lastSuccess' : 'overtakenBy' in row ? row.overtakenBy : undefined
    if (overtakenBy === undefined) return true
    return Math.max(connection?.[overtakenBy] ?? 0, overtakenBy === 'lastSuccess' ? tested : 0) <= at
  })
}

/** The system did not answer, or asked to wait: its next answer shows that this is over. */
const isOutage = (problem: string): boolean =>
  isFailureCode(problem) && ['down', 'throttled'].includes(failures[problem].breakerReason ?? '')
