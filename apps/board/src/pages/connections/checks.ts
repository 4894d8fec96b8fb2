import { systemNames, systems } from '@ponte/contracts'
import { checkNow, testAlerts } from '@ponte/operations'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { BoardDeps } from '../../board-deps.ts'
import { languageOf } from '../../ui/language.ts'
import { readLocalPath } from '../../ui/addresses.ts'
import { sendNotice } from '../../ui/page.ts'
import { withCheck } from './check-result.ts'
import { findTenant, linkBack, perUserLimit, sendUnknownTenant } from './routes.ts'
import { setUpTexts } from './set-up-texts.ts'
import { connectionsTexts } from './texts.ts'

const parameters = z.object({ system: z.enum(systems) })
const form = z.object({ next: z.string().max(2000) })

/** What workers call because a person asks: a system, or the channels of the alerts. */
export function addChecks(app: FastifyInstance, all: BoardDeps): void {
  app.post('/connections/:tenant/:system/check', { config: { rateLimit: perUserLimit } }, async (request, reply) => {
    const tenant = findTenant(all, request)?.name
    const system = parameters.safeParse(request.params).data?.system
    if (tenant === undefined || system === undefined) return sendUnknownTenant(request, reply)
    const at = Date.now()
    const outcome = await checkNow(all, { tenant, system, user: request.user?.name ?? '' })
    const href = readLocalPath(form.safeParse(request.body).data?.next ?? '/connections')
    if (outcome === 'asked') return reply.redirect(withCheck(href, { tenant, system, at }), 303)
    const language = languageOf(request)
    const { notChecked: title, notYet, back } = connectionsTexts[language]
    const text = notYet[outcome](systemNames[system])
    return sendNotice(reply.code(409), { language, title, text, link: { href, text: back } })
  })

  app.post('/connections/alert-test', { config: { rateLimit: perUserLimit } }, async (request, reply) => {
    if (await testAlerts(all, request.user?.name ?? '')) return reply.redirect('/connections', 303)
    const language = languageOf(request)
    const { notChecked: title } = connectionsTexts[language]
    const { tooSoon: text } = setUpTexts[language]
    return sendNotice(reply.code(409), { language, title, text, link: linkBack(language) })
  })
}
