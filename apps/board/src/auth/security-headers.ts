import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

/**
 * What Bull Board's page needs: its own scripts and data, style attributes, pictures in style sheets. The fonts that its page
 * asks Google for are taken out (bull-board.ts), so that nobody outside learns who looks at this board. The board's own pages
 * replace it by a narrower one (ui/page.ts).
 */
const directives = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'self'"],
  frameAncestors: ["'none'"],
}

/** Registered before the guard, so that refusals have the headers as well. */
export async function addSecurityHeaders(
  app: FastifyInstance,
  { publicUrl }: { readonly publicUrl?: string | undefined },
): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives },
    strictTransportSecurity:
      publicUrl?.startsWith('https:') === true ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' },
    // `no-referrer` would make browsers send `Origin: null`, and our own forms could not be told from those of other sites.
    referrerPolicy: { policy: 'same-origin' },
  })
  // Helmet sets no caching. Browsers may keep static files (@fastify/static), but revalidate them each time, with the login.
  app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))
}
