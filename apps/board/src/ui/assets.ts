import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'

/** The board's picture: in the tab of the browser and beside its name. */
export const LOGO = '/assets/ponte.svg'

/** Serves the picture, also to the login page. */
export async function addAssets(app: FastifyInstance): Promise<void> {
  const logo = await readFile(new URL('assets/ponte.svg', import.meta.url), 'utf8')
  app.get(LOGO, { config: { public: true } }, async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=86400').type('image/svg+xml').send(logo),
  )
}
