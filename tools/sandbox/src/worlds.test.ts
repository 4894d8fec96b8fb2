import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { createWorlds } from './worlds.ts'

async function open(): Promise<(path: string, method?: string, body?: object) => Promise<unknown>> {
  const server = createWorlds().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return async (path, method = 'GET', body) => {
    const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...(body && json) })
    const text = await response.text()
    return text === '' ? undefined : JSON.parse(text)
  }
}

test('each world has records, calls and faults of its own, and so has the one at the root', async () => {
  const ask = await open()
  for (const world of ['', '/worlds/acme', '/worlds/nova'])
    await ask(`${world}/control/rd/demo/contacts`, 'POST', { email: `de${world.replaceAll('/', '.')}@cliente.example` })
  await ask('/worlds/acme/control/faults', 'POST', {
    ...{ system: 'rd-station', match: { path: '/auth/token' }, kind: 'status', status: 503, times: 1 },
  })
  await ask('/worlds/acme/rd/auth/token', 'POST', {})

  const emails = async (world: string) => await ask(`${world}/control/rd/demo`)
  expect(await emails('')).toMatchObject({ contacts: [{ email: 'de@cliente.example' }] })
  expect(await emails('/worlds/acme')).toMatchObject({ contacts: [{ email: 'de.worlds.acme@cliente.example' }] })
  expect(await emails('/worlds/nova')).toMatchObject({ contacts: [{ email: 'de.worlds.nova@cliente.example' }] })
  // As at the root, a path that a call or a fault names does not begin with the world.
  expect(await ask('/worlds/acme/control/calls')).toMatchObject([{ path: '/auth/token', status: 503 }])
  expect(await ask('/control/calls')).toEqual([])
  expect(await ask('/worlds/nova/control/faults')).toEqual([])
})

test('a connection that nobody uses stays open for longer than those of callers, so that no call meets its end', () => {
  // undici and got keep one for a few seconds, unless the server says otherwise.
  expect(createWorlds().keepAliveTimeout).toBeGreaterThan(60_000)
})
