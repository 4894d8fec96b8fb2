import { randomBytes } from 'node:crypto'
import { jobs as catalog, type JobName, quarantinedDelivery, type QuarantinedDelivery } from '@ponte/contracts'
import {
  createLiveTenants,
  createLogger,
  mostWaitingOf,
  openProducerRedis,
  openQueues,
  openWorkerRedis,
  parseTenants,
  type QueueKind,
} from '@ponte/runtime'
import {
  createCalendar,
  createDeliveryRecorder,
  createFingerprint,
  createTimelines,
  type Replicas,
  type Timelines,
} from '@ponte/state'
import { buildIngress, type IngressDependencies } from '../app.ts'
import { createIngressMetrics } from '../telemetry/ingress-metrics.ts'
import { createReadiness } from '../health/health-routes.ts'

export interface TestIngressOptions {
  readonly redisUrl: string
  readonly timeouts?: NonNullable<IngressDependencies['timeouts']>
  readonly acceptSyntheticConversions?: boolean
  readonly showDocs?: boolean
  readonly trustedProxies?: readonly string[]
  /** The intake limits of the tenants. Default: no test reaches them. */
  readonly intake?: object
  /** Default: a new name. */
  readonly tenant?: string
  /** Default true. */
  readonly awaitRedis?: boolean
  /** Default true: waits a minute instead of the ingress's own limits, because a busy machine is no outage of Redis. */
  readonly isPatient?: boolean
  /** Default: that of `isPatient`. */
  readonly enqueueDeadlineMs?: number
  /** Default: the connection that the ingress uses. With `isPatient`: that of a worker, which waits for Redis. */
  readonly openRedis?: typeof openProducerRedis
  /** Confirm each delivery. Default: none. */
  readonly replicas?: Replicas
  /** Wraps the timelines. */
  readonly changeTimelines?: (timelines: Timelines) => Timelines
}

export const rdToken = 'rd-webhook-token-3f1c'
const oldRdToken = 'rd-webhook-token-before'
export const otherRdToken = 'other-rd-webhook-token'
export const crmToken = 'crm-webhook-token-77ab'

/** An ingress for tests: two tenants with new names, on a real Redis that other tests may use as well. */
export async function openTestIngress({
  redisUrl,
  timeouts,
  acceptSyntheticConversions = false,
  awaitRedis = true,
  showDocs = true,
  trustedProxies = [],
  intake = roomyIntake,
  isPatient = true,
  enqueueDeadlineMs = isPatient ? 60_000 : undefined,
  openRedis = isPatient ? openWorkerRedis : openProducerRedis,
  changeTimelines = timelines => timelines,
  replicas,
  tenant = `t-${randomBytes(6).toString('hex')}`,
}: TestIngressOptions) {
  const otherTenant = `${tenant}-other`
  const settings = (tokens: object) => ({
    webhookTokens: tokens,
    intake,
    rdStation: { clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh', acceptSyntheticConversions },
    totvsCrm: { username: 'user', password: 'password', tenant: 'demo' },
    variables: { totvs_crm_default_user: 'vendas@demo.example' },
  })
  const tenants = parseTenants(
    JSON.stringify({
      tenants: {
        [tenant]: settings({ rdStation: [oldRdToken, rdToken], totvsCrm: crmToken }),
        [otherTenant]: settings({ rdStation: otherRdToken, totvsCrm: 'other-crm-webhook-token' }),
      },
    }),
    {},
  )
  const logged: string[] = []
  const log = createLogger({
    level: 'trace',
    process: 'ingress',
    destination: { write: line => void logged.push(line) },
  })
  const redis = openRedis(redisUrl, log)
  const live = createLiveTenants(tenants)
  const queues = openQueues(tenants, redis, log, { mostWaiting: mostWaitingOf(live), ...(replicas && { replicas }) })
  const metrics = createIngressMetrics()
  const fingerprint = createFingerprint(randomBytes(32))
  const deliveries = createDeliveryRecorder(redis, { everyMs: 50 })
  const app = await buildIngress({
    tenants: live,
    queues,
    deliveries,
    timelinesOf: name => changeTimelines(createTimelines(redis, name, fingerprint, createCalendar('UTC'))),
    readiness: createReadiness(redis),
    metrics,
    log,
    showDocs,
    trustedProxies,
    ...(timeouts && { timeouts }),
    ...(enqueueDeadlineMs !== undefined && { enqueueDeadlineMs }),
  })
  if (awaitRedis && redis.status !== 'ready') await new Promise(resolve => redis.once('ready', resolve))

  const waiting = async (kind: QueueKind) => await queues.of(tenant)[kind].getJobs(['waiting'], 0, -1, true)

  const tokenOf = (path: string, to = tenant): string =>
    path.startsWith('rd-station') ? (to === otherTenant ? otherRdToken : rdToken) : crmToken

  /** Delivers to an address of the tenant (`rd-station`, `totvs-crm/opportunity-won`), with its token. */
  const post = (path: string, payload: string | Buffer | object = {}, more: PostOptions = {}) => {
    const { to = tenant, headers, ...others } = more
    return app.inject({
      method: 'POST',
      url: `/webhooks/${to}/${path}`,
      headers: { apitoken: tokenOf(path, to), 'content-type': 'application/json', ...headers },
      payload,
      ...others,
    })
  }

  return {
    app,
    post,
    tokenOf,
    /** The status of the answer. */
    statusOf: async (...delivery: Parameters<typeof post>): Promise<number> => (await post(...delivery)).statusCode,
    tenant,
    otherTenant,
    metrics,
    redis,
    queues,
    /** All log lines, as one text. */
    log: () => logged.join(''),
    /** The waiting jobs of a destination, oldest first, their data read as a worker reads them. */
    async jobs<Name extends JobName>(name: Name) {
      const found = await waiting(catalog[name].destination)
      return found.filter(job => job.name === name).map(job => catalog[name].data.parse(job.data))
    },
    quarantine: async (): Promise<QuarantinedDelivery[]> =>
      (await waiting('quarantine')).map(job => quarantinedDelivery.parse(job.data)),
    timelines: createTimelines(redis, tenant, fingerprint),
    waiting,
    /** How many jobs the tenant has in all of its queues. */
    async countJobs(): Promise<number> {
      const kinds: QueueKind[] = ['totvs-crm', 'rd-station', 'quarantine']
      return (await Promise.all(kinds.map(waiting))).flat().length
    },
    async close(): Promise<void> {
      await app.close()
      await deliveries.close()
      await queues.close()
      redis.disconnect()
    },
  }
}

interface PostOptions {
  /** Default: the first tenant. */
  readonly to?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly remoteAddress?: string
}

/** For tests: so many leads, each another person. */
export const leadsOf = (name: string, count = 1) => ({
  leads: Array.from({ length: count }, (_unused, index) => ({ email: `${name}${index}@b.example` })),
})

/** For tests: limits that nobody reaches. */
export const roomyIntake = {
  perMinute: 1_000_000,
  burst: 1_000_000,
  mebibytesPerMinute: 10_000,
  mebibytesBurst: 10_000,
}

export type TestIngress = Awaited<ReturnType<typeof openTestIngress>>
