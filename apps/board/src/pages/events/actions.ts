import type { Language } from '@ponte/contracts'
import { retrySelected } from '@ponte/operations'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { retryAddress } from '../../ui/addresses.ts'
import { languageOf } from '../../ui/language.ts'
import { sendNotice } from '../../ui/page.ts'
import { readSelection } from '../../ui/selection.ts'
import { eventListTexts } from './texts.ts'

/** `/events/retry`: starts the failed ones of the events that a list has selected. */
export function addEventActions(app: FastifyInstance, all: BoardDeps): void {
  for (const path of ['/events/retry', '/events/export', '/events/export-all']) {
    // After a reload, or a login in between, a browser asks for the form's address by GET.
    app.get(path, async (_request, reply) => reply.redirect('/events', 303))
  }

  app.post('/events/retry', async (request, reply) => {
    const { user } = request
    const begun =
      user === undefined
        ? 'nothingSelected'
        : await retrySelected(depsFor(all, user), readSelection(request.body), user)
    if (typeof begun === 'string') return refuse(reply, languageOf(request), begun)
    return reply.redirect(retryAddress(begun.retry), 303)
  })
}

/** Says that nothing of what is selected can be used. */
export function refuse(
  reply: FastifyReply,
  language: Language,
  why: 'nothingSelected' | 'nothingFailed',
): FastifyReply {
  const { title, back, [why]: text } = eventListTexts[language]
  return sendNotice(reply.code(409), { language, title, text, link: { href: '/events', text: back } })
}
