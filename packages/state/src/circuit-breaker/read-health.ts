import { type System, systems } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import { listOf, loadScript } from '../redis/load-script.ts'
import { modeKey, type ModeRecord, toModeRecord } from '../mode/mode-record.ts'
import { breakerKey, type CallKind, failuresKey } from './circuit-breaker.ts'
import { refusalsKey } from './credential-refusals.ts'

const find = loadScript(import.meta.dirname, 'read-health.lua')

/** What may stop calls to a system. */
export interface HealthReading {
  /** Kinds of calls for which the breaker has to be asked (`admit`, `peek`): it is not closed, or there were failures lately. */
  readonly kinds: readonly CallKind[]
  /** The system refuses the credential: `createCredentialRefusals` knows until when. */
  readonly isRefused: boolean
}

/** `mode`: undefined when Redis has no record of the tenant's mode. */
export type TenantHealth = Readonly<Record<System, HealthReading>> & { readonly mode: ModeRecord | undefined }

/** Looks at all in one command: breakers, failures in a row, refusals of these credentials, and the mode. Changes nothing. */
export async function readHealth(
  redis: RedisClient,
  tenant: string,
  credentials: Readonly<Record<System, string>>,
): Promise<TenantHealth> {
  const keys = [
    ...systems.flatMap(system => [
      breakerKey(tenant, system),
      failuresKey(tenant, system, 'read'),
      failuresKey(tenant, system, 'write'),
      refusalsKey(tenant, system),
    ]),
    modeKey(tenant),
  ]
  const args = systems.map(system => credentials[system])
  const answer = [...listOf(await find(redis, keys, args))]
  const read = (): HealthReading => {
    const [breaker, reads, writes, refused] = answer.splice(0, 4)
    const kinds = (['read', 'write'] as const).filter(kind => breaker === 1 || (kind === 'read' ? reads : writes) === 1)
    return { kinds, isRefused: refused === 1 }
  }
  const readings = { 'totvs-crm': read(), 'rd-station': read() }
  const mode = listOf(answer[0])
  return { ...readings, mode: mode.length === 0 ? undefined : toModeRecord(mode) }
}
