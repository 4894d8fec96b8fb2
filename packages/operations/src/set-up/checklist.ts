import { type CrmVariables, sampleVariables, type System } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import { createDoctorResults, createSelfTests, type DoctorResult, type SelfTest } from '@ponte/state'
import { type Connection, needsPerson, readConnections } from '../bridge/connections.ts'
import type { OperationsDeps } from '../operations-deps.ts'
import { doctorChecks, type SetUpStep, setUpSteps } from './doctor-investigation.ts'

/** What is known of how a tenant is set up. */
export interface Checklist {
  readonly tenant: Tenant
  readonly connections: readonly Connection[]
  readonly tests: Readonly<Partial<Record<System, SelfTest | undefined>>>
  /** The last `ponte doctor`. */
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
    return { tenant, connections, tests, doctor, values: checkValues(settings.variables, doctor, variables), alerts }
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

const connectionOf = ({ connections }: Checklist, system: System): Connection | undefined =>
  connections.find(each => each.system === system)

/** Whether the system once accepted what a person has since to correct: its account, or the login. */
export function isLost(checklist: Checklist, system: System): boolean {
  const connection = connectionOf(checklist, system)
  return connection?.last?.success !== undefined && needsPerson(connection)
}

const isAccepted = (checklist: Checklist, system: System): boolean =>
  connectionOf(checklist, system)?.last?.success !== undefined && !isLost(checklist, system)

/** What was refused of the system since one of its deliveries was accepted. */
export const refusedOf = (checklist: Checklist, system: System): Connection['refused'] =>
  connectionOf(checklist, system)?.refused

const hasDelivered = (checklist: Checklist, system: System): boolean =>
  connectionOf(checklist, system)?.last?.delivery !== undefined && refusedOf(checklist, system) === undefined

/** Which system a step is about. */
export const systemOfStep = {
  'rd-account': 'rd-station',
  'crm-login': 'totvs-crm',
  values: undefined,
  'rd-webhook': 'rd-station',
  'crm-webhooks': 'totvs-crm',
  alerts: undefined,
} as const satisfies Readonly<Record<SetUpStep, System | undefined>>

/** What `ponte doctor` found of this step, unless it was proved since then that it is gone, or the values are others. */
export function problemsOf(checklist: Checklist, step: SetUpStep): DoctorResult['problems'] {
  const { doctor, values } = checklist
  if (doctor === undefined || (step === 'values' && values.isOutdated)) return []
  const system = systemOfStep[step]
  const last = system && connectionOf(checklist, system)?.last
  return doctor.problems.filter(({ check, at = doctor.at }) => {
    const row = doctorChecks.find(each => each.check === check)
    if (row === undefined || !row.steps.some(other => other === step)) return false
    return !('overtakenBy' in row && (last?.[row.overtakenBy] ?? 0) > at)
  })
}

/** Whether the step was once seen to work, whatever `ponte doctor` found. */
export const isProved: Readonly<Record<SetUpStep, (checklist: Checklist) => boolean>> = {
  'rd-account': checklist => isAccepted(checklist, 'rd-station'),
  'crm-login': checklist => isAccepted(checklist, 'totvs-crm'),
  values: ({ values: { unset, checkedAt } }) => unset.length === 0 && checkedAt !== undefined,
  'rd-webhook': checklist => hasDelivered(checklist, 'rd-station'),
  'crm-webhooks': checklist => hasDelivered(checklist, 'totvs-crm'),
  alerts: ({ alerts }) =>
    alerts?.channels !== undefined &&
    alerts.channels.length > 0 &&
    alerts.channels.every(each => each.result === 'sent'),
}

/** What is left to do. Nothing, once all is set up and proved, and `ponte doctor` has no objection. */
export const openSteps = (checklist: Checklist): readonly SetUpStep[] =>
  setUpSteps.filter(step => !isProved[step](checklist) || problemsOf(checklist, step).length > 0)
