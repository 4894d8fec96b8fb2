import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

/**
 * What Bull Board's page needs: its own scripts and data, style attributes, pictures in style sheets. Google's fonts are taken out of the
 * page (bull-board/page.ts), so that nobody outside learns who uses this board. The board's own pages replace this policy by a narrower one
 * (ui/page.ts).
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
    // With `no-referrer` browsers would send `Origin: null`, and the guard could not tell our own forms from those of other sites.
    referrerPolicy: { policy: 'same-origin' },
  })
  // Helmet sets no caching. Browsers may keep static files (@fastify/static), but revalidate them each time, with the login.
  app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))
}
