import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type BoardProcess, createLaunchers, type WorkerProcess } from './launchers.ts'
import type { RunningProcess } from '../processes.ts'
import { sandboxTenant, type TenantOverrides, writeTenantsFile } from './tenants-file.ts'

export type { BoardProcess, WorkerProcess } from './launchers.ts'

export interface PonteOptions {
  readonly redisUrl: string
  /** Of the sandbox, or of one of its worlds. */
  readonly sandboxUrl: string
  /**
   * By name, what differs from the sandbox's demo connection.
   * Default: one tenant of a name never used before, so that tests may share a Redis.
   */
  readonly tenants?: Readonly<Record<string, TenantOverrides>>
  /** Default 1. */
  readonly workers?: number
  readonly board?: boolean
  /** More environment, or other values, for every process. */
  readonly env?: Readonly<Record<string, string>>
}

/** What the webhooks of one tenant need. */
export interface TenantAccess {
  readonly name: string
  /** `{ingress}/webhooks/{tenant}/rd-station` */
  readonly rdStationUrl: string
  /** `{ingress}/webhooks/{tenant}/totvs-crm`; an intent may follow. */
  readonly totvsCrmUrl: string
  readonly tokens: { readonly rdStation: string; readonly totvsCrm: string }
}

/** A system of processes. Those of a kind are listed in the order in which they were started, ended ones included. */
export interface Ponte {
  readonly ingressUrl: string
  /** `/healthz`, `/readyz` and `/metrics` on the ingress's internal port. */
  readonly ingressOpsUrl: string
  /** What the command line needs, as environment. Of this run alone. */
  readonly settings: Readonly<Record<'REDIS_URL' | 'PONTE_CONFIG' | 'PONTE_SECRET_KEY', string>>
  /** The first tenant; the only one, as a rule. */
  readonly tenant: TenantAccess
  readonly tenants: readonly TenantAccess[]
  /** The ingress that was started last. */
  readonly ingress: RunningProcess
  readonly workers: readonly WorkerProcess[]
  readonly board: BoardProcess | undefined
  /** Starts the ingress again at the same address, once it was killed or stopped. */
  readonly startIngress: () => Promise<RunningProcess>
  /** Adds a worker. `env`: of this worker alone. */
  readonly startWorker: (env?: Readonly<Record<string, string>>) => Promise<WorkerProcess>
  /**
   * Writes a tenants file with these tenants and no others, for the running processes to notice. A tenant that was there before keeps its
   * tokens.
   */
  readonly writeTenants: (tenants: Readonly<Record<string, TenantOverrides>>) => Promise<readonly TenantAccess[]>
  /**
   * Writes into the tenants file what differs in these tenants from the sandbox's demo connection, and starts the ingress and as many
   * workers as at first again.
   */
  readonly changeTenants: (changed: Readonly<Record<string, TenantOverrides>>) => Promise<void>
  /** Stops whatever still runs, the ingress first, and removes the tenants file. */
  readonly stop: () => Promise<void>
}

/**
 * A whole Ponte against a sandbox, in processes of its own as in production. Resolves when each is ready; rejects with the
 * words of the one that did not start, and leaves none behind.
 */
export async function startPonte(options: PonteOptions): Promise<Ponte> {
  const { redisUrl, sandboxUrl, workers: workerCount = 1, env = {} } = options
  const overrides = options.tenants ?? { [`demo-${randomBytes(4).toString('hex')}`]: {} }

  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-'))
  const settings = {
    REDIS_URL: redisUrl,
    PONTE_CONFIG: path.join(folder, 'ponte.config.yaml'),
    PONTE_SECRET_KEY: randomBytes(32).toString('base64'),
  }
  const launch = await createLaunchers({ ...settings, LOG_LEVEL: 'info', ...env })
  const known = new Map<string, TenantAccess>()
  function accessTo(name: string): TenantAccess {
    const access = known.get(name) ?? tenantAccess(name, launch.ingressUrl)
    known.set(name, access)
    return access
  }
  let current = overrides
  async function writeTenants(next: Readonly<Record<string, TenantOverrides>>): Promise<readonly TenantAccess[]> {
    current = next
    const entries = Object.entries(next).map(([name, own]) => [
      name,
      sandboxTenant(sandboxUrl, accessTo(name).tokens, own),
    ])
    await writeTenantsFile(folder, Object.fromEntries(entries))
    return Object.keys(next).map(accessTo)
  }
  const tenants = await writeTenants(current)
  const [tenant] = tenants
  if (tenant === undefined) throw new Error('name at least one tenant')

  const ingresses: RunningProcess[] = []
  const workers: WorkerProcess[] = []
  const boards: BoardProcess[] = []
  const startIngress = () => launch.ingress().then(keepIn(ingresses))
  const startWorker = (own?: Readonly<Record<string, string>>) => launch.worker(own).then(keepIn(workers))
  const changeTenants = async (changed: Readonly<Record<string, TenantOverrides>>): Promise<void> => {
    await writeTenants({ ...current, ...changed })
    // Two ingresses cannot have one address: the first must have gone.
    await stopAll([...ingresses, ...workers])
    await Promise.all([startIngress(), ...Array.from({ length: workerCount }, () => startWorker())])
  }
  const stop = async (): Promise<void> => {
    await stopAll(ingresses)
    await stopAll([...workers, ...boards])
    await rm(folder, { recursive: true, force: true })
  }

  const started = await Promise.allSettled([
    startIngress(),
    ...Array.from({ length: workerCount }, () => startWorker()),
    ...(options.board === true ? [launch.board().then(keepIn(boards))] : []),
  ])
  const failed = started.find(result => result.status === 'rejected')
  if (failed !== undefined) {
    await stop()
    throw failed.reason
  }

  return {
    ingressUrl: launch.ingressUrl,
    ingressOpsUrl: launch.ingressOpsUrl,
    settings,
    tenant,
    tenants,
    get ingress() {
      return last(ingresses)
    },
    workers,
    board: boards[0],
    startIngress,
    startWorker,
    writeTenants,
    changeTenants,
    stop,
  }
}

function tenantAccess(name: string, ingressUrl: string): TenantAccess {
  const webhooks = `${ingressUrl}/webhooks/${name}`
  return {
    name,
    rdStationUrl: `${webhooks}/rd-station`,
    totvsCrmUrl: `${webhooks}/totvs-crm`,
    tokens: { rdStation: randomBytes(24).toString('base64url'), totvsCrm: randomBytes(24).toString('base64url') },
  }
}

const keepIn =
  <Item>(list: Item[]) =>
  (item: Item): Item => {
    list.push(item)
    return item
  }

const stopAll = (processes: readonly RunningProcess[]): Promise<unknown> =>
  Promise.all(processes.map(running => running.stop()))

function last<Item>(list: readonly Item[]): Item {
  const item = list.at(-1)
  if (item === undefined) throw new Error('nothing was started')
  return item
}
