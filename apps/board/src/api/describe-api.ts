import Fastify from 'fastify'
import { addApi } from './api.ts'

/** The description of the API, without a board: the document that `/api/v1/openapi.json` answers with. */
export async function describeApi(): Promise<object> {
  const notCalled = (): never => {
    throw new Error('the API is only described')
  }
  const app = Fastify()
  let describe: () => object = notCalled
  await addApi(
    app,
    {
      status: notCalled,
      health: notCalled,
      failures: notCalled,
      failedEvents: notCalled,
      retryCause: notCalled,
      retryEvent: notCalled,
      retry: notCalled,
      results: notCalled,
    },
    own => (describe = own),
  )
  await app.ready()
  return describe()
}
