import { BULL_BOARD } from '../bull-board/addresses.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Pages of earlier versions, whose addresses stand in bookmarks and in alerts that were sent. */
const moved = [
  ['/stuck', '/waiting'],
  ['/causes', '/failures'],
] as const

/** Redirects the addresses of earlier versions permanently to where their pages are now. */
export function addOldAddresses(app: FastifyInstance): void {
  for (const [before, now] of moved) {
    const redirect = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
      reply.redirect(now + request.url.slice(before.length), 301)
    app.get(before, redirect)
    app.get(`${before}/*`, redirect)
  }
  // Bull Board was mounted at the root.
  app.get('/queue/*', async (request, reply) => reply.redirect(BULL_BOARD + request.url, 301))
  // `/failures` was the list of codes, and is a page of its own by now.
  app.get('/failures/:code', async (request, reply) =>
    reply.redirect(request.url.replace('/failures/', '/error-codes/'), 301),
  )
}
