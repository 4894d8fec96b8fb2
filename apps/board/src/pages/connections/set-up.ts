import { type CrmVariables, sampleVariables, type System } from '@ponte/contracts'
import {
  type Connection,
  doctorChecks,
  needsPerson,
  readConnections,
  type SetUpStep,
  setUpSteps,
} from '@ponte/operations'
import type { Tenant } from '@ponte/runtime'
import { createDoctorResults, createSelfTests, type DoctorResult, type SelfTest } from '@ponte/state'
import type { BoardDeps } from '../../board-deps.ts'

/** What is known of how a tenant is set up. */
export interface SetUp {
  readonly tenant: Tenant
  readonly connections: readonly Connection[]
  readonly tests: Readonly<Partial<Record<System, SelfTest | undefined>>>
  /** The last `ponte doctor`. */
  readonly doctor: DoctorResult | undefined
  readonly values: ValuesCheck
  /** The last test of the alerts, which are the same for all tenants. */
  readonly alerts: SelfTest | undefined
}

export interface ValuesCheck {
  /** Variables that still have the sample value of TOTVS's page, or none. */
  readonly unset: readonly string[]
  /** When these values were checked. Undefined: they have not been. */
  readonly checkedAt: number | undefined
  /** The values have changed since `ponte doctor` ran. */
  readonly isOutdated: boolean
}

/** Undefined when Redis did not answer. */
export async function readSetUp(
  { redis, fingerprint }: Pick<BoardDeps, 'redis' | 'fingerprint'>,
  tenant: Tenant,
  { now, alerts }: { readonly now: number; readonly alerts: SelfTest | undefined },
): Promise<SetUp | undefined> {
  const { name, settings } = tenant
  try {
    const [{ connections }, tests, doctor] = await Promise.all([
      readConnections(redis, name, now),
      createSelfTests(redis).readConnections(name),
      createDoctorResults(redis).read(name),
    ])
    const variables = fingerprint.exact(JSON.stringify(settings.variables))
    return { tenant, connections, tests, doctor, values: checkValues(settings.variables, doctor, variables), alerts }
  } catch {
    return undefined
  }
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

const connectionOf = ({ connections }: SetUp, system: System): Connection | undefined =>
  connections.find(each => each.system === system)

/** Whether the system once accepted what a person has since to correct: its account, or the login. */
export function isLost(setUp: SetUp, system: System): boolean {
  const connection = connectionOf(setUp, system)
  return connection?.last?.success !== undefined && needsPerson(connection)
}

const isAccepted = (setUp: SetUp, system: System): boolean =>
  connectionOf(setUp, system)?.last?.success !== undefined && !isLost(setUp, system)

/** What was refused of the system since one of its deliveries was accepted. */
export const refusedOf = (setUp: SetUp, system: System): Connection['refused'] => connectionOf(setUp, system)?.refused

const hasDelivered = (setUp: SetUp, system: System): boolean =>
  connectionOf(setUp, system)?.last?.delivery !== undefined && refusedOf(setUp, system) === undefined

/** Which system a step is about. */
export const systemOf = {
  'rd-account': 'rd-station',
  'crm-login': 'totvs-crm',
  values: undefined,
  'rd-webhook': 'rd-station',
  'crm-webhooks': 'totvs-crm',
  alerts: undefined,
} as const satisfies Readonly<Record<SetUpStep, System | undefined>>

/** What `ponte doctor` found of this step, unless it was proved since then that it is gone, or the values are others. */
export function problemsOf(setUp: SetUp, step: SetUpStep): DoctorResult['problems'] {
  const { doctor, values } = setUp
  if (doctor === undefined || (step === 'values' && values.isOutdated)) return []
  const system = systemOf[step]
  const last = system && connectionOf(setUp, system)?.last
  return doctor.problems.filter(({ check, at = doctor.at }) => {
    const row = doctorChecks.find(each => each.check === check)
    if (row === undefined || !row.steps.some(other => other === step)) return false
    return !('overtakenBy' in row && (last?.[row.overtakenBy] ?? 0) > at)
  })
}

/** Whether the step was once seen to work, whatever `ponte doctor` found. */
export const isProved: Readonly<Record<SetUpStep, (setUp: SetUp) => boolean>> = {
  'rd-account': setUp => isAccepted(setUp, 'rd-station'),
  'crm-login': setUp => isAccepted(setUp, 'totvs-crm'),
  values: ({ values: { unset, checkedAt } }) => unset.length === 0 && checkedAt !== undefined,
  'rd-webhook': setUp => hasDelivered(setUp, 'rd-station'),
  'crm-webhooks': setUp => hasDelivered(setUp, 'totvs-crm'),
  alerts: ({ alerts }) =>
    alerts?.channels !== undefined &&
    alerts.channels.length > 0 &&
    alerts.channels.every(each => each.result === 'sent'),
}

/** What is left to do. Nothing, once all is set up and proved, and `ponte doctor` has no objection. */
export const openSteps = (setUp: SetUp): readonly SetUpStep[] =>
  setUpSteps.filter(step => !isProved[step](setUp) || problemsOf(setUp, step).length > 0)
