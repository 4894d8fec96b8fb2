import { createServer } from 'node:http'
import { once } from 'node:events'
import type { TestProject } from 'vitest/node'
import { startSandbox } from './sandbox.ts'
import { createSandboxClient, type SandboxClient } from './sandbox-client.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where `openWorld` finds the sandbox that all tests share. It is started for the first that asks. */
    readonly sharedSandboxUrl: string
  }
}

/** An RD Station and a TOTVS CRM of one's own, in the sandbox that the whole run shares. */
export interface World {
  readonly url: string
  readonly client: SandboxClient
}

/** `sharedUrl`: `inject('sharedSandboxUrl')`. */
export async function openWorld(sharedUrl: string, name: string = crypto.randomUUID()): Promise<World> {
  const response = await fetch(sharedUrl)
  const answer = await response.text()
  if (!response.ok) throw new Error(answer)
  const url = `${answer}/worlds/${name}`
  return { url, client: createSandboxClient(url) }
}

/** One sandbox for the whole run: a process takes most of a second of a processor to start, a world of it nothing. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let sandbox: ReturnType<typeof startSandbox> | undefined
  const server = createServer((_request, response) => {
    sandbox ??= startSandbox()
    sandbox.then(({ url }) => response.end(url)).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  project.provide('sharedSandboxUrl', `http://127.0.0.1:${address.port}`)
  return async () => {
    server.close()
    server.closeAllConnections()
    await (await sandbox?.catch(() => undefined))?.stop()
  }
}
