import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { CallGuard } from '@ponte/clients'
import { createLogger, openWorkerRedis } from '@ponte/runtime'
import { createSecretBox, stateKey } from '@ponte/state'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { testTenant } from '../testing/test-tenant.ts'
import { createSharedCrmSession } from './shared-credential.ts'

const redis = openWorkerRedis(inject('redisUrl'), createLogger({ level: 'silent', process: 'test' }))
const box = createSecretBox(randomBytes(32))
const quiet: CallGuard = { before: () => Promise.resolve(), after: () => Promise.resolve() }

let logins = 0
const crm = createServer((_request, response) => {
  logins += 1
  response.setHeader('set-cookie', `JSESSIONID=session-${logins}; Path=/`)
  response.end('{}')
})
let baseUrl: string
beforeAll(async () => {
  await new Promise<void>(resolve => crm.listen(0, '127.0.0.1', resolve))
  const address = crm.address()
  baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(() => {
  crm.close()
  redis.disconnect()
})
beforeEach(() => {
  logins = 0
})

/** A process that shares a tenant's session with others. */
function openProcess(name = testTenant().name) {
  const { settings } = testTenant()
  const tenant = { name, settings: { ...settings, totvsCrm: { ...settings.totvsCrm, baseUrl } } }
  const open = createSharedCrmSession({ redis, tenant, box, credential: 'a-credential' })
  return { name, key: stateKey(name, 'crm-session', 'a-credential'), session: open(quiet), open }
}

test('a session is asked of Redis once, and used by all jobs of the process', async () => {
  const { session, open, key } = openProcess()
  expect(await session.current()).toEqual({ value: 'JSESSIONID=session-1', isNew: true })
  await session.current()
  await redis.del(key)
  const others = await Promise.all(Array.from({ length: 5 }, () => open(quiet).current()))
  expect(new Set(others.map(({ value }) => value))).toEqual(new Set(['JSESSIONID=session-1']))
  expect(logins).toBe(1)
})

test('a session that ends is renewed once by all jobs of all processes', async () => {
  const one = openProcess()
  const other = openProcess(one.name)
  await one.session.current()
  await other.session.current()
  const refused = 'JSESSIONID=session-1'
  const renewed = await Promise.all(
    [one, other].flatMap(({ open }) => Array.from({ length: 6 }, () => open(quiet).renew(refused))),
  )
  expect(new Set(renewed.map(({ value }) => value))).toEqual(new Set(['JSESSIONID=session-2']))
  expect(renewed.filter(({ isNew }) => isNew)).toHaveLength(1)
  expect(logins).toBe(2)
})

test('what a process keeps of a session that another process has renewed is refused once, and then no more', async () => {
  const one = openProcess()
  const other = openProcess(one.name)
  await one.session.current()
  await other.session.current()
  await one.session.renew('JSESSIONID=session-1')
  expect(await other.session.current()).toMatchObject({ value: 'JSESSIONID=session-1' })
  expect(await other.session.renew('JSESSIONID=session-1')).toEqual({ value: 'JSESSIONID=session-2', isNew: false })
  expect(await other.session.current()).toMatchObject({ value: 'JSESSIONID=session-2' })
  expect(logins).toBe(2)
})
