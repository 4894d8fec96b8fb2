import { createLogger, openRedis } from '@ponte/runtime'
import { type RedisServer, startRedis } from '@ponte/testbed'
import { expect, inject, onTestFinished, test } from 'vitest'

/** More than any test lasts: the connection that waits finds nothing out by itself. */
const WAIT_S = 600

/** Two connections of a process to a Redis that can be frozen. */
async function openProcess(server: RedisServer) {
  const target = { kind: 'server', host: '127.0.0.1', port: server.port, database: 0, tls: false } as const
  const connections = openRedis(target, createLogger({ level: 'silent', process: 'test' }))
  const state = connections.state()
  const waiting = connections.waiting({ name: 'test', key: 'marker' })
  onTestFinished(async () => {
    waiting.disconnect()
    connections.close()
    await server.stop()
  })
  waiting.options.socketTimeout = (WAIT_S + 3) * 1000
  await Promise.all([state.ping(), waiting.ping()])
  return { state, waiting, job: waiting.bzpopmin('marker', WAIT_S) }
}

async function expectToGoOn(server: RedisServer, { state, waiting, job }: Awaited<ReturnType<typeof openProcess>>) {
  await expect.poll(() => waiting.status).not.toBe('ready')
  server.resume()
  let taken: unknown
  void job.then(found => (taken = found))
  // The server may give one to the connection that is gone, of which it does not know yet.
  const addOne = async (): Promise<unknown> => (await state.zadd('marker', 1, 'job'), taken)
  await expect.poll(addOne).toEqual(['marker', 'job', '1'])
}

test('when one connection finds the primary frozen, one that waits for jobs is made anew as well, and both go on', async () => {
  const server = await startRedis()
  const opened = await openProcess(server)
  server.pause()
  await expect(opened.state.get('any')).rejects.toThrow('Command timed out')
  await expectToGoOn(server, opened)
})

test.runIf(inject('isLongRun'))('a frozen primary is found when nobody asks it for anything', async () => {
  const server = await startRedis()
  const opened = await openProcess(server)
  server.pause()
  await expectToGoOn(server, opened)
})
