import type { Language } from '@ponte/contracts'
import type { Obstacle } from '@ponte/operations'
import type { Tenant } from '@ponte/runtime'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { languageOf } from '../../ui/language.ts'
import { sendNotice } from '../../ui/page.ts'
import { connectionsTexts, obstacleText } from './texts.ts'
import { html, type Html } from '../../ui/html.ts'

/** Each call stores something in Redis, or makes an event call the other system. */
export const perUserLimit = {
  max: 20,
  timeWindow: '1 minute',
  hook: 'preHandler',
  keyGenerator: ({ user }: FastifyRequest) => user?.name ?? '',
} as const

/** The tenant that an address names, if this user may see it. */
export function findTenant(all: BoardDeps, { params, user }: FastifyRequest): Tenant | undefined {
  const named = z.object({ tenant: z.string() }).safeParse(params).data?.tenant
  return depsFor(all, user).tenants.find(({ name }) => name === named)
}

export function sendUnknownTenant(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const language = languageOf(request)
  const { title, unknownTenant } = connectionsTexts[language]
  return sendNotice(reply.code(404), { language, title, text: unknownTenant, link: linkBack(language) })
}

export const linkBack = (language: Language) => ({ href: '/connections', text: connectionsTexts[language].back })

/** Why the board cannot connect the tenant, what to set, and the command that does it instead. */
export const renderObstacle = (
  { obstacle, tenant }: { readonly obstacle: Obstacle; readonly tenant: string },
  language: Language,
): Html =>
  html`<p class="tight">${obstacleText(obstacle, language)}</p>
    <p class="tight">${connectionsTexts[language].command} <code>ponte connect --tenant ${tenant}</code></p>`
