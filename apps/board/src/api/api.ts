import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance } from 'fastify'
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod'
import { z } from 'zod'
import { roles } from '@ponte/operations'
import type { BoardDeps } from '../board-deps.ts'
import { ApiProblem, PROBLEMS_PATH, sendProblem, problems } from './problems.ts'
import { addApiRoutes } from './routes.ts'

/** The API: what the board shows and does, for programs. The guard admits its tokens, before a body is read. */
export async function addApi(app: FastifyInstance, all: () => BoardDeps): Promise<void> {
  await app.register(
    async scope => {
      scope.setValidatorCompiler(validatorCompiler)
      scope.setSerializerCompiler(serializerCompiler)
      scope.setErrorHandler(sendProblem)
      scope.setNotFoundHandler(() => {
        throw new ApiProblem('API_NOT_FOUND')
      })
      // Of Fastify's own: only JSON is left.
      scope.removeContentTypeParser('text/plain')
      takeEmptyJson(scope)
      await addDescription(scope)
      addApiRoutes(scope, all)
      scope.get('/problems', { schema: { hide: true }, config: { public: true } }, async (_request, reply) =>
        reply.type('text/html; charset=utf-8').send(problemsPage()),
      )
      scope.get('/openapi.json', { schema: { hide: true }, config: { tokenRoles: roles } }, async () => describe(scope))
    },
    { prefix: '/api/v1' },
  )
}

/** The description of the API, without a board: the document that `/api/v1/openapi.json` answers with. */
export async function describeApi(): Promise<object> {
  const app = Fastify()
  await addApi(app, () => {
    throw new Error('the API is only described')
  })
  return (await app.inject('/api/v1/openapi.json')).json()
}

/** The page that the `type` of every problem leads to: a section for each code, in English and Portuguese. */
const problemsPage = (): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Ponte: problems</title>
<h1>Problems that the API answers with</h1>
${Object.entries(problems)
  .map(
    ([code, { status, en, pt, advice }]) => `<section id="${code}">
<h2>${status} ${code}</h2>
<p>${en} ${advice.en}</p>
<p lang="pt-BR">${pt} ${advice.pt}</p>
</section>`,
  )
  .join('\n')}
</html>
`

/** Many clients name the type of a body that they do not send. */
function takeEmptyJson(scope: FastifyInstance): void {
  const parse = scope.getDefaultJsonParser('error', 'error')
  scope.removeContentTypeParser('application/json')
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body)
    if (text === '') done(null, null)
    else void parse(request, text, done)
  })
}

/** `date-time` says it, and the pattern of it is longer than the rest of a document. */
const zodToJsonConfig: NonNullable<NonNullable<Parameters<typeof createJsonSchemaTransform>[0]>['zodToJsonConfig']> = {
  override({ jsonSchema }) {
    if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
  },
}

const described = z.looseObject({
  paths: z.unknown(),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
})

/** The description, with the schemas that it refers to. The library adds every one of Ponte that has a name, the tenants file's too. */
function describe(scope: FastifyInstance): object {
  const document = described.parse(scope.swagger())
  const { schemas } = document.components
  const used = new Set<string>()
  const visit = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue
      used.add(name)
      visit(schemas[name])
    }
  }
  visit(document.paths)
  const own = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)))
  return { ...document, components: { ...document.components, schemas: own } }
}

/** Describes every route of the scope that is added afterwards. */
async function addDescription(scope: FastifyInstance): Promise<void> {
  await scope.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Ponte: operations',
        version: '1',
        description: [
          'What the board shows and does, for programs. Nothing in it names a person.',
          `Errors are \`application/problem+json\`; [what each means](${PROBLEMS_PATH}).`,
        ].join('\n'),
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig }),
    transformObject: createJsonSchemaTransformObject({ zodToJsonConfig }),
  })
}
