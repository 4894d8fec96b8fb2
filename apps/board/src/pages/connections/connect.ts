import { createBrowserConnect, type Obstacle, operators } from '@ponte/operations'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { cookieNames } from '../../auth/guard.ts'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { html } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { sendNotice, sendPage } from '../../ui/page.ts'
import { findTenant, linkBack, perUserLimit, renderObstacle, sendUnknownTenant } from './routes.ts'
import { connectionsTexts } from './texts.ts'

const CALLBACK = '/connections/callback'

/** What RD Station lets the browser bring back: a code, or why there is none. */
const answer = z.object({
  state: z.string().max(200),
  code: z.string().min(1).max(4000).optional(),
  error: z.string().optional(),
})

/** Connects the account of a tenant in the operator's browser: leads it to RD Station, and takes the code that it brings back. */
export function addConnectRoutes(app: FastifyInstance, all: BoardDeps): void {
  const browserConnect = createBrowserConnect(all)
  const sessionCookie = cookieNames(all.publicUrl).session
  const loginOf = ({ user, cookies }: FastifyRequest) => ({ user: user?.name ?? '', session: cookies[sessionCookie] })

  app.post('/connections/:tenant/rd-station', { config: { rateLimit: perUserLimit } }, async (request, reply) => {
    const tenant = findTenant(all, request)
    if (tenant === undefined) return sendUnknownTenant(request, reply)
    const found = await browserConnect.begin(tenant, loginOf(request), redirectUriOf(all, request))
    if (typeof found === 'string') return sendObstacle(request, reply, { obstacle: found, tenant: tenant.name })
    return sendOnward(request, reply, found.href)
  })

  const config = { roles: operators, loginLeadsTo: '/connections', rateLimit: perUserLimit }
  // A HEAD would use the state up.
  app.get(CALLBACK, { config, exposeHeadRoute: false }, async (request, reply) => {
    const { data } = answer.safeParse(request.query)
    const { tenants } = depsFor(all, request.user)
    const id = data && (await browserConnect.conclude(data, loginOf(request), tenants))
    if (id === undefined) return sendForeign(request, reply)
    // The address of this request holds the code, so it must not be the one that stays in the browser.
    return reply.redirect(`/connections?attempt=${id}`, 303)
  })
}

/** Where RD Station is to send the browser back to. The app at RD Station has to name this address. */
export const redirectUriOf = ({ publicUrl }: Pick<BoardDeps, 'publicUrl'>, request: FastifyRequest): string =>
  new URL(CALLBACK, publicUrl ?? `${request.protocol}://${request.host}`).href

/**
 * A page that leads on by itself. The policy lets forms lead to this board only (`form-action`). It could not name every host over which RD
 * Station may lead the browser on.
 */
function sendOnward(request: FastifyRequest, reply: FastifyReply, href: string): FastifyReply {
  const language = languageOf(request)
  const { onward, onwardText, onwardLink } = connectionsTexts[language]
  const body = html`<h1>${onward}</h1>
    <p>${onwardText}</p>
    <p><a href="${href}">${onwardLink}</a></p>`
  return sendPage(reply.header('refresh', `0; url=${href}`), { language, title: onward, body })
}

function sendObstacle(
  request: FastifyRequest,
  reply: FastifyReply,
  stopped: { readonly obstacle: Obstacle; readonly tenant: string },
): FastifyReply {
  const language = languageOf(request)
  const { refused, back } = connectionsTexts[language]
  const body = html`<h1>${refused}</h1>
    <div class="notice" role="alert">${renderObstacle(stopped, language)}</div>
    <p><a href="/connections">${back}</a></p>`
  return sendPage(reply.code(409), { language, title: refused, body })
}

function sendForeign(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const language = languageOf(request)
  const { refused, foreign } = connectionsTexts[language]
  return sendNotice(reply.code(400), { language, title: refused, text: foreign, link: linkBack(language) })
}
