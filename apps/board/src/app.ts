import cookie from '@fastify/cookie'
import { createFailedJobs, createVendorAnswers, type User, createRetries, readFailures } from '@ponte/operations'
import {
  createProxyWarning,
  type LiveTenants,
  type Queues,
  checkRedis,
  type Readiness,
  type RedisWanted,
} from '@ponte/runtime'
import {
  type AuditEntry,
  createAudit,
  createKeptFigures,
  type Fingerprint,
  type RedisClient,
  type Replicas,
  type SecretBox,
} from '@ponte/state'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController, type RouteOptions } from 'fastify'
import type { BoardDeps } from './board-deps.ts'
import { addErrorAnswers, answerError } from './ui/answers.ts'
import { addAssets } from './ui/assets.ts'
import { addApi } from './api/api.ts'
import { sendProblem } from './api/problems.ts'
import { isOfApi } from './ui/addresses.ts'
import { addChoices } from './ui/choices.ts'
import { addMenuCounts } from './ui/menu.ts'
import { type ApiToken, createTokenCheck } from './auth/api-tokens.ts'
import { createAttemptLimit } from './auth/attempt-limit.ts'
import { addBullBoard } from './bull-board/bull-board.ts'
import { type Accounts, createCredentials, type CredentialOptions } from './auth/credentials.ts'
import { createGuard } from './auth/guard.ts'
import { addLogin } from './auth/login.ts'
import { addBoardPages, menu } from './pages/board-pages.ts'
import { createPersonLookups } from './auth/person-lookups.ts'
import { createSessions } from './auth/sessions.ts'
import helmet from '@fastify/helmet'

export interface BoardOptions {
  readonly accounts: Accounts
  /** Of the API. Default: it answers nobody. */
  readonly apiTokens?: readonly ApiToken[]
  readonly tenants: LiveTenants
  readonly queues: Queues
  readonly redis: RedisClient
  readonly fingerprint: Fingerprint
  /** Is this the password of the hash? Default: `isPassword`. Tests remember its answers. */
  readonly isRight?: CredentialOptions['isRight']
  readonly log: FastifyBaseLogger
  /** Encrypts the tokens of RD Station as the workers do. Without it accounts are connected on the command line only. */
  readonly secretBox?: SecretBox | undefined
  /** Asked to confirm new tokens of RD Station. Default: nobody is. */
  readonly replicas?: Replicas
  /** Addresses or ranges of reverse proxies whose `X-Forwarded-…` headers are believed. Default: none. */
  readonly trustedProxies?: readonly string[]
  /** An event that waits for longer is listed, in milliseconds. Default: a minute. */
  readonly stuckAfterMs?: number
  /** Where browsers find the board, through its proxy. Another host is refused; with https the cookies are for this host alone. */
  readonly publicUrl?: string | undefined
  /** What the command line is called in this installation. Default: `ponte`. */
  readonly command?: string
  /** What restarts processes in this installation: PONTE_RESTART. */
  readonly restart?: string
  /** Where both systems find the ingress. Default: at `publicUrl`. */
  readonly ingressUrl?: string | undefined
  /** A login ends when nobody does anything for so long, in milliseconds. Default: an hour. */
  readonly idleMs?: number | undefined
  /** How long the answer to a retry or a test waits for the outcome, in milliseconds. Default: a few seconds. */
  readonly outcomeWaitMs?: number
  /** How long a page waits for the counts of its menu, in milliseconds. Default: 300. */
  readonly menuWaitMs?: number
  /** How long a request may take to arrive, in milliseconds. Default: 30 s. */
  readonly requestTimeoutMs?: number
  /** Pages of the list of events that one file holds. Default: 200. */
  readonly exportPages?: number
  /** The clock of the waiting page. Milliseconds since 1970. */
  readonly now?: () => number
  /** Where the audit trail is kept. Default: the one of the installation. Tests that share a Redis have a trail each. */
  readonly auditKey?: string
  /** Called with every route as it is made, so that a test can walk them all. */
  readonly onRoute?: (route: RouteOptions) => void
}

/** The operators' board, not listening. Every address but the login page asks for the login. */
export async function buildBoard(options: BoardOptions): Promise<FastifyInstance> {
  const { accounts, log, trustedProxies = [], requestTimeoutMs = 30_000 } = options
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    forceCloseConnections: true,
    requestTimeout: requestTimeoutMs,
    // Node.js takes the longer of the two limits for a body (24.21.0, node_http_parser.cc), and that of the headers is a minute otherwise.
    http: { headersTimeout: requestTimeoutMs, connectionsCheckingInterval: Math.min(5000, requestTimeoutMs / 2) },
    // A very long name is answered like any unknown one.
    routerOptions: { maxParamLength: 16 * 1024 },
    frameworkErrors: (error, request, reply) =>
      void (isOfApi(request.url) ? sendProblem : answerError)(error, request, reply),
  })
  const audit = createAudit(options.redis, { key: options.auditKey, onEntry: entry => logEntry(log, entry) })
  const guard = {
    sessions: createSessions({ idleMs: options.idleMs }),
    attempts: createAttemptLimit(),
    credentials: createCredentials(accounts, options),
    tokens: createTokenCheck({ tokens: options.apiTokens ?? [], audit }),
    publicUrl: options.publicUrl,
    audit,
  }
  if (options.onRoute !== undefined) app.addHook('onRoute', options.onRoute)
  app.decorate('ponteCommand', options.command ?? 'ponte')
  app.decorate('menu', menu)
  app.decorateRequest('user')
  app.decorateRequest('apiUser')
  await app.register(cookie)
  await addSecurityHeaders(app, options)
  const warnOfProxy = createProxyWarning(log, 'BOARD_TRUSTED_PROXIES')
  app.addHook('onRequest', async request => warnOfProxy(request))
  app.addHook('onRequest', createGuard(guard))
  addErrorAnswers(app)
  const retries = createRetries(
    { ...options, audit },
    (err, retry) => log.warn({ err, retry }, 'a retry was stopped'),
    options,
  )
  app.addHook('onClose', retries.close)
  const failedJobs = createFailedJobs(options.redis)
  const vendorAnswers = createVendorAnswers(options.redis)
  const own = {
    audit,
    failedJobs,
    vendorAnswers,
    retries,
    keptFigures: createKeptFigures(),
    lookups: createPersonLookups({ ...options, audit }),
  }
  const deps = {
    ...{ ...options, ...own },
    get tenants() {
      return options.tenants.current()
    },
  }
  addMenuCounts(app, deps)
  addLogin(app, guard)
  addChoices(app)
  await addAssets(app)
  await addApi(app, () => deps)
  await addBoardPages(app, deps)
  await addBullBoard(app, deps, options.tenants)
  app.addHook('onListen', () => void readAhead(deps))
  return app
}

/** Reads what has failed before the start, so that nobody waits for it. A page that comes earlier waits for the same reading. */
async function readAhead(deps: BoardDeps): Promise<void> {
  const operator: User = { name: '', role: 'operator' }
  await readFailures(deps, operator).catch(() => undefined)
}

/** The log outlives the audit trail. What somebody typed into the address of a refused request is not logged. */
function logEntry(
  log: FastifyBaseLogger,
  { user, action, outcome, tenant, queue, jobId, code, detail }: AuditEntry,
): void {
  const where = outcome === 'refused' ? {} : { tenant, queue, job: jobId, detail }
  log.info({ user, action, outcome, code, ...where }, 'audit')
}

/**
 * What Bull Board's page needs: its own scripts and data, style attributes, pictures in style sheets. Google's fonts are taken out of the
 * page (bull-board/page.ts), so that nobody outside learns who uses this board. The board's own pages replace this policy by a narrower one
 * (ui/page.ts).
 */
const directives = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'self'"],
  frameAncestors: ["'none'"],
}

/** Registered before the guard, so that refusals have the headers as well. */
async function addSecurityHeaders(
  app: FastifyInstance,
  { publicUrl }: { readonly publicUrl?: string | undefined },
): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives },
    strictTransportSecurity:
      publicUrl?.startsWith('https:') === true ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' },
    // With `no-referrer` browsers would send `Origin: null`, and the guard could not tell our own forms from those of other sites.
    referrerPolicy: { policy: 'same-origin' },
  })
  // Helmet sets no caching. Browsers may keep static files (@fastify/static), but revalidate them each time, with the login.
  app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))
}

/** The board is ready when it can show the queues. Never throws. */
export async function readReadiness(redis: RedisClient, wanted?: RedisWanted): Promise<Readiness> {
  const { answers, warnings } = await checkRedis(redis, wanted)
  return answers ? { ready: true, warnings } : { ready: false, problems: ['redis does not answer'] }
}
