import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import {
  type AppName,
  freePort,
  type ProcessExit,
  repositoryRoot,
  sandboxTenant,
  startScript,
  type TenantOverrides,
  workerNodeOptions,
  writeTenantsFile,
} from '@ponte/testbed'
import { openBalancer } from './balancer.ts'

/** How long a balancer has to see that an ingress will end. */
const DRAIN_SECONDS = 2

export interface Member {
  readonly name: string
  /** As a rolling update does: SIGTERM, waits for its end, and starts another in its place. */
  readonly restart: () => Promise<ProcessExit>
  readonly stop: () => Promise<ProcessExit>
}

/**
 * Two ingresses behind a balancer, two workers and a board, in processes of their own, each with an address that it keeps. With `beside`,
 * another checkout, each restart takes the other version of the two.
 */
export async function startFleet(
  redisUrl: string,
  sandboxUrl: string,
  { overrides, beside = repositoryRoot }: { overrides: TenantOverrides; beside?: string | undefined },
) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-fleet-'))
  const name = `t-${randomBytes(4).toString('hex')}`
  const tokens = { rdStation: randomBytes(24).toString('base64url'), totvsCrm: randomBytes(24).toString('base64url') }
  const shared = {
    REDIS_URL: redisUrl,
    PONTE_CONFIG: await writeTenantsFile(folder, { [name]: sandboxTenant(sandboxUrl, tokens, overrides) }),
    PONTE_SECRET_KEY: randomBytes(32).toString('base64'),
    INGRESS_DRAIN_SECONDS: String(DRAIN_SECONDS),
    BOARD_USER: 'operator',
    BOARD_PASSWORD: randomBytes(12).toString('base64url'),
  }

  async function startMember(app: AppName, place: number): Promise<Member & { readonly url: string }> {
    const [port, opsPort] = [await freePort(), await freePort()]
    const env = { ...shared, [`${app.toUpperCase()}_PORT`]: String(port), OPS_PORT: String(opsPort) }
    const ready = `http://127.0.0.1:${opsPort}/readyz`
    const nodeOptions = app === 'worker' ? workerNodeOptions : []
    let version = { next: beside, folder: repositoryRoot }
    const start = () =>
      startScript(path.join(version.folder, 'apps', app, 'src/main.ts'), { env, ready, record: app, nodeOptions })
    let running = await start()
    return {
      name: `${app} ${place}`,
      url: `http://127.0.0.1:${port}`,
      stop: () => running.stop(),
      async restart() {
        const exit = await running.stop()
        version = { next: version.folder, folder: version.next }
        running = await start()
        return exit
      },
    }
  }

  const [one, other, ...others] = await Promise.all([
    startMember('ingress', 1),
    startMember('ingress', 2),
    startMember('worker', 1),
    startMember('worker', 2),
    startMember('board', 1),
  ])
  const balancer = await openBalancer([one.url, other.url])
  const [worker, otherWorker, board] = others
  const webhooks = `${balancer.url}/webhooks/${name}`
  return {
    tenant: { name, tokens, rdStationUrl: `${webhooks}/rd-station`, totvsCrmUrl: `${webhooks}/totvs-crm` },
    /** In the order in which they are restarted. */
    members: [worker, one, board, otherWorker, other],
    async stop(): Promise<void> {
      balancer.close()
      await Promise.all([one, other, ...others].map(member => member.stop()))
      await rm(folder, { recursive: true })
    },
  }
}
