import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * What Bull Board's page needs: its own scripts and data, style attributes, pictures in style sheets. The fonts that its page
 * asks from Google are taken out (bull-board.ts), so that nobody outside learns who looks at this board.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * Set first, so that refusals have them too. A page may replace the policy by a narrower one; static files (@fastify/static) may
 * be kept and are asked for again each time, login included.
 */
export const createSecurityHeaders =
  ({ publicUrl }: { readonly publicUrl?: string | undefined }) =>
  async (_request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.headers({
      ...(publicUrl?.startsWith('https:') === true && { 'strict-transport-security': 'max-age=31536000' }),
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      // `no-referrer` would make browsers send `Origin: null`, by which our own forms could not be told from others'.
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    })
  }
