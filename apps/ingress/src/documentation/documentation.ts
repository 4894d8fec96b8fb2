import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import { PROBLEMS_PATH } from '../http/problem.ts'
import { ingressFailures } from '@ponte/contracts'

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

/** The page that the `type` of every problem leads to: one section a code, in English and Portuguese. */
const problemsPage = (): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Ponte: problems</title>
<h1>Problems that the ingress answers with</h1>
${Object.entries(ingressFailures).map(toSection).join('\n')}
</html>
`

const toSection = ([code, { en, pt, status }]: [
  string,
  (typeof ingressFailures)[keyof typeof ingressFailures],
]): string =>
  `<section id="${code}">
<h2>${status} ${code}</h2>
<p>${en.happened} ${en.advice}</p>
<p lang="pt-BR">${capitalized(pt.happened)}. ${pt.advice}</p>
</section>`

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
