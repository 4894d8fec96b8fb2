import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { freePort } from './free-port.ts'
import { machineEnvironment, startScript } from './processes.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-processes-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Tells its environment at `/`, and what a signal made of it on stdout. */
const SERVER = `
  import { createServer } from 'node:http'
  const server = createServer((request, response) => response.end(JSON.stringify(process.env)))
  server.listen(process.env.PORT, '127.0.0.1')
  process.on('SIGTERM', () => setTimeout(() => { console.log('finished'); process.exit(7) }, 50))
  console.log('hello')
`

async function script(source: string): Promise<string> {
  const file = path.join(folder, `${crypto.randomUUID()}.mjs`)
  await writeFile(file, source)
  return file
}

async function startServer() {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = await startScript(await script(SERVER), { env: { PORT: String(port) }, ready: url })
  onTestFinished(async () => {
    await server.kill()
  })
  return { ...server, url }
}

const answers = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
    onTestFinished(() => {
      socket.destroy()
    })
  })

test('a process is handed over when it answers, with the environment that it was given and no other', async () => {
  const server = await startServer()

  const env: unknown = await (await fetch(server.url)).json()
  expect(env).toEqual({ ...machineEnvironment(), PORT: new URL(server.url).port })
  expect(server.output()).toBe('hello\n')
})

test('a process that ends before it is ready is an error that says why, in its own words', async () => {
  const file = await script(`console.error('REDIS_URL: is not set'); process.exit(3)`)
  const started = startScript(file, { env: {}, ready: `http://127.0.0.1:${await freePort()}` })

  await expect(started).rejects.toThrow(/ended with code 3[^]*REDIS_URL: is not set/)
})

test('a process that is stopped finishes what it does first', async () => {
  const server = await startServer()

  expect(await server.stop()).toEqual({ code: 7, signal: null })
  expect(server.output()).toContain('finished')
})

test('a process that is killed ends at once, and may be stopped afterwards', async () => {
  const server = await startServer()

  expect(await server.kill()).toEqual({ code: null, signal: 'SIGKILL' })
  expect(await answers(Number(new URL(server.url).port))).toBe(false)
  expect(server.output()).not.toContain('finished')
  expect(await server.stop()).toEqual(await server.exited)
})

test('a process takes its own children with it when it is killed', async () => {
  const port = await freePort()
  // The child shares its parent's output, which closes when the last of them is gone; the kill waits for that.
  const file = await script(`
    import { spawn } from 'node:child_process'
    spawn('sleep', ['3600'], { stdio: 'inherit' })
    ${SERVER}
  `)
  const parent = await startScript(file, { env: { PORT: String(port) }, ready: `http://127.0.0.1:${port}` })

  expect(await parent.kill()).toEqual({ code: null, signal: 'SIGKILL' })
})

test('what a process started ends with it, even when it is killed', async () => {
  const port = await freePort()
  const file = await script(`
    import { startScript } from ${JSON.stringify(path.join(import.meta.dirname, 'processes.ts'))}
    import { startRedis } from ${JSON.stringify(path.join(import.meta.dirname, 'redis/redis.ts'))}
    const url = 'http://127.0.0.1:${port}'
    await startScript(${JSON.stringify(await script(SERVER))}, { env: { PORT: '${port}' }, ready: url })
    const redis = await startRedis()
    process.send(redis.port)
  `)
  const us = spawn(process.execPath, [file], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [message] = await once(us, 'message')
  const redisPort = Number(message)
  expect([await answers(port), await answers(redisPort)]).toEqual([true, true])

  us.kill('SIGKILL')

  await expect.poll(async () => [await answers(port), await answers(redisPort)]).toEqual([false, false])
})
