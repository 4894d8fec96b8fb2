import { setTimeout as sleep } from 'node:timers/promises'
import { destinations, type FailureCode, type System, systemNames } from '@ponte/contracts'
import {
  blocks,
  createSelfTests,
  isRequestOver,
  probeSystemNow,
  readOpenBreakers,
  type RedisClient,
  type SelfTest,
  type SelfTestSubject,
} from '@ponte/state'
import type { Queue } from 'bullmq'
import { type Connection, isImpaired, readConnections } from '../bridge/connections.ts'
import type { OperationsDeps } from '../operations-deps.ts'

export interface CheckDeps extends Pick<OperationsDeps, 'redis' | 'queues' | 'audit'> {
  /** How long the answer to a test waits for the worker, in milliseconds. */
  readonly outcomeWaitMs?: number
}

interface CheckedConnection {
  readonly tenant: string
  readonly system: System
}

/**
 * Has a worker call the system now. Of a paused system it lets the next probe come at once. A system that said how long to wait is not asked
 * earlier (`throttled`): RD Station counts refused calls too, and every one of them may make the wait longer. `recent`: a refused login was
 * checked just now. Comes back a little later, so that the result may be there.
 */
export async function checkNow(
  deps: CheckDeps,
  { tenant, system, user }: CheckedConnection & { readonly user: string },
): Promise<'asked' | 'throttled' | 'recent'> {
  const { redis, audit } = deps
  const test = { tenant, system }
  const tests = createSelfTests(redis)
  const blocked = await readBlocked(deps, test)
  const { kind, lastJob } = await probeSystemNow(redis, tenant, system)
  if (kind === 'now') for (const queue of blocked) await letGo(queue, lastJob)
  const isAsked = (kind === 'now' || kind === 'closed') && (await tests.ask(test))
  const outcome = kind === 'now' || isAsked ? 'done' : 'failed'
  await audit.write({ user, action: 'check-now', tenant, detail: systemNames[system], outcome })
  if (isAsked) await untilEnded(test, deps)
  return kind === 'throttled' || kind === 'recent' ? kind : 'asked'
}

/** Has a worker send a message over every channel of the alerts. False when one was sent just now. */
export async function testAlerts(deps: CheckDeps, user: string): Promise<boolean> {
  const isAsked = await createSelfTests(deps.redis).ask('alerts')
  await deps.audit.write({ user, action: 'test-alerts', outcome: isAsked ? 'done' : 'failed' })
  if (isAsked) await untilEnded('alerts', deps)
  return isAsked
}

/** The queues whose events wait for the system. */
async function readBlocked({ redis, queues }: CheckDeps, { tenant, system }: CheckedConnection) {
  const open = (await readOpenBreakers(redis, tenant)).filter(breaker => breaker.system === system)
  const own = queues.of(tenant)
  return destinations.filter(kind => open.some(breaker => blocks(breaker, kind))).map(kind => own[kind])
}

/**
 * Lets workers take jobs of the queue again at once. The job that probed last is delayed until the pause ends. It may be the only one, so
 * it is promoted.
 */
async function letGo(queue: Queue, lastJob: string | undefined): Promise<void> {
  await queue.removeRateLimitKey()
  const job = lastJob === undefined ? undefined : await queue.getJob(lastJob)
  if (job === undefined || !(await job.isDelayed())) return
  await job.promote().catch(async (error: unknown) => {
    // It is no error if its time was over in between, or somebody removed it.
    if (await job.isDelayed()) throw error
  })
}

/** A worker looks every second, and then calls. */
const WAIT_MS = 3000
const LOOK_MS = 100

/** The page renews itself for a test that takes longer. */
async function untilEnded(
  subject: SelfTestSubject,
  { redis, outcomeWaitMs = WAIT_MS }: Pick<CheckDeps, 'redis' | 'outcomeWaitMs'>,
): Promise<void> {
  const tests = createSelfTests(redis)
  for (let waitedMs = 0; waitedMs < outcomeWaitMs; waitedMs += LOOK_MS) {
    await sleep(LOOK_MS)
    if ((await tests.read(subject))?.endedAt !== undefined) return
  }
}

export interface AskedCheck extends CheckedConnection {
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What became of a check. `back`: the system answers. `unanswered`: no worker did anything about it in a minute. */
export type CheckOutcome =
  | { readonly kind: 'checking' | 'unanswered' | 'back' }
  | { readonly kind: 'impaired'; readonly connection: Connection }
  | { readonly kind: 'failed'; readonly code: FailureCode }

/** What became of a check. `now`: milliseconds since 1970. */
export async function readCheck(
  redis: RedisClient,
  { tenant, system, at }: AskedCheck,
  now: number,
): Promise<CheckOutcome> {
  const [test, { connections }] = await Promise.all([
    createSelfTests(redis).read({ tenant, system }),
    readConnections(redis, tenant, now),
  ])
  const connection = connections.find(each => each.system === system && isImpaired(each))
  const own = test !== undefined && test.askedAt >= at ? test : undefined
  const isProbing = connection !== undefined && (connection.nextCheck ?? 0) <= now
  if (isUnanswered(own, isProbing)) return { kind: isRequestOver(at, now) ? 'unanswered' : 'checking' }
  if (connection !== undefined) return { kind: 'impaired', connection }
  return own?.code === undefined ? { kind: 'back' } : { kind: 'failed', code: own.code }
}

/** Neither the test has ended, nor the probe of a job that the check let through. */
const isUnanswered = (test: SelfTest | undefined, isProbing: boolean): boolean =>
  test === undefined ? isProbing : test.endedAt === undefined || (isProbing && test.notCalled === true)
