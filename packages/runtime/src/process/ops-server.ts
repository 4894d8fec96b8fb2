import Fastify from 'fastify'
import type { Registry } from 'prom-client'
import type { Logger } from '../telemetry/logger.ts'

export interface Readiness {
  readonly ready: boolean
  /** Why not. */
  readonly problems?: readonly string[]
  /** What works and should still be fixed. */
  readonly warnings?: readonly string[]
}

export interface OpsServerOptions {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly metrics: Registry
  readonly readiness: () => Promise<Readiness>
  readonly log: Logger
}

/** `/healthz`, `/readyz` and `/metrics` of one process, on an internal port of its own (docs/behaviour.md#health). */
export async function startOpsServer({ host, port, metrics, readiness, log }: OpsServerOptions) {
  const app = Fastify({ forceCloseConnections: true })
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const answer = await readiness()
    return reply.code(answer.ready ? 200 : 503).send(answer)
  })
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()))
  const address = await app.listen({ host, port })
  log.info({ address }, 'ops server listens')
  return { address, close: () => app.close() }
}
