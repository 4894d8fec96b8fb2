import type { Connection } from '@ponte/operations'
import { type PlantedJob, plantJobs, type RandomTenant, type RetryEnd as End } from '@ponte/testbed'
import { type FailureCode, type System, systems } from '@ponte/contracts'
import type { QueueKind } from '@ponte/runtime'
import {
  blocks,
  createCircuitBreaker,
  createCredentialRefusals,
  createDeliveryRecorder,
  createDoctorResults,
  createLastTimes,
  createSelfTests,
  createTenantMode,
  createTimelines,
  readOpenBreakers,
} from '@ponte/state'
import { Redis } from 'ioredis'
import type { OpenBoard } from '../../../apps/board/src/testing/open-board.ts'

export interface PlantedTenant extends RandomTenant {
  readonly name: string
}

/** A job, and as what each place has to count it. */
export interface CountedJob extends PlantedJob {
  readonly countedAs: 'failed' | 'waiting' | 'delayed' | 'active' | 'gone'
  /** It goes on only when a person has done something. */
  readonly isHeldUp: boolean
}

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const policy = { failureThreshold: 1, probeMs: HOUR_MS, maxProbeMs: HOUR_MS }

type Code = 'down' | 'throttled' | 'login-refused' | 'disconnected'
const codes: Readonly<Record<System, Readonly<Record<Code, FailureCode>>>> = {
  'totvs-crm': {
    ...{ down: 'CRM_UNREACHABLE', throttled: 'CRM_THROTTLED' },
    ...{ 'login-refused': 'CRM_LOGIN_REJECTED', disconnected: 'CRM_LOGIN_REJECTED' },
  },
  'rd-station': {
    ...{ down: 'RD_UNREACHABLE', throttled: 'RD_QUOTA_EXCEEDED' },
    ...{ 'login-refused': 'RD_CLIENT_REJECTED', disconnected: 'RD_TOKEN_REVOKED' },
  },
}

async function bringAbout(redis: OpenBoard['redis'], tenant: string, system: System, state: Connection['state']) {
  const breaker = createCircuitBreaker(redis, tenant, policy)
  const of = codes[system]
  const outage = { jobId: 'j', correlationKey: 'o', code: of.down, outage: true } as const
  if (state === 'down') await breaker.fail(system, { ...outage, kind: 'read' })
  if (state === 'no-answer-to-writes') await breaker.fail(system, { ...outage, kind: 'write' })
  if (state === 'throttled') await breaker.throttle(system, { code: of.throttled, waitMs: HOUR_MS })
  if (state === 'login-refused' || state === 'disconnected')
    await createCredentialRefusals(redis, tenant, policy).refuse(system, {
      ...{ credential: 'a', correlationKey: 'j', code: of[state], stage: 'login' },
    })
}

export const needsPerson = (state: Connection['state']): boolean =>
  state === 'login-refused' || state === 'disconnected'

/** Makes the state of a board's tenants as the other processes would. Connected workers stay until `close`. */
export async function plantState(
  { redis, queues, tenants: own, fingerprint }: OpenBoard,
  tenants: readonly PlantedTenant[],
  { redisUrl, areAlertsSent }: { readonly redisUrl: string; readonly areAlertsSent: boolean },
) {
  const now = Date.now()
  const deliveries = createDeliveryRecorder(redis)
  let jobs: CountedJob[] = []
  for (const tenant of tenants) {
    const { name, connections, doctor } = tenant
    for (const system of systems) {
      const { state, hasWorked, hasDelivered, refused } = connections[system]
      if (state === 'ok' || (hasWorked && state !== 'not-tried')) await createLastTimes(redis, name).record(system)
      await bringAbout(redis, name, system, state)
      if (hasDelivered) deliveries.accepted(name, system, { isEvent: true })
      for (let time = 0; time < refused; time += 1) deliveries.refused(name, system, 'wrong-token')
    }
    if (doctor !== undefined) {
      const variables = fingerprint.exact(JSON.stringify(own.find(each => each.name === name)?.settings.variables))
      const problems = doctor.map(check => ({ check, problem: 'FOUND' }))
      await createDoctorResults(redis).write(name, { at: now, problems, variables, samples: [] })
    }
    if (tenant.needsSwitch) {
      const mode = createTenantMode(redis, name)
      await mode.declare('live')
      await mode.goBack('now')
    }
    for (const kind of tenant.paused) await queues.of(name)[kind].pause()
    jobs.push(...(await jobsOf(redis, tenant, now)))
  }
  await deliveries.close()
  const result = areAlertsSent ? 'sent' : 'refused'
  await createSelfTests(redis).conclude('alerts', { channels: [{ name: 'webhook', result }] })
  const plain = new Redis(redisUrl)
  await plantJobs(plain, jobs, now)
  // Workers are seen by the names of their connections. These take no jobs.
  const workers = tenants.flatMap(({ name, hasWorker }) => {
    const queue = Buffer.from(`${name}.totvs-crm`).toString('base64')
    return hasWorker ? [new Redis(redisUrl, { connectionName: `{${name}}:${queue}` })] : []
  })
  await Promise.all(workers.map(worker => worker.ping()))

  /** How a job ends that was retried and waits. */
  async function end(job: CountedJob, how: End): Promise<CountedJob> {
    const { tenant, kind, id, event } = job
    const keyOf = (part: string): string => `{${tenant}}:${tenant}.${kind}:${part}`
    // Deliveries are read again in a way of their own.
    if (how === 'open' || kind === 'quarantine') return job
    await plain.lrem(keyOf('wait'), 0, id)
    if (how === 'removed') {
      await plain.del(keyOf(id))
      return { ...job, countedAs: 'gone' }
    }
    const [at, code] = [Date.now(), how === 'failed' ? 'CRM_REJECTED' : undefined]
    const of = { event, key: `${tenant}-${id}`, receivedAt: new Date(now).toISOString(), jobId: id, identities: [] }
    const run = { kind: 'run', at, event, jobId: id, outcome: how, ...(code && { code }) } as const
    await createTimelines(redis, tenant, fingerprint).record(of, run, { jobKey: keyOf(id) })
    await plain.zadd(keyOf(how === 'failed' ? 'failed' : 'completed'), at, id)
    const ended = { finishedOn: at, ...(code && { failedReason: `${code}: It was refused.` }) }
    await plain.hset(keyOf(id), { returnvalue: JSON.stringify({ outcome: how }), ...ended })
    return { ...job, at, countedAs: how === 'failed' ? 'failed' : 'gone', ...(code && { code }) }
  }

  return {
    jobs: (): readonly CountedJob[] => jobs,
    /** What was retried waits, or has ended like this, in turn. Resolves to what became of each. */
    async endRetried(
      retried: readonly CountedJob[],
      ends: readonly End[],
    ): Promise<readonly (readonly [CountedJob, End])[]> {
      const found: (readonly [CountedJob, End])[] = []
      for (const [index, job] of retried.entries()) {
        const how = job.kind === 'quarantine' ? 'open' : (ends[index % ends.length] ?? 'open')
        const tenant = tenants.find(({ name }) => name === job.tenant)
        const waiting = {
          ...job,
          countedAs: 'waiting',
          isHeldUp: tenant !== undefined && isHeldUp(tenant, job.kind),
        } as const
        const ended = await end(waiting, how)
        jobs = jobs.map(each => (each === job ? ended : each))
        found.push([ended, how])
      }
      return found
    },
    /** A person has removed it, and with it all that had failed of the mark of its opportunity. */
    removed({ tenant, id, opportunityId }: CountedJob): void {
      const isOfIt = (job: CountedJob): boolean =>
        job.tenant === tenant && (opportunityId === undefined ? job.id === id : job.opportunityId === opportunityId)
      jobs = jobs.map(job => (job.countedAs === 'failed' && isOfIt(job) ? { ...job, countedAs: 'gone' } : job))
    },
    close(): void {
      for (const client of [...workers, plain]) client.disconnect()
    },
  }
}

/** Which queues wait for a person when nothing of a system can be called. */
const queuesOf: Readonly<Record<System, readonly QueueKind[]>> = {
  'totvs-crm': ['totvs-crm', 'rd-station'],
  'rd-station': ['rd-station'],
}

const isHeldUp = ({ hasWorker, needsSwitch, paused, connections }: PlantedTenant, kind: QueueKind): boolean =>
  !hasWorker ||
  needsSwitch ||
  paused.includes(kind) ||
  systems.some(system => needsPerson(connections[system].state) && queuesOf[system].includes(kind))

async function jobsOf(redis: OpenBoard['redis'], tenant: PlantedTenant, now: number): Promise<readonly CountedJob[]> {
  const breakers = await readOpenBreakers(redis, tenant.name)
  return tenant.jobs.map(({ state, kind, event, code, opportunity }, index): CountedJob => {
    const cameAt = now - HOUR_MS + index * MINUTE_MS + MINUTE_MS / 2
    const until = breakers.filter(each => blocks(each, kind)).map(each => each.until + 300)
    const [isFailed, isHeld] = [state === 'failed', state === 'held' && until.length > 0]
    const number = isFailed ? opportunity : 100 + index
    const isDelayed = state === 'held' || state === 'due' || state === 'delayed'
    const at = isFailed ? cameAt + 1000 : state === 'due' ? cameAt : isHeld ? Math.max(...until) : now + 5 * HOUR_MS
    const isWaiting = state === 'wait' || state === 'prioritized' || state === 'due' || isHeld
    return {
      ...{ tenant: tenant.name, kind, event, at, cameAt, id: `planted-${String(index).padStart(3, '0')}` },
      state: isDelayed ? 'delayed' : state,
      ...(isFailed && { code }),
      ...(kind === 'rd-station' && { opportunityId: `9d1f3a52-0000-4000-8000-${String(number).padStart(12, '0')}` }),
      countedAs: isFailed ? 'failed' : isWaiting ? 'waiting' : state === 'active' ? 'active' : 'delayed',
      isHeldUp: isHeldUp(tenant, kind),
    }
  })
}
