import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Registry, collectDefaultMetrics } from 'prom-client'
import type { Logger } from '../telemetry/logger.ts'

export interface Readiness {
  readonly ready: boolean
  /** Why the process is not ready. */
  readonly problems?: readonly string[]
  /** What should be fixed although the process works. */
  readonly warnings?: readonly string[]
}

export interface OpsServerOptions {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly metrics: Registry
  readonly readiness: () => Promise<Readiness>
  /** What else this process answers, as JSON, by path. */
  readonly more?: Readonly<Record<string, (query: URLSearchParams) => Promise<JsonAnswer>>>
  readonly log: Logger
}

export interface JsonAnswer {
  readonly status: number
  readonly value: object
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/**
 * `/healthz`, `/readyz` and `/metrics` of one process, on an internal port of its own (docs/behaviour/queues.md#health). Without a framework,
 * which would take a worker 0.1 s of its start and 10 MB for a few addresses.
 */
export async function startOpsServer({ host, port, metrics, readiness, more = {}, log }: OpsServerOptions) {
  async function answerOf(path: string, query: string): Promise<Answer> {
    if (path === '/healthz') return json(200, { status: 'ok' })
    if (path === '/metrics') return { status: 200, type: metrics.contentType, body: await metrics.metrics() }
    if (path === '/readyz') {
      const found = await readiness()
      return json(found.ready ? 200 : 503, found)
    }
    const own = Object.hasOwn(more, path) ? await more[path]?.(new URLSearchParams(query)) : undefined
    return own === undefined ? json(404, { status: 'not found' }) : json(own.status, own.value)
  }

  async function answer({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const isRead = method === 'GET' || method === 'HEAD'
    const [path = '', query = ''] = isRead ? url.split('?') : []
    const { status, type, body } = await answerOf(path, query)
    response.writeHead(status, { 'content-type': type }).end(body)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((err: unknown) => {
      log.error({ err }, 'ops server error')
      response.writeHead(500).end()
    })
  })
  server.listen(port, host)
  await once(server, 'listening')
  const bound = server.address()
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${typeof bound === 'object' ? bound?.port : port}`
  log.info({ address }, 'ops server listens')
  return {
    address,
    async close(): Promise<void> {
      server.close()
      server.closeAllConnections()
    },
  }
}

const json = (status: number, value: object): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
})

/** One registry a process, with Node.js's own metrics. */
export function createMetrics(processName: string): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ process: processName })
  collectDefaultMetrics({ register: registry })
  return registry
}
