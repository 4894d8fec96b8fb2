import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { buildSandbox } from './app.ts'

/** As long as Fastify keeps a connection that nobody uses: one that is closed while a caller sends fails that call. */
const KEEP_ALIVE_MS = 72_000
const WORLD = /^\/worlds\/([a-z0-9-]{1,63})(?=\/)/

/**
 * A server, not listening, with the sandbox at its root, and at `/worlds/{name}` another one of that name: both systems again, with
 * records, faults and calls of their own. A world begins with the first request to it.
 */
export function createWorlds(): Server {
  const worlds = new Map<string, Promise<FastifyInstance>>()

  function worldOf(name: string): Promise<FastifyInstance> {
    const known = worlds.get(name)
    if (known !== undefined) return known
    const begun = openWorld()
    worlds.set(name, begun)
    return begun
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '' } = request
    const found = WORLD.exec(url)
    if (found !== null) request.url = url.slice(found[0].length)
    const world = await worldOf(found?.[1] ?? '')
    world.routing(request, response)
  }

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  server.on('close', () => {
    for (const world of worlds.values()) void world.then(each => each.close())
  })
  return server
}

async function openWorld(): Promise<FastifyInstance> {
  const world = buildSandbox()
  await world.ready()
  return world
}
