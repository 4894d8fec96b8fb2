import { createServer } from 'node:http'
import { createLogger, openWorkerRedis } from '@ponte/runtime'
import { createSecretBox, createTokenStore } from '@ponte/state'
import { afterAll, expect, inject, test } from 'vitest'
import { createRdTokens } from './rd-tokens.ts'
import { testTenant } from './testing/test-tenant.ts'

const redis = openWorkerRedis(inject('redisUrl'), createLogger({ level: 'silent', process: 'test' }))
afterAll(() => redis.disconnect())

test('a renewal that is under way when its job is told to stop is ended, and what came back is stored', async () => {
  const stop = new AbortController()
  const server = createServer((_request, response) => {
    stop.abort()
    setImmediate(() => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ access_token: 'access-2', refresh_token: 'refresh-2', expires_in: 86_400 }))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const rdStation = { clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh-1' }
  const tenant = testTenant({ rdStation: { ...rdStation, tokenUrl: `http://127.0.0.1:${port}/auth/token` } })
  const store = createTokenStore(redis, tenant.name, createSecretBox(Buffer.alloc(32, 1)), () => undefined)
  const guard = { before: () => Promise.resolve(), after: () => Promise.resolve(), signal: stop.signal }
  expect(await createRdTokens({ redis, tenant, store, guard }).current()).toBe('access-2')
  expect(await store.read()).toMatchObject({ refreshToken: 'refresh-2' })
  await new Promise(resolve => server.close(resolve))
})
