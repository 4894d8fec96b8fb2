import { PATIENCE_MS } from '@ponte/testbed'
import { randomBytes, randomUUID } from 'node:crypto'
import { createLiveTenants, createLogger, isPassword, openWorkerRedis, openQueues, parseTenants } from '@ponte/runtime'
import { createAudit, createCalendar, createFingerprint, createTimelines, type Fingerprint } from '@ponte/state'
import { timeZone } from '../ui/moment.ts'
import type { LightMyRequestResponse } from 'fastify'
import { inject } from 'vitest'
import { type BoardOptions, buildBoard } from '../app.ts'
import { partnersToken } from './api-tokens.ts'
import { tenantsYaml } from './documents.ts'
import type { Account } from '../auth/credentials.ts'

export const credentials = { user: 'operação', password: 'correct horse: battery' }
export const viewer = { user: 'visitante', password: 'only looks: 12345' }
/** An operator for whom only the tenants of `others` exist. */
export const partner = { user: 'sócia', password: credentials.password }
export const manager = { user: 'gestora', password: 'sees results: 12345' }
export const basic = basicOf(credentials)

/** The hashes of the passwords are as cheap to check as a hash may be. */
const operator: Account = {
  name: credentials.user,
  role: 'operator',
  secret: { hash: '$scrypt$ln=14,r=8,p=1$Vaomp4Fhrsm1jtXNvtoJnQ$cakUQvD9dO9FdNpeHEIVxe2mehbZLBOaNh1lkhFghXA' },
}
const accounts: readonly Account[] = [
  operator,
  {
    name: viewer.user,
    role: 'viewer',
    secret: { hash: '$scrypt$ln=14,r=8,p=1$xXQdTX456RbmEfOpW8bEUw$IJHCH2n32AoiAh+SCoPzVDnxh/VeCKSohq05wGQbeV4' },
  },
  {
    name: manager.user,
    role: 'manager',
    secret: { hash: '$scrypt$ln=14,r=8,p=1$G8kfw2RyaZo6VxH24wSrpg$ei6ShIaDuww8/eoJyAOHBi7ubTRDxNw6BTZuZNzKC/o' },
  },
]

const checked = new Map<string, Promise<boolean>>()

/** Each password is checked once for all boards of the process: it takes a twentieth of a second of a processor. */
function isRight(password: string, hash: string): Promise<boolean> {
  const key = JSON.stringify([password, hash])
  const answer = checked.get(key) ?? isPassword(password, hash)
  checked.set(key, answer)
  return answer
}

export function basicOf({ user, password }: typeof credentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

/** A tenants file of all these. No two of them have a token in common. */
export const tenantsFile = ([first = '', ...others]: readonly string[]): string =>
  tenantsYaml(first) + others.map((name, index) => ownTenant(name).replaceAll('-1234', `-${5678 + index}`)).join('')

const ownTenant = (name: string): string => tenantsYaml(name).replace(/^\s*tenants:\n/, '')

/** A board over queues of its own in the run's Redis. `close` removes all it made. */
export async function openBoard({
  settings,
  onLog,
  others = [],
  database = 0,
  again,
  ...options
}: Pick<
  BoardOptions,
  | 'now'
  | 'apiTokens'
  | 'trustedProxies'
  | 'onRoute'
  | 'stuckAfterMs'
  | 'publicUrl'
  | 'ingressUrl'
  | 'secretBox'
  | 'replicas'
  | 'requestTimeoutMs'
  | 'command'
  | 'exportPages'
> & {
  /** Settings of the tenant. Default: `tenantsYaml`. */
  readonly settings?: object
  /** Called with every line of the log, from `trace` on. */
  readonly onLog?: (line: string) => void
  /** Adds tenants, whose names end in these. */
  readonly others?: readonly string[]
  /** Of Redis: one of its own for what belongs to no tenant. */
  readonly database?: number
  /** Opens the same board once more, as after a restart. */
  readonly again?: { readonly name: string; readonly fingerprint: Fingerprint }
} = {}) {
  const name = again?.name ?? `board-${randomUUID().slice(0, 8)}`
  const names = [name, ...others.map(end => `${name}${end}`)]
  const file = settings === undefined ? tenantsFile(names) : JSON.stringify({ tenants: { [name]: settings } })
  const tenants = parseTenants(file, {}, 'en', {
    uses: ['webhookTokens', 'rdCredentials', 'crmCredentials'],
    optional: ['crmCredentials', 'rdCredentials'],
  })
  const log =
    onLog === undefined
      ? createLogger({ level: 'silent', process: 'board-test' })
      : createLogger({ level: 'trace', process: 'board-test', destination: { write: onLog } })
  // Without the board's own time limits, because a busy machine is no outage.
  const redis = openWorkerRedis(`${inject('redisUrl')}/${database}`, log)
  if (redis.status !== 'ready') await new Promise(resolve => redis.once('ready', resolve))
  const queues = openQueues(tenants, redis, log)
  const ownQueues = queues.of(name)
  const fingerprint = again?.fingerprint ?? createFingerprint(randomBytes(32))
  // There is no worker, so retried jobs do not end. The menu gets its counts on a busy machine, too.
  const waits = { outcomeWaitMs: 0, menuWaitMs: PATIENCE_MS }
  const live = createLiveTenants(tenants)
  const auditKey = `{${name}}:audit`
  const ofOthers = others.length === 0 ? [] : [{ ...operator, name: partner.user, tenants: names.slice(1) }]
  const app = await buildBoard({
    accounts: [...accounts, ...ofOthers],
    tenants: live,
    queues,
    redis,
    fingerprint,
    isRight,
    log,
    auditKey,
    ...waits,
    ...options,
    ...(options.apiTokens && others.length > 0 && { apiTokens: [...options.apiTokens, partnersToken(names.slice(1))] }),
  })
  await app.ready()
  return {
    app,
    name,
    tenants,
    live,
    queues,
    redis,
    fingerprint,
    auditKey,
    timelines: createTimelines(redis, name, fingerprint, createCalendar(timeZone())),
    /** The trail of this board alone. */
    audit: createAudit(redis, { key: auditKey }),
    ...ownQueues,
    /** A request of a script: Basic authentication. */
    ask: (
      method: 'GET' | 'PUT' | 'PATCH' | 'POST',
      url: string,
      payload?: object | string,
      headers: Readonly<Record<string, string>> = {},
    ): Promise<LightMyRequestResponse> =>
      app.inject({ method, url, headers: { authorization: basic, ...headers }, ...(payload && { payload }) }),
    async close(): Promise<void> {
      await app.close()
      await Promise.all(queues.all().map(queue => queue.obliterate({ force: true })))
      for (const tenant of tenants) {
        const keys = await redis.keys(`{${tenant.name}}:*`)
        if (keys.length > 0) await redis.del(...keys)
      }
      await queues.close()
      redis.disconnect()
    },
  }
}

export type OpenBoard = Awaited<ReturnType<typeof openBoard>>
