import { type RedisServer, startRedis } from '@ponte/testbed'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { openCliSetUp, type SetUp, type SetUpTenant } from './open-cli-set-up.ts'

/** One sandbox for the tests of a file. Each test finds both systems in their first state. */
export function useCliSetUp(): { readonly setUp: SetUp } {
  let setUp: SetUp
  beforeAll(async () => {
    setUp = await openCliSetUp()
  })
  beforeEach(() => setUp.renew())
  afterAll(() => setUp.close())
  return {
    get setUp() {
      return setUp
    },
  }
}

/** For commands that read all of Redis: a Redis of its own for the tests of a file. Each test gets a tenant and an empty Redis. */
export function useOwnRedis(): { readonly setUp: SetUp; readonly tenant: SetUpTenant } {
  let server: RedisServer
  let setUp: SetUp
  let tenant: SetUpTenant
  beforeAll(async () => {
    server = await startRedis()
    setUp = await openCliSetUp({ redisUrl: server.url })
  })
  beforeEach(async () => {
    tenant = await setUp.tenant()
  })
  afterEach(async () => {
    await tenant.redis.flushall()
    await tenant.close()
  })
  afterAll(async () => {
    await setUp.close()
    await server.stop()
  })
  return {
    get setUp() {
      return setUp
    },
    get tenant() {
      return tenant
    },
  }
}
