import type { Texts } from '@ponte/contracts'
import type { Audit, AuditEntry } from '@ponte/state'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiProblem } from '../api/problems.ts'
import { isForScripts, isOfApi, isSafe } from '../ui/addresses.ts'
import { sendRefusal } from '../ui/answers.ts'
import type { TokenCheck } from './api-tokens.ts'
import { type AttemptLimit, originOf } from './attempt-limit.ts'
import {
  type Credentials,
  type CredentialCheck,
  type LoginAnswer,
  readBasicCredentials,
  UNKNOWN_USER,
} from './credentials.ts'
import { operators, readers, type Role, type User } from '@ponte/operations'
import { isRefresh } from '../ui/refresh.ts'
import { requestedAction } from './requested-action.ts'
import type { Sessions } from './sessions.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without a login. Every other address needs one, even an address that does not exist. */
    public?: boolean
    /** Who may make this request. Default: operators, and viewers what only reads. */
    roles?: readonly Role[]
    /** An address of the API: answered to a token of these roles, and to no login. */
    tokenRoles?: readonly Role[]
    /** Where a login leads instead of back here. This address holds a code that no other address may contain. */
    loginLeadsTo?: string
  }
  interface FastifyRequest {
    /** The logged-in user. Undefined on public routes and in the API. */
    user: User | undefined
    /** Whose token the API was asked with. */
    apiUser: User | undefined
  }
}

/** Over https only the board's own host can set and get these. */
export const cookieNames = (publicUrl: string | undefined) => {
  const prefix = publicUrl?.startsWith('https:') === true ? '__Host-' : ''
  return { session: `${prefix}ponte_board`, browser: `${prefix}ponte_browser` }
}

export interface GuardOptions {
  readonly sessions: Sessions
  readonly attempts: AttemptLimit
  readonly credentials: CredentialCheck
  readonly tokens: TokenCheck
  /** The address of the board for browsers. Default: any. */
  readonly publicUrl?: string | undefined
  readonly audit: Audit
}

const texts = {
  crossSite: {
    en: "This action is only accepted from Ponte's own page.",
    pt: 'Esta ação só é aceita a partir da própria página do Ponte.',
  },
  login: {
    en: 'Nothing was done: log in to Ponte and reload the page.',
    pt: 'Nada foi feito: entre no Ponte e recarregue a página.',
  },
  viewer: {
    en: 'You are logged in as a viewer: only an operator may do this.',
    pt: 'Você entrou como visualizador: só um operador pode fazer isto.',
  },
  manager: {
    en: 'You are logged in as a sales manager: you can open Results, and no page about events.',
    pt: 'Você entrou como gestor: pode abrir os Resultados, e nenhuma página sobre eventos.',
  },
  host: {
    en: 'The board does not answer at this address: use the one in BOARD_PUBLIC_URL.',
    pt: 'O painel não atende neste endereço: use o endereço em BOARD_PUBLIC_URL.',
  },
  wait: { en: 'Too many attempts. Wait a minute.', pt: 'Muitas tentativas. Aguarde um minuto.' },
} satisfies Record<string, Texts>

/** The first hook of every request: refuses what comes from another site, then what comes without a login. */
export function createGuard(options: GuardOptions) {
  const { sessions, audit, publicUrl, tokens } = options
  const cookies = cookieNames(publicUrl)
  const publicHost = publicUrl === undefined ? undefined : URL.parse(publicUrl)?.host
  return async function guard(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const isHere = publicHost === undefined || request.host === publicHost
    // By the route, because an address may be spelled in many ways; by the address, because one that does not exist has no route.
    if (request.routeOptions.config.tokenRoles !== undefined || isOfApi(request.url)) {
      if (!isHere) throw new ApiProblem('API_HOST_WRONG')
      if (request.routeOptions.config.public !== true) await admitToken(request)
      return undefined
    }
    if (!isHere) return refuse(request, reply, 421, 'host')
    const owner = sessions.find(request.cookies[cookies.session], { isUse: isUse(request) })
    if (!isSafe(request.method) && !comesFromOurPage(request, owner !== undefined)) {
      // Another site made the browser send this. The user who is logged in there should know.
      if (owner !== undefined) await record(audit, request, { ...requestedAction(request), user: owner.name })
      return refuse(request, reply, 403, 'crossSite')
    }
    if (request.routeOptions.config.public === true) return undefined
    if (owner !== undefined) return await admit(owner, request, reply)

    const given = readBasicCredentials(request.headers.authorization)
    if (given !== undefined) {
      const answer = await tryLogin(options, request, given)
      if (typeof answer === 'number') return refuse(request, reply.header('retry-after', answer), 429, 'wait')
      if (answer !== undefined) return await admit(answer, request, reply)
    } else if (isNavigation(request)) {
      const { loginLeadsTo = request.url } = request.routeOptions.config
      return reply.redirect(`/login?next=${encodeURIComponent(loginLeadsTo)}`, 303)
    }
    // With this header a browser would open its own password window over a page that polls.
    if (request.headers['sec-fetch-mode'] === undefined)
      reply.header('www-authenticate', 'Basic realm="Ponte", charset="UTF-8"')
    return refuse(request, reply, 401, 'login')
  }

  /** A token is sent by programs, never by a browser on its own: no cookie counts here, and no other site can borrow a login. */
  async function admitToken(request: FastifyRequest): Promise<void> {
    const user = await tokens.admit(request)
    request.apiUser = user
    const { tokenRoles } = request.routeOptions.config
    if (tokenRoles?.includes(user.role) ?? request.is404) return
    await record(audit, request, { ...requestedAction(request), user: user.name })
    throw new ApiProblem('API_ROLE_REFUSED')
  }

  async function admit(user: User, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    request.user = user
    if (mayDo(user, request)) return undefined
    if (user.role === 'manager' && isHome(request)) return reply.redirect(MANAGERS_HOME, 303)
    await record(audit, request, { ...requestedAction(request), user: user.name })
    return refuse(request, reply, 403, user.role === 'manager' ? 'manager' : 'viewer')
  }
}

/**
 * The user with these credentials, or the seconds until they may be tried. A login that was accepted at this origin before is not counted,
 * so that others who guess lock nobody out. A wrong password delays the next try. It is recorded without the password, and without a name
 * that no user has.
 */
export async function tryLogin(
  { attempts, audit, credentials, publicUrl }: GuardOptions,
  request: FastifyRequest,
  given: Credentials,
): Promise<LoginAnswer> {
  const { user: name } = given
  const origin = originOf(request)
  const known = credentials.recall(given, origin)
  if (known !== undefined) return known
  const browser = credentials.knownBrowser(name, request.cookies[cookieNames(publicUrl).browser])
  return await credentials.once(given, JSON.stringify([origin, browser]), async () => {
    const begun = await attempts.begin({ user: name, address: request.ip, browser })
    if (typeof begun === 'number') return begun
    const user = await credentials.check(given, origin)
    if (user === undefined) {
      request.log.warn({ address: request.ip }, 'login refused')
      await record(audit, request, { action: 'login', user: credentials.isAccount(name) ? name : UNKNOWN_USER })
    } else await begun.succeed()
    return user
  })
}

/** Bull Board's page polls, and some of our pages renew themselves. Such requests do not show that somebody uses the board. */
const isUse = ({ method, url }: FastifyRequest): boolean => !(isSafe(method) && (isForScripts(url) || isRefresh(url)))

/** The request is refused even if Redis does not store the record. */
const record = (audit: Audit, request: FastifyRequest, entry: Omit<AuditEntry, 'outcome'>): Promise<void> =>
  audit
    .write({ ...entry, outcome: 'refused' })
    .catch((err: unknown) => request.log.error({ err }, 'the audit trail was not written'))

/** What the board opens with for a manager. */
const MANAGERS_HOME = '/results'
const isHome = ({ method, url }: FastifyRequest): boolean => isSafe(method) && url.split('?')[0] === '/'

/** May this user make the request? Decided here for every route, Bull Board's and Ponte's. */
function mayDo(user: User, { method, routeOptions }: FastifyRequest): boolean {
  const { roles = isSafe(method) ? readers : operators } = routeOptions.config
  return roles.includes(user.role)
}

const isNavigation = ({ method, url, headers }: FastifyRequest): boolean =>
  isSafe(method) && !isForScripts(url) && (headers.accept ?? '').includes('text/html')

/**
 * Browsers send where a request comes from: in `Sec-Fetch-Site` on https and localhost, in `Origin` everywhere. A client that sends neither
 * is no current browser and needs no cookie. If it sends one, the request is refused.
 */
function comesFromOurPage({ headers, host }: FastifyRequest, hasSession: boolean): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  if (headers.origin !== undefined) return URL.parse(headers.origin)?.host === host
  return !hasSession
}

function refuse(request: FastifyRequest, reply: FastifyReply, status: number, text: keyof typeof texts): FastifyReply {
  const link = { href: `/login?next=${encodeURIComponent(pageBefore(request))}`, text: logIn }
  return sendRefusal(request, reply, { status, text: texts[text], ...(text === 'login' && { link }) })
}

const logIn: Texts = { en: 'Log in', pt: 'Entrar' }

/** The page whose form was sent. The login checks it again before it redirects there. */
function pageBefore({ headers: { referer = '' } }: FastifyRequest): string {
  const { pathname = '/', search = '' } = URL.parse(referer) ?? {}
  return pathname + search
}
