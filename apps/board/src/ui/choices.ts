import { languages } from '@ponte/contracts'
import formbody from '@fastify/formbody'
import { readers } from '@ponte/operations'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { readLocalPath } from './addresses.ts'
import { LANGUAGE_COOKIE } from './language.ts'
import { REFRESH_COOKIE } from './refresh.ts'

const YEAR_S = 365 * 24 * 3600
const next = z.string().max(2000).optional()
const languageForm = z.object({ language: z.enum(languages), next })
const refreshForm = z.object({ refresh: z.enum(['on', 'off']), next })

/** How somebody wants the board's pages: their language, and whether they renew themselves. Kept in the browser. */
export function addChoices(app: FastifyInstance): void {
  void app.register(async scope => {
    await scope.register(formbody, { bodyLimit: 8192 })
    const cookie = { path: '/', httpOnly: true, sameSite: 'lax', maxAge: YEAR_S } as const

    scope.post('/language', { config: { public: true } }, async (request, reply) => {
      const form = languageForm.safeParse(request.body).data
      if (form !== undefined) reply.setCookie(LANGUAGE_COOKIE, form.language, { ...cookie, secure: 'auto' })
      return reply.redirect(readLocalPath(form?.next), 303)
    })

    scope.post('/refresh', { config: { roles: readers } }, async (request, reply) => {
      const form = refreshForm.safeParse(request.body).data
      if (form !== undefined) reply.setCookie(REFRESH_COOKIE, form.refresh, { ...cookie, secure: 'auto' })
      return reply.redirect(readLocalPath(form?.next), 303)
    })
  })
}
