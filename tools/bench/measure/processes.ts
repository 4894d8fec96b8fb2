import path from 'node:path'
import { freePort, type RunningProcess, startScript } from '@ponte/testbed'
import { z } from 'zod'

const bench = path.dirname(import.meta.dirname)
const callCounts = z.object({ 'totvs-crm': z.number(), 'rd-station': z.number() })

export interface Systems extends RunningProcess {
  /** Where both systems listen, without a path. */
  readonly url: string
  /** How many calls they have had, logins aside. */
  readonly calls: () => Promise<{ readonly 'totvs-crm': number; readonly 'rd-station': number }>
  /** From now on all opportunities are in this state. */
  readonly setStatus: (status: 'PROGRESS' | 'WON') => Promise<void>
  /** From now on 300 more opportunities have changed that nobody has told of. */
  readonly missMore: () => Promise<void>
}

/** Both systems, answering at once, in a process of their own. */
export async function startSystems(): Promise<Systems> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = { INSTANT_PORT: String(port) }
  const running = await startScript(path.join(bench, 'systems/instant-systems.ts'), { env, ready: `${url}/healthz` })
  return {
    ...running,
    url,
    calls: async () => callCounts.parse(await (await fetch(`${url}/calls`)).json()),
    async setStatus(status) {
      await fetch(`${url}/opportunities/${status}`, { method: 'POST' })
    },
    async missMore() {
      await fetch(`${url}/missed`, { method: 'POST' })
    },
  }
}

export interface BareOptions {
  readonly redisUrl: string
  readonly queue: string
  /** Where both systems listen. */
  readonly systemsUrl?: string
  readonly concurrency?: number
  readonly token?: string
  readonly env?: Readonly<Record<string, string>>
}

/** The bare counterpart of an app, in a process of its own. */
export async function startBare(
  app: 'ingress' | 'worker',
  { redisUrl, queue, systemsUrl = '', concurrency = 1, token = '', env: more = {} }: BareOptions,
): Promise<RunningProcess & { readonly url: string }> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    REDIS_PORT: new URL(redisUrl).port,
    BARE_QUEUE: queue,
    BARE_PORT: String(port),
    BARE_TOKEN: token,
    BARE_CONCURRENCY: String(concurrency),
    SYSTEMS_URL: systemsUrl,
    ...more,
  }
  const running = await startScript(path.join(bench, `bare/${app}.ts`), { env, ready: `${url}/healthz` })
  return { ...running, url }
}
