import { type CrmVariables, sampleVariables, type System } from '@ponte/contracts'
import { type Connection, needsPerson, readConnections } from '@ponte/operations'
import type { Tenant } from '@ponte/runtime'
import { createDoctorResults, createSelfTests, type DoctorResult, type SelfTest } from '@ponte/state'
import type { BoardDeps } from '../../board-deps.ts'

/** What is known of how a tenant is set up. */
export interface SetUp {
  readonly tenant: Tenant
  readonly connections: readonly Connection[]
  readonly tests: Readonly<Partial<Record<System, SelfTest | undefined>>>
  readonly values: ValuesCheck
  /** The last test of the alerts, which are the same for all tenants. */
  readonly alerts: SelfTest | undefined
}

export interface ValuesCheck {
  /** Variables that still have the sample value of TOTVS's page, or none. */
  readonly unset: readonly string[]
  readonly doctor: DoctorResult | undefined
  /** The values have changed since `ponte doctor` ran. */
  readonly isOutdated: boolean
}

/** The checklist, in the order in which people do it. */
export const steps = ['rd-account', 'crm-login', 'values', 'rd-webhook', 'crm-webhooks', 'alerts'] as const
export type Step = (typeof steps)[number]

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
    return { tenant, connections, tests, values: checkValues(settings.variables, doctor, variables), alerts }
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
  return { unset, doctor, isOutdated }
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

const isDone: Readonly<Record<Step, (setUp: SetUp) => boolean>> = {
  'rd-account': setUp => isAccepted(setUp, 'rd-station'),
  'crm-login': setUp => isAccepted(setUp, 'totvs-crm'),
  values: ({ values: { unset, doctor } }) => unset.length === 0 && doctor?.problems === 0,
  'rd-webhook': setUp => hasDelivered(setUp, 'rd-station'),
  'crm-webhooks': setUp => hasDelivered(setUp, 'totvs-crm'),
  alerts: ({ alerts }) =>
    alerts?.channels !== undefined &&
    alerts.channels.length > 0 &&
    alerts.channels.every(each => each.result === 'sent'),
}

/** What is left to do. Nothing, once all is set up and proved. */
export const openSteps = (setUp: SetUp): readonly Step[] => steps.filter(step => !isDone[step](setUp))
