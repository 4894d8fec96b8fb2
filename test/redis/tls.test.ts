import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createLogger, openRedis, redisAt } from '@ponte/runtime'
import { openLink, startRedis, testAuthority } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { newEmail, startCompany } from '../support/company.ts'
import { openShell } from '../support/commands/shell.ts'
import { redisUser, requireRedisUser } from '../support/redis/redis-user.ts'

/** Node.js adds advice to it. */
const UNKNOWN: unknown = expect.stringContaining('unable to verify the first certificate')

/** A server that is reached by TLS, and by nobody without a login. */
async function openSecureRedis() {
  const server = await startRedis()
  const link = await openLink(server.port, { tls: true })
  const redis = new Redis(server.url)
  await requireRedisUser(redis)
  onTestFinished(async () => {
    redis.disconnect()
    await link.close()
    await server.stop()
  })
  return { redis, port: link.port }
}

const urlOf = (port: number): string =>
  `rediss://${redisUser.REDIS_USERNAME}:${redisUser.REDIS_PASSWORD}@127.0.0.1:${port}`

test('by rediss:// and with a login a lead comes over and is marked, and doctor finds Redis', async () => {
  const { port } = await openSecureRedis()
  const secretKey = randomBytes(32).toString('base64')
  const trust = { NODE_EXTRA_CA_CERTS: testAuthority }
  const company = await startCompany({ redisUrl: urlOf(port), env: { ...trust, PONTE_SECRET_KEY: secretKey } })
  onTestFinished(() => company.stop())
  const { contact } = await company.bring({ name: 'Por TLS', email: newEmail() })
  await company.untilMarks(contact, ['OPPORTUNITY'])

  const shell = await openShell(company, { secretKey, redisUrl: urlOf(port), ...trust })
  onTestFinished(() => shell.close())
  const { stdout } = await shell.ponte(['doctor', '--json'])
  const { findings }: { findings: object[] } = JSON.parse(stdout)
  expect(findings).toContainEqual(expect.objectContaining({ check: 'redis', status: 'ok' }))
})

/** An address in front of another one of loopback, which keeps what callers send there. */
async function listenIn(port: number) {
  const received: Buffer[] = []
  const listening = await listen(caller => {
    const upstream = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [caller, upstream],
      [upstream, caller],
    ] as const) {
      from.on('error', () => {}).on('close', () => to.destroy())
      from.pipe(to)
    }
    caller.on('data', (chunk: Buffer) => received.push(chunk))
  })
  return { received, port: listening }
}

/** Takes callers on a port of loopback until the test ends. Returns the port. */
async function listen(accept: (caller: Socket) => void): Promise<number> {
  const callers = new Set<Socket>()
  const server = createServer(caller => {
    callers.add(caller)
    accept(caller)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const caller of callers) caller.destroy()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('there is no port')
  return address.port
}

/** The connections of a process, with the errors that it logs. */
function openProcess(url: string) {
  const errors: unknown[] = []
  const destination = { write: (line: string) => void errors.push(JSON.parse(line).err?.message) }
  const connections = openRedis(redisAt(url), createLogger({ level: 'warn', process: 'test', destination }))
  onTestFinished(() => connections.close())
  return { connections, errors }
}

test('a server whose certificate nobody known has signed is told nothing, not even by whom', async () => {
  const { redis, port } = await openSecureRedis()
  const listening = await listenIn(port)
  await redis.config('RESETSTAT')
  const { connections, errors } = openProcess(urlOf(listening.port))
  await expect(connections.state().get('any')).rejects.toThrow(/./)
  expect(errors).toContainEqual(UNKNOWN)
  // All that arrives begins a connection by TLS, and Redis behind it is asked nothing but by this test.
  expect(listening.received[0]?.[0]).toBe(0x16)
  expect(Buffer.concat(listening.received).toString('latin1')).not.toMatch(/HELLO|AUTH/i)
  expect(await redis.info('commandstats')).not.toMatch(/cmdstat_(?:hello|auth|get):/)
})

test('a server that stands still before TLS is there is left, and asked again', async () => {
  let callers = 0
  const port = await listen(caller => {
    callers += 1
    caller.on('error', () => {}).resume()
  })
  const { connections, errors } = openProcess(urlOf(port))
  connections.worker()
  // One of them is the one that finds out why TLS fails.
  await expect.poll(() => callers).toBeGreaterThan(3)
  expect(errors).toContain('connect ETIMEDOUT')
})
