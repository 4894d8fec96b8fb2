import { Failure, isFailureCode, type TenantSettings } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import {
  type ConnectLogin,
  createConnectAttempts,
  findOtherFingerprintKeys,
  noReplicas,
  type Replicas,
  type SecretBox,
} from '@ponte/state'
import { connectAccount, connectProblem, requireReadableTokens } from './obtain-tokens.ts'
import type { OperationsDeps } from '../operations-deps.ts'

export interface BrowserConnectDeps extends Pick<OperationsDeps, 'redis' | 'queues' | 'fingerprint' | 'audit'> {
  /** Encrypts the tokens as the workers do. Without it no account is connected here. */
  readonly secretBox?: SecretBox | undefined
  /** Asked to confirm new tokens. Default: nobody is. */
  readonly replicas?: Replicas
}

/** Why this process cannot connect an account to RD Station: a setting that is missing, or that differs from the workers'. */
export type Obstacle = 'credentials' | 'secret-key' | 'dialog' | 'SECRET_KEY_OTHER' | 'fingerprint-key'

/** What stands in the way of connecting the tenant here, as far as it can be seen without Redis. */
export function findObstacle(deps: Pick<BrowserConnectDeps, 'secretBox'>, tenant: Tenant): Obstacle | undefined {
  const found = connectable(deps, tenant)
  return typeof found === 'string' ? found : undefined
}

function connectable({ secretBox: box }: Pick<BrowserConnectDeps, 'secretBox'>, tenant: Tenant) {
  if (tenant.lacks?.includes('rdCredentials') === true) return 'credentials'
  if (box === undefined) return 'secret-key'
  return dialogUrl(tenant.settings.rdStation, { redirectUri: '' }) === undefined ? 'dialog' : { tenant, box }
}

/**
 * Also compares the keys with those of the workers. Tokens that were encrypted with another key are in use, and would be lost. When that
 * key is gone, `ponte connect` replaces them.
 */
async function requireConnectable(deps: BrowserConnectDeps, tenant: Tenant) {
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

/** What RD Station lets the browser bring back: a code, or why there is none. */
export interface DialogAnswer {
  readonly state: string
  readonly code?: string | undefined
  readonly error?: string | undefined
}

/**
 * Connects accounts in people's browsers (docs/vendors/rd-station.md#connecting-an-account). Neither the code nor a token is ever logged or
 * kept in the clear.
 */
export function createBrowserConnect(deps: BrowserConnectDeps) {
  const attempts = createConnectAttempts(deps.redis)
  return {
    /** The page of RD Station to lead the browser to, or what stands in the way. */
    async begin(tenant: Tenant, login: ConnectLogin, redirectUri: string): Promise<URL | Obstacle> {
      const found = await requireConnectable(deps, tenant)
      if (typeof found === 'string') return found
      const state = await attempts.begin(tenant.name, login)
      return dialogUrl(tenant.settings.rdStation, { redirectUri, state }) ?? 'dialog'
    },

    /** Returns an id by which the user can read what came of it. Undefined when the answer belongs to none of these tenants, or to another login. */
    async conclude(dialog: DialogAnswer, login: ConnectLogin, tenants: readonly Tenant[]): Promise<string | undefined> {
      const named = await attempts.take(dialog.state, login)
      const tenant = tenants.find(({ name }) => name === named)
      if (tenant === undefined) return undefined
      const name = await connect(deps, tenant, dialog)
      const about = { tenant: tenant.name, user: login.user }
      await deps.audit.write({
        ...about,
        action: 'connect',
        outcome: name === 'connected' ? 'done' : 'failed',
        ...(isFailureCode(name) && { code: name }),
      })
      return await attempts.conclude({ ...about, name })
    },

    readResult: attempts.readResult,
  }
}

/** `connected`, or the name of what went wrong: nothing has changed then. */
async function connect(deps: BrowserConnectDeps, tenant: Tenant, { code, error }: DialogAnswer): Promise<string> {
  if (code === undefined) return error === 'access_denied' ? 'ACCESS_DENIED' : 'REFUSED'
  const found = await requireConnectable(deps, tenant)
  if (typeof found === 'string') return found
  const { queues, redis, replicas = noReplicas } = deps
  const queue = queues.of(tenant.name)['rd-station']
  try {
    await connectAccount({ from: 'code', code }, { ...found, redis, replicas, queue })
    return 'connected'
  } catch (thrown) {
    const problem = connectProblem(thrown) ?? (thrown instanceof Failure ? thrown.code : undefined)
    if (problem === undefined) throw thrown
    return problem
  }
}

export interface DialogOptions {
  /** Where RD Station sends the browser back to. The app at RD Station has to name it. */
  readonly redirectUri: string
  /** RD Station sends it back with the code. It tells the answer of this dialog from any other. */
  readonly state?: string
  /** RD Station's authorization page. Default: derived from `rdStation.tokenUrl`. */
  readonly authUrl?: string | undefined
}

/**
 * The page on which a user of RD Station allows the connection (docs/vendors/rd-station.md#connecting-an-account). Undefined when no
 * address is given and none can be derived from `tokenUrl`.
 */
export function dialogUrl(
  { tokenUrl, clientId }: Pick<TenantSettings['rdStation'], 'tokenUrl' | 'clientId'>,
  { redirectUri, state, authUrl }: DialogOptions,
): URL | undefined {
  const text = authUrl ?? tokenUrl.replace(/\/token\/?$/, '/dialog')
  if (!URL.canParse(text) || text === tokenUrl) return undefined
  const dialog = new URL(text)
  dialog.searchParams.set('client_id', clientId)
  dialog.searchParams.set('redirect_uri', redirectUri)
  if (state !== undefined) dialog.searchParams.set('state', state)
  return dialog
}
