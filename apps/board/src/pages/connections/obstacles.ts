import { dialogUrl, connectProblem, requireReadableTokens } from '@ponte/operations'
import type { Tenant } from '@ponte/runtime'
import { findOtherFingerprintKeys, type Replicas, type SecretBox } from '@ponte/state'
import type { BoardDeps } from '../../board-deps.ts'

export interface ConnectDeps extends BoardDeps {
  /** Encrypts the tokens as the workers do. Without it no account is connected here. */
  readonly secretBox?: SecretBox | undefined
  /** Asked to confirm new tokens. Default: nobody is. */
  readonly replicas?: Replicas
  /** Where browsers find the board. Default: the host of each request. */
  readonly publicUrl?: string | undefined
  /** Where both systems find the ingress. Default: `publicUrl`. */
  readonly ingressUrl?: string | undefined
  /** How long the answer to a test waits for the worker, in milliseconds. */
  readonly outcomeWaitMs?: number
}

/** Why the board cannot connect an account to RD Station: a setting that is missing, or that differs from the workers'. */
export type Obstacle = 'credentials' | 'secret-key' | 'dialog' | 'SECRET_KEY_OTHER' | 'fingerprint-key'

/** A tenant that the board can connect, and what encrypts its tokens. */
export interface Connectable {
  readonly tenant: Tenant
  readonly box: SecretBox
}

/** Checks what can be seen without Redis. */
export function connectable(
  { secretBox: box }: Pick<ConnectDeps, 'secretBox'>,
  tenant: Tenant,
): Connectable | Obstacle {
  if (tenant.lacks?.includes('rdCredentials') === true) return 'credentials'
  if (box === undefined) return 'secret-key'
  const dialog = dialogUrl(tenant.settings.rdStation, { redirectUri: '' })
  return dialog === undefined ? 'dialog' : { tenant, box }
}

/**
 * Also compares the keys with those of the workers. Tokens that were encrypted with another key are in use, and would be lost. When that
 * key is gone, `ponte connect` replaces them.
 */
export async function requireConnectable(deps: ConnectDeps, tenant: Tenant): Promise<Connectable | Obstacle> {
  const found = connectable(deps, tenant)
  if (typeof found === 'string') return found
  const { redis, fingerprint } = deps
  if ((await findOtherFingerprintKeys(redis, [tenant], fingerprint)).length > 0) return 'fingerprint-key'
  try {
    await requireReadableTokens({ ...found, redis })
    return found
  } catch (error) {
    if (connectProblem(error) === 'SECRET_KEY_OTHER') return 'SECRET_KEY_OTHER'
    throw error
  }
}
