import { type BoardProcess, plantTrouble, startPonte, startSandbox, troubleTenants } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import { copyFailed } from '../measure/copy-failed.ts'
import { type Figure, medianOf } from '../measure/figures.ts'
import { cpuOf, readRedisInfo } from '../measure/usage.ts'
import type { Row } from '../row.ts'

const TENANTS = 30
const FAILED = 10_000
const QUARANTINED = 1000
const TIMES = 15
const DAY_MS = 24 * 3600 * 1000
/** Enough of each kind to copy, and connections that need somebody. */
const counts = { delivered: 5, withoutRole: 3, withoutField: 3, aboveLimit: 3, ended: 4, quarantined: 3, waiting: 5 }

/** How long each page of the board takes when much has failed. */
export const board: Row = {
  name: 'board',
  title: `time to the first byte of the board's pages (median, fastest–slowest), ${TENANTS} tenants, ${FAILED.toLocaleString('en')} failed, ${QUARANTINED.toLocaleString('en')} quarantined`,
  async measure(redisUrl) {
    const sandbox = await startSandbox()
    const names = { acme: 'acme', nova: 'nova' }
    const others = Array.from({ length: TENANTS - 2 }, (_, index) => `tenant-${String(index + 1).padStart(2, '0')}`)
    const ponte = await startPonte({
      redisUrl,
      sandboxUrl: sandbox.url,
      tenants: { ...troubleTenants(names), ...Object.fromEntries(others.map(name => [name, {}])) },
      board: true,
      env: { LOG_LEVEL: 'error' },
    })
    const redis = new Redis(redisUrl)
    try {
      await plantTrouble({ ponte, sandbox: sandbox.client, names, counts, redisUrl }, async ({ act, isDone }) => {
        await act()
        while (!(await isDone())) await sleep(50)
      })
      const share = (total: number): number => Math.ceil(total / TENANTS)
      for (const tenant of [names.acme, names.nova, ...others]) {
        const parts = [
          { from: names.acme, kind: 'totvs-crm', count: share(FAILED * 0.4) },
          { from: names.nova, kind: 'totvs-crm', count: share(FAILED * 0.3) },
          { from: names.nova, kind: 'rd-station', count: share(FAILED * 0.3) },
          { from: names.acme, kind: 'quarantine', count: share(QUARANTINED) },
        ] as const
        for (const { from, kind, count } of parts)
          await copyFailed(redis, { tenant: from, kind }, { tenant, kind, count, overMs: DAY_MS })
      }
      const { contacts } = await sandbox.client.rd(names.nova).state()
      return await measurePages(ponte.board, redis, contacts[0]?.email ?? '')
    } finally {
      redis.disconnect()
      await ponte.stop()
      await sandbox.stop()
    }
  },
}

interface PageRequest {
  readonly path: string
  /** A form that is sent. */
  readonly form?: Readonly<Record<string, string>>
}

async function measurePages(
  process: BoardProcess | undefined,
  redis: Redis,
  email: string,
): Promise<readonly Figure[]> {
  if (process === undefined) throw new Error('there is no board')
  const { url, user, password, pid } = process
  const readCpu = async (): Promise<number> => (await cpuOf(pid)) + (await readRedisInfo(redis)).cpuMs
  const login = await fetch(`${url}/login`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ user, password }),
  })
  const cookie = login.headers
    .getSetCookie()
    .map(each => each.split(';')[0])
    .join('; ')
  const ask = async ({ path, form }: PageRequest): Promise<{ ms: number; text: string }> => {
    const startedAt = performance.now()
    const response = await fetch(`${url}${path}`, {
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    })
    const ms = performance.now() - startedAt
    const text = await response.text()
    if (response.status !== 200) throw new Error(`${path} was answered ${response.status}: ${text.slice(-1500)}`)
    return { ms, text }
  }

  // The first request of all meets a board that has read nothing yet.
  const first = await ask({ path: '/' })
  const list = '/failures/nova/totvs-crm/CRM_REJECTED'
  const linked = (text: string, pattern: RegExp): string => (pattern.exec(text)?.[1] ?? '').replaceAll('&amp;', '&')
  const { text } = await ask({ path: list })
  const pages: readonly PageRequest[] = [
    ...['/', '/failures', list, '/waiting', '/queues', '/preview', '/error-codes', '/error-codes/CRM_REJECTED'],
    ...['/audit', linked(text, /href="(\/events\/[^"]+)"/), linked(text, /href="(\/jobs\/[^"]+\/edit)"/)],
    ...['/queues/queue/nova.totvs-crm?status=failed', '/queues/api/queues?activeQueue=nova.totvs-crm&status=failed'],
  ].map(path => ({ path }))
  const figures: Figure[] = [single('the first page after a start', first.ms)]
  for (const page of [...pages, { path: '/search', form: { q: email } }]) {
    await ask(page)
    const times: number[] = []
    const before = await readCpu()
    for (let time = 0; time < TIMES; time += 1) times.push((await ask(page)).ms)
    const cpuMs = ((await readCpu()) - before) / TIMES
    const name = page.path.replaceAll(/[^/=?&]{30,}/g, '…')
    const [median, low, high] = [medianOf(times), Math.min(...times), Math.max(...times)]
    figures.push(
      { what: name, unit: 'ms', ponte: { median, low, high } },
      single('  processor time of board and Redis', cpuMs),
    )
  }
  return figures
}

const single = (what: string, ms: number): Figure => ({ what, unit: 'ms', ponte: { median: ms, low: ms, high: ms } })
