import { type System, systems } from '@ponte/contracts'
import { openRedisOnce, redisSettingOf, type RedisTarget, type Tenant } from '@ponte/runtime'
import {
  createDoctorResults,
  createLastTimes,
  createStatusField,
  type Fingerprint,
  type RedisClient,
  type Replicas,
  type SecretBox,
} from '@ponte/state'
import type { ProcessDeps } from '../processes/process-concerns.ts'
import { checkCrm } from './check-crm.ts'
import {
  checkCredentialsInUse,
  checkIngress,
  checkRedis,
  checkRedisReplicas,
  checkTenantsFile,
  checkWebhookTokens,
  checkWorkers,
} from './check-ponte.ts'
import { checkRd } from './check-rd.ts'
import { checkRules } from './check-rules.ts'
import { type CheckName, type DoctorFinding, doctorInvestigation } from './doctor-investigation.ts'

export interface SetUpFindings {
  /** Undefined: the checks that do not belong to a tenant. */
  readonly tenant: string | undefined
  readonly results: readonly DoctorFinding[]
}

interface SetUpDeps {
  readonly target: RedisTarget
  readonly tenants: readonly Tenant[]
  readonly box: SecretBox
  readonly fingerprint: Fingerprint
  readonly replicas: Replicas
  readonly processes: ProcessDeps
}

/**
 * Is the set-up right: of the installation, and of each tenant? What was found of a tenant is kept for the checklist on the board's
 * *Connections*. `url`: the public address of the ingress, if it shall be called.
 */
export async function readSetUp(
  { target, tenants, box, fingerprint, replicas, processes }: SetUpDeps,
  { url, onTenant }: { readonly url: string | undefined; readonly onTenant: (name: string) => void },
): Promise<readonly SetUpFindings[]> {
  const redis = openRedisOnce(target)
  try {
    const installation = doctorInvestigation.open()
    await checkRedis(installation, redis, target)
    await checkRedisReplicas(installation, redis, replicas.wanted)
    const reading = await checkTenantsFile(installation, redis, { tenants, deps: processes })
    const groups: SetUpFindings[] = [{ tenant: undefined, results: installation.list() }]
    for (const tenant of tenants) {
      const { name, settings } = tenant
      onTenant(name)
      const findings = doctorInvestigation.open(installation)
      await checkWorkers(findings, tenant, { redis, fingerprint })
      await checkCredentialsInUse(findings, name, reading)
      await checkWebhookTokens(findings, settings)
      if (url !== undefined) await checkIngress(findings, tenant, url)
      await checkCrm(findings, settings, createStatusField(redis, name))
      await checkRules(findings, settings, { tenant: name, redis, redisSetting: redisSettingOf(target) })
      await checkRd(findings, tenant, { redis, box, replicas, url })
      const results = findings.list()
      groups.push({ tenant: name, results })
      if (findings.lackOf('redis') === undefined) await record(redis, { tenant, results, fingerprint })
    }
    return groups
  } finally {
    redis.disconnect()
  }
}

/** The check that passes only if a call with the credentials succeeded. */
const proofs = { 'rd-station': 'rd-api', 'totvs-crm': 'crm-leads' } as const satisfies Record<System, CheckName>

/** Keeps what was found, for the checklist on the board's *Connections*. A Redis that refuses it does not fail `doctor`. */
async function record(
  redis: RedisClient,
  {
    tenant: { name, settings },
    results,
    fingerprint,
  }: { readonly tenant: Tenant; readonly results: readonly DoctorFinding[]; readonly fingerprint: Fingerprint },
): Promise<void> {
  const times = createLastTimes(redis, name)
  for (const system of systems) {
    const isProved = results.some(({ check, status }) => check === proofs[system] && status === 'ok')
    if (isProved) await times.record(system)
  }
  const records = createDoctorResults(redis)
  const former = await records.read(name).catch(() => undefined)
  const found = results.flatMap(({ check, problem, note }) => {
    // Nothing was seen of a check that broke.
    const row = problem ?? (note === 'CHECK_BROKE' ? note : undefined)
    return row === undefined ? [] : [{ check, problem: row }]
  })
  // Some checks are made only with an address.
  const unmade = former?.problems.filter(({ check }) => results.every(each => each.check !== check)) ?? []
  const result = {
    at: Date.now(),
    problems: [...found, ...unmade.map(each => ({ ...each, at: each.at ?? former?.at }))],
    variables: fingerprint.exact(JSON.stringify(settings.variables)),
    samples: results.flatMap(each =>
      each.note === 'SAMPLE_NOT_SEEN_IN_USE' ? [String(each.facts?.['variable'])] : [],
    ),
  }
  await records.write(name, result).catch(() => undefined)
}
