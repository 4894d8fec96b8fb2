import type { FastifyInstance } from 'fastify'

export type JsonObject = Record<string, unknown>

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Bodies are JSON or empty, whatever the header says of an empty body. Other types are answered 415. */
export function acceptJson(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    const text = body.toString()
    if (text === '') return done(null, undefined)
    try {
      done(null, JSON.parse(text))
    } catch {
      done(Object.assign(new Error('The body is not valid JSON.'), { statusCode: 400 }), undefined)
    }
  })
}
