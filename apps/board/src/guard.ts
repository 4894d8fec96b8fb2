import type { Audit } from '@ponte/state'
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

export interface GuardOptions {
  readonly sessions: Sessions
  readonly attempts: AttemptLimit
  readonly check: (given: Credentials) => Who | undefined
  readonly audit: Audit
}

const texts = {
  crossSite: {
    'pt-BR': 'Esta ação só é aceita a partir da própria página do Ponte.',
    en: "This action is only accepted from Ponte's own page.",
  },
  login: { 'pt-BR': 'Entre no Ponte: recarregue a página.', en: 'Log in to Ponte: reload the page.' },
  viewer: {
    'pt-BR': 'Você entrou como visualizador: só um operador pode fazer isto.',
    en: 'You are logged in as a viewer: only an operator may do this.',
  },
  wait: { 'pt-BR': 'Muitas tentativas. Aguarde um minuto.', en: 'Too many attempts. Wait a minute.' },
} satisfies Record<string, Texts>

/** The first hook of every request: refuses what comes from another site, then what comes without a login. */
export function createGuard({ sessions, attempts, check, audit }: GuardOptions) {
  return async function guard(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const owner = sessions.find(request.cookies[SESSION_COOKIE])
    if (!isSafe(request.method) && !comesFromOurPage(request, owner !== undefined))
      return refuse(request, reply, 403, 'crossSite')
    if (request.routeOptions.config.public === true) return
    if (owner !== undefined) return await admit(owner, request, reply)

    const given = readBasicCredentials(request.headers.authorization)
    if (given !== undefined) {
      const seconds = attempts.secondsToWait(request.ip)
      if (seconds > 0) return refuse(request, reply.header('retry-after', seconds), 429, 'wait')
      const who = check(given)
      if (who !== undefined) return await admit(who, request, reply)
      attempts.addFailure(request.ip)
      request.log.warn({ address: request.ip }, 'login refused')
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
    await audit
      .write({ ...requestedDeed(request), who: who.user, outcome: 'refused' })
      .catch((err: unknown) => request.log.error({ err }, 'the audit trail was not written'))
    return refuse(request, reply, 403, 'viewer')
  }
}

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
  return sendRefusal(request, reply, { status, text: texts[text] })
}
