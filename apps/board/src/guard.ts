import type { Audit, AuditEntry } from '@ponte/state'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendRefusal } from './answers.ts'
import type { AttemptLimit } from './attempt-limit.ts'
import { type Credentials, readBasicCredentials, type Who } from './credentials.ts'
import type { Texts } from './language.ts'
import { requestedDeed } from './requested-deed.ts'
import type { Sessions } from './sessions.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without a login. Everything else is not, even an address that does not exist. */
    public?: boolean
    /** Not for viewers, although it changes nothing: it shows whom an event is about, or what people did. */
    operatorOnly?: boolean
    /** For viewers too, although it is not a GET: it changes nothing. */
    harmless?: boolean
  }
  interface FastifyRequest {
    /** Who asks. Undefined only on public routes. */
    who: Who | undefined
  }
}

export const SESSION_COOKIE = 'ponte_board'

/** Stands in the audit trail for a user name that is nobody's. */
export const UNKNOWN_USER = '?'

export interface GuardOptions {
  readonly sessions: Sessions
  readonly attempts: AttemptLimit
  readonly check: (given: Credentials) => Who | undefined
  readonly isAccount: (user: string) => boolean
  readonly audit: Audit
}

const texts = {
  crossSite: {
    'pt-BR': 'Esta ação só é aceita a partir da própria página do Ponte.',
    en: "This action is only accepted from Ponte's own page.",
  },
  login: {
    'pt-BR': 'Nada foi feito: entre no Ponte e recarregue a página.',
    en: 'Nothing was done: log in to Ponte and reload the page.',
  },
  viewer: {
    'pt-BR': 'Você entrou como visualizador: só um operador pode fazer isto.',
    en: 'You are logged in as a viewer: only an operator may do this.',
  },
  wait: { 'pt-BR': 'Muitas tentativas. Aguarde um minuto.', en: 'Too many attempts. Wait a minute.' },
} satisfies Record<string, Texts>

/** The first hook of every request: refuses what comes from another site, then what comes without a login. */
export function createGuard(options: GuardOptions) {
  const { sessions, attempts, check, audit } = options
  return async function guard(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const owner = sessions.find(request.cookies[SESSION_COOKIE])
    if (!isSafe(request.method) && !comesFromOurPage(request, owner !== undefined)) {
      // Somebody's browser was made to ask for it: whoever is logged in there should know.
      if (owner !== undefined) await record(audit, request, { ...requestedDeed(request), who: owner.user })
      return refuse(request, reply, 403, 'crossSite')
    }
    if (request.routeOptions.config.public === true) return
    if (owner !== undefined) return await admit(owner, request, reply)

    const given = readBasicCredentials(request.headers.authorization)
    if (given !== undefined) {
      const seconds = attempts.secondsToWait(request.ip)
      if (seconds > 0) return refuse(request, reply.header('retry-after', seconds), 429, 'wait')
      const who = check(given)
      if (who !== undefined) return await admit(who, request, reply)
      await refuseLogin(options, request, given.user)
    } else if (isNavigation(request)) {
      return reply.redirect(`/login?next=${encodeURIComponent(request.url)}`, 303)
    }
    // A browser would open its own password window for this header, over the page that polls.
    if (request.headers['sec-fetch-mode'] === undefined)
      reply.header('www-authenticate', 'Basic realm="Ponte", charset="UTF-8"')
    return refuse(request, reply, 401, 'login')
  }

  async function admit(who: Who, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    request.who = who
    if (mayDo(who, request)) return undefined
    await record(audit, request, { ...requestedDeed(request), who: who.user })
    return refuse(request, reply, 403, 'viewer')
  }
}

/** A login was tried with a wrong user or password: it slows down the next, and is recorded without what was typed. */
export async function refuseLogin(
  { attempts, audit, isAccount }: GuardOptions,
  request: FastifyRequest,
  user: string,
): Promise<void> {
  attempts.addFailure(request.ip)
  request.log.warn({ address: request.ip }, 'login refused')
  await record(audit, request, { action: 'login', who: isAccount(user) ? user : UNKNOWN_USER })
}

/** A refusal stays one when Redis does not take its record. */
const record = (audit: Audit, request: FastifyRequest, deed: Omit<AuditEntry, 'outcome'>): Promise<void> =>
  audit
    .write({ ...deed, outcome: 'refused' })
    .catch((err: unknown) => request.log.error({ err }, 'the audit trail was not written'))

/** May this login do what it asks for? Roles are kept here for every route, Bull Board's and our own: a viewer reads. */
function mayDo(who: Who, request: FastifyRequest): boolean {
  const { operatorOnly, harmless } = request.routeOptions.config
  const changes = !isSafe(request.method) && harmless !== true
  return who.role === 'operator' || (!changes && operatorOnly !== true)
}

const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD'

const isNavigation = ({ method, url, headers }: FastifyRequest): boolean =>
  isSafe(method) && !/^\/(?:api|static)(?:\/|$)/.test(url) && (headers.accept ?? '').includes('text/html')

/**
 * Browsers tell where a request comes from: in `Sec-Fetch-Site` on https and localhost, in `Origin` everywhere. One that tells
 * neither is no browser of this decade: it needs no cookie, so a request that has one is refused.
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

const logIn: Texts = { 'pt-BR': 'Entrar', en: 'Log in' }

/** The page whose form was sent. The login looks at it again before it leads there. */
function pageBefore({ headers: { referer = '' } }: FastifyRequest): string {
  const { pathname = '/', search = '' } = URL.parse(referer) ?? {}
  return pathname + search
}
