import type { Language, Texts } from '@ponte/contracts'
import { createBrowserConnect, operators } from '@ponte/operations'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { cookieNames } from '../../auth/guard.ts'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { action, type Asked, noFilters, type Rendered, sendOutcome, tenantOf, userLimit } from '../../ui/board-page.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { html } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { renderObstacle } from '../../ui/parts/connection-problem.ts'
import { connectionsTexts, linkBack } from './texts.ts'

const CALLBACK = '/connections/callback'

/** What RD Station lets the browser bring back: a code, or why there is none. */
const answer = z.object({
  state: z.string().max(200),
  code: z.string().min(1).max(4000).optional(),
  error: z.string().optional(),
})

/** Leads an operator's browser to RD Station, to connect the account of a tenant, and takes the code that it brings back. */
export function addConnectRoutes(app: FastifyInstance, all: BoardDeps, title: Texts): void {
  const browserConnect = createBrowserConnect(all)
  const sessionCookie = cookieNames(all.publicUrl).session
  const loginOf = ({ user, cookies }: FastifyRequest) => ({ user: user?.name ?? '', session: cookies[sessionCookie] })

  const begin = action({
    ...{ path: '/connections/:tenant/rd-station', isLimited: true, filters: noFilters },
    async run(asked) {
      const { deps, language, request } = asked
      const tenant = tenantOf(asked)
      if (tenant === undefined)
        return { status: 404, text: commonTexts[language].unknownTenant, link: linkBack(language) }
      const found = await browserConnect.begin(tenant, loginOf(request), redirectUriOf(deps, request))
      return typeof found === 'string'
        ? renderStop({ obstacle: found, tenant: tenant.name }, language)
        : renderOnward(asked, found.href)
    },
  })
  void begin(app, all, title)

  // Unlike other addresses: a code stands in it, so that a login must not lead back to it, and a HEAD would use the state up.
  const config = { roles: operators, loginLeadsTo: '/connections', rateLimit: userLimit }
  app.get(CALLBACK, { config, exposeHeadRoute: false }, async (request, reply) => {
    const { data } = answer.safeParse(request.query)
    const { tenants } = depsFor(all, request.user)
    const id = data && (await browserConnect.conclude(data, loginOf(request), tenants))
    // The address of this request holds the code, so it must not be the one that stays in the browser.
    if (id !== undefined) return reply.redirect(`/connections?attempt=${id}`, 303)
    const language = languageOf(request)
    const { refused, foreign: text } = connectionsTexts[language]
    return sendOutcome(reply, title, { status: 400, title: refused, text, link: linkBack(language) })
  })
}

/** Where RD Station is to send the browser back to. The app at RD Station has to name this address. */
export const redirectUriOf = ({ publicUrl }: Pick<BoardDeps, 'publicUrl'>, request: FastifyRequest): string =>
  new URL(CALLBACK, publicUrl ?? `${request.protocol}://${request.host}`).href

/**
 * A page that leads on by itself. The policy lets forms lead to this board only (`form-action`). It could not name every host over which RD
 * Station may lead the browser on.
 */
function renderOnward({ language, reply }: Pick<Asked, 'language' | 'reply'>, href: string): Rendered {
  reply.header('refresh', `0; url=${href}`)
  const { onward: title, onwardText, onwardLink } = connectionsTexts[language]
  const body = html`<h1>${title}</h1>
    <p>${onwardText}</p>
    <p><a href="${href}">${onwardLink}</a></p>`
  return { title, body }
}

function renderStop(stopped: Parameters<typeof renderObstacle>[0], language: Language): Rendered {
  const { refused: title, back } = connectionsTexts[language]
  const body = html`<h1>${title}</h1>
    <div class="notice" role="alert">${renderObstacle(stopped, language)}</div>
    <p><a href="/connections">${back}</a></p>`
  return { status: 409, title, body }
}
