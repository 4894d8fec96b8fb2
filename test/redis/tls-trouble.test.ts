import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import tls from 'node:tls'
import { createLogger, findTlsTrouble, openRedis, type RedisTarget } from '@ponte/runtime'
import { freePort, readTestIdentity, trustTestAuthority } from '@ponte/testbed'
import { beforeAll, afterAll, expect, onTestFinished, test } from 'vitest'

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('there is no port')
  return address.port
}

/** The names by which its certificate was asked for. */
const names: string[] = []
const secure = tls.createServer({
  ...readTestIdentity(),
  SNICallback(name, found) {
    names.push(name)
    found(null)
  },
})
const plain = createServer(caller => caller.on('error', () => {}).end('-ERR no TLS here\r\n'))
let ports: Record<'secure' | 'plain' | 'none', number>
beforeAll(async () => {
  ports = { secure: await listen(secure), plain: await listen(plain), none: await freePort() }
})
afterAll(() => {
  secure.close()
  plain.close()
})

const at = (port: number, host = '127.0.0.1'): RedisTarget => ({ kind: 'server', host, port, database: 0, tls: true })
const sentinelsAt = (port: number): RedisTarget => ({
  kind: 'sentinel',
  sentinels: [{ host: '127.0.0.1', port }],
  name: 'ponte',
  tls: true,
})
const clusterAt = (port: number): RedisTarget => ({ kind: 'cluster', nodes: [{ host: '127.0.0.1', port }], tls: true })

const UNKNOWN = 'unable to verify the first certificate'

test.each([
  ['a server', at],
  ['Sentinels', sentinelsAt],
  ['a Cluster', clusterAt],
])('of %s it is said why TLS fails, and nothing when nobody is there', async (_of, target) => {
  expect(await findTlsTrouble(target(ports.secure))).toContain(UNKNOWN)
  expect(await findTlsTrouble(target(ports.plain))).toMatch(/./)
  expect(await findTlsTrouble(target(ports.none))).toBeUndefined()
  expect(await findTlsTrouble({ ...target(ports.secure), tls: false })).toBeUndefined()
})

test('a process logs why TLS with its Sentinels fails', async () => {
  const lines: string[] = []
  const log = createLogger({ level: 'error', process: 'test', destination: { write: line => void lines.push(line) } })
  const connections = openRedis(sentinelsAt(ports.secure), log)
  onTestFinished(() => connections.close())
  await expect.poll(() => lines).toContainEqual(expect.stringContaining(UNKNOWN))
})

test('a certificate is asked for by the name of its server', async () => {
  onTestFinished(trustTestAuthority())
  expect(await findTlsTrouble(at(ports.secure, 'localhost'))).toBeUndefined()
  names.length = 0
  const connections = openRedis(at(ports.secure, 'localhost'), createLogger({ level: 'silent', process: 'test' }))
  onTestFinished(() => connections.close())
  connections.worker()
  // The first is the one that finds out why TLS fails.
  await expect.poll(() => names.length).toBeGreaterThan(1)
  expect(new Set(names)).toEqual(new Set(['localhost']))
})
