import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import { PROBLEMS_PATH } from '../http/problem.ts'
import { problemsPage } from './problems-page.ts'

/**
 * Serves the page of problems and, unless switched off, `/openapi.json` and `/docs`. Works offline. Call it before any route is added:
 * Swagger describes only the routes that are added later.
 */
export async function addDocumentation(app: FastifyInstance, { isShown }: { isShown: boolean }): Promise<void> {
  app.get(PROBLEMS_PATH, { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(problemsPage()),
  )
  if (!isShown) return
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Ponte: ingress',
        version: '1',
        description: [
          'Webhooks of RD Station and TOTVS CRM. An authentic delivery is answered 202 with the outcome of each part, also when it',
          `cannot be read. Refusals are \`application/problem+json\`; [what each means](${PROBLEMS_PATH}).`,
        ].join('\n'),
      },
      components: {
        securitySchemes: {
          apiToken: { type: 'apiKey', in: 'header', name: 'apiToken' },
          bearer: { type: 'http', scheme: 'bearer' },
          token: { type: 'apiKey', in: 'query', name: 'token' },
        },
      },
    },
    transform: jsonSchemaTransform,
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Ponte: ingress' },
    staticCSP: "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
