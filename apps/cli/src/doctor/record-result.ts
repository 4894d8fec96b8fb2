import { type System, systems } from '@ponte/contracts'
import type { CheckName, DoctorFinding } from '@ponte/operations'
import type { Tenant } from '@ponte/runtime'
import { createDoctorResults, createLastTimes, type Fingerprint, type RedisClient } from '@ponte/state'

/** The check that passes only if a call with the credentials succeeded. */
const proofs = { 'rd-station': 'rd-api', 'totvs-crm': 'crm-leads' } as const satisfies Record<System, CheckName>

/** Keeps what was found, for the checklist on the board's *Connections*. A Redis that refuses it does not fail `doctor`. */
export async function recordResult(
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
