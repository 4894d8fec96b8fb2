import cookie from '@fastify/cookie'
import type { Queues, Tenant } from '@ponte/runtime'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController, type RouteOptions } from 'fastify'
import type { Redis } from 'ioredis'
import { createAttemptLimit } from './attempt-limit.ts'
import { addBullBoard } from './bull-board.ts'
import { createCredentialCheck, type Credentials } from './credentials.ts'
import { addFailurePages, readFailureDocuments } from './failure-pages.ts'
import { createGuard } from './guard.ts'
import { addLogin } from './login.ts'
import { setSecurityHeaders } from './security-headers.ts'
import { createSessions } from './sessions.ts'
import { addStuckPage } from './stuck-page.ts'

export interface BoardOptions {
  readonly credentials: Credentials
  readonly tenants: readonly Tenant[]
  readonly queues: Queues
  readonly redis: Redis
  readonly log: FastifyBaseLogger
  /** Addresses or ranges of reverse proxies whose `X-Forwarded-…` headers are believed. Default: none. */
  readonly trustedProxies?: readonly string[]
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Told of every route as it is made, so that a test can walk them all. */
  readonly onRoute?: (route: RouteOptions) => void
}

/** The operators' board, not listening. Every answer but the login page asks for the login. SPEC §6. */
export async function buildBoard(options: BoardOptions): Promise<FastifyInstance> {
  const { credentials, log, trustedProxies = [], now = Date.now } = options
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    forceCloseConnections: true,
    requestTimeout: 30_000,
  })
  const guard = {
    sessions: createSessions({ now }),
    attempts: createAttemptLimit({ now }),
    check: createCredentialCheck(credentials),
  }
  if (options.onRoute !== undefined) app.addHook('onRoute', options.onRoute)
  await app.register(cookie)
  app.addHook('onRequest', setSecurityHeaders)
  app.addHook('onRequest', createGuard(guard))
  addLogin(app, guard)
  addFailurePages(app, await readFailureDocuments())
  addStuckPage(app, options)
  await addBullBoard(app, options)
  return app
}
