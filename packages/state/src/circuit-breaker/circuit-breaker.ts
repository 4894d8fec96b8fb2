import { type Destination, type FailureCode, isFailureCode, type System } from '@ponte/contracts'
import type { Redis } from 'ioredis'
import { forgetRefusals, readRefusal } from './credential-refusals.ts'
import { stateKey } from '../redis/keys.ts'
import { defineScript } from '../redis/script.ts'

/**
 * A system that is down, throttled or refuses our credential is left in peace: everything that needs it rests.
 * `down` and `revoked` end when one probing job gets through; `throttled` ends when its time is over. What was `revoked` is kept
 * by credential (`createCredentialRefusals`).
 */
export type OpenReason = 'down' | 'throttled' | 'revoked'

export interface OpenBreaker {
  readonly system: System
  readonly reason: OpenReason
  readonly code: FailureCode
  /** Which calls have to wait: `write` lets questions through. */
  readonly kind: CallKind
  /** Milliseconds since 1970. */
  readonly since: number
  readonly until: number
}

export interface CircuitBreakerPolicy {
  /** Transient failures in a row, across jobs, before the system counts as down. */
  readonly failureThreshold: number
  readonly probeMs: number
  readonly maxProbeMs: number
}

/** A system may answer every question and refuse every change: the one says nothing about the other. */
export type CallKind = 'read' | 'write'

/**
 * What a caller may do now. `troubled`: a success should be reported with `succeed`. `probing`: it is the one that finds out, and
 * should `leave` when it has found out nothing.
 */
export type Admission =
  | { readonly admitted: true; readonly degraded: boolean; readonly probing: boolean }
  | { readonly admitted: false; readonly waitMs: number; readonly code: FailureCode }

export interface CallFailure {
  readonly jobId: string
  /** What the job is about: the jobs of one opportunity, however many, are one witness. */
  readonly correlationKey: string
  readonly kind: CallKind
  readonly code: FailureCode
  /** No answer came at all, or one of a gateway. */
  readonly outage: boolean
}

/** `started`, `extended`: the failure belongs to the rest, no attempt is spent. `counted`: it is this job's own. */
export type FailureEffect =
  | { readonly kind: 'started' | 'extended'; readonly waitMs: number }
  | { readonly kind: 'counted' }

/** A probing job that was killed gives way to another after this long. */
const PROBE_MS = 30_000
/** A streak of failures that nobody added to for this long is forgotten. */
const STREAK_MS = 3_600_000
/** Others look again this soon while a job probes. */
const PROBE_PAUSE_MS = 1000

/** A rest of `read`, the kind that is written down or not, holds every call. */
const admit = defineScript(`
local now = redis.call('TIME'); now = now[1] * 1000 + math.floor(now[2] / 1000)
local rest = redis.call('HMGET', KEYS[1], 'until', 'reason', 'code', 'probe', 'probeUntil', 'kind')
if not rest[1] or (rest[6] == 'write' and ARGV[4] == 'read') then return {1, redis.call('EXISTS', KEYS[2]), ''} end
local wait = tonumber(rest[1]) - now
if wait > 0 then return {0, wait, rest[3]} end
if rest[2] == 'throttled' then redis.call('DEL', KEYS[1]); return {1, 1, ''} end
if not rest[4] or rest[4] == ARGV[1] or tonumber(rest[5]) < now then
  redis.call('HSET', KEYS[1], 'probe', ARGV[1], 'probeUntil', now + tonumber(ARGV[2]))
  return {1, 2, ''}
end
return {0, tonumber(ARGV[3]), rest[3]}`)

const fail = defineScript(`
local now = redis.call('TIME'); now = now[1] * 1000 + math.floor(now[2] / 1000)
local job, code, outage, subject = ARGV[1], ARGV[2], ARGV[3], ARGV[9]
local rest = redis.call('HMGET', KEYS[1], 'until', 'delay', 'reason', 'probe', 'kind')
-- That changes are refused was no reason for a question to fail: it has a streak, and makes a rest, of its own.
if rest[5] == 'write' and ARGV[10] == 'read' then rest[1] = false end
if rest[1] and rest[3] == 'throttled' and tonumber(rest[1]) <= now then
  redis.call('DEL', KEYS[1])
  rest[1] = false
end
if rest[1] then
  local left = tonumber(rest[1]) - now
  if left > 0 then return {'extended', left} end
  -- A call that began before the rest says nothing about the probe.
  if rest[4] ~= job then return {'extended', tonumber(ARGV[8])} end
  local delay = math.min(math.max(tonumber(rest[2]) * 2, 1), tonumber(ARGV[6]))
  redis.call('HSET', KEYS[1], 'until', now + delay, 'delay', delay)
  redis.call('HDEL', KEYS[1], 'probe', 'probeUntil')
  redis.call('HSET', KEYS[1], 'code', code)
  redis.call('PEXPIRE', KEYS[1], delay + tonumber(rest[5] == 'write' and ARGV[11] or ARGV[7]))
  return {'extended', delay}
end
local count = redis.call('HINCRBY', KEYS[2], 'count', 1)
if outage == '1' then redis.call('HINCRBY', KEYS[2], 'outages', 1) end
local first = redis.call('HGET', KEYS[2], 'subject')
if not first then redis.call('HSET', KEYS[2], 'subject', subject) elseif first ~= subject then redis.call('HSET', KEYS[2], 'several', 1) end
redis.call('PEXPIRE', KEYS[2], ARGV[7])
if count < tonumber(ARGV[4]) then return {'counted', 0} end
local streak = redis.call('HMGET', KEYS[2], 'outages', 'several')
-- One subject that fails again and again may be the cause itself, unless no answer came at all.
if not streak[2] and tonumber(streak[1] or 0) < count then return {'counted', 0} end
redis.call('DEL', KEYS[2])
redis.call('HDEL', KEYS[1], 'probe', 'probeUntil')
redis.call('HSET', KEYS[1], 'until', now + tonumber(ARGV[5]), 'since', now, 'delay', ARGV[5], 'reason', 'down', 'code', code, 'kind', ARGV[10])
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[5]) + tonumber(ARGV[10] == 'write' and ARGV[11] or ARGV[7]))
return {'started', tonumber(ARGV[5])}`)

const throttle = defineScript(`
local now = redis.call('TIME'); now = now[1] * 1000 + math.floor(now[2] / 1000)
local rest = redis.call('HMGET', KEYS[1], 'until', 'since', 'reason')
local resting = rest[1] and rest[3] == 'throttled'
local ending = math.max(now + tonumber(ARGV[1]), resting and tonumber(rest[1]) or 0)
redis.call('HSET', KEYS[1], 'until', ending, 'since', resting and rest[2] or now, 'delay', ARGV[1], 'reason', 'throttled', 'code', ARGV[2])
redis.call('HDEL', KEYS[1], 'probe', 'probeUntil', 'kind')
redis.call('PEXPIRE', KEYS[1], ending - now + tonumber(ARGV[3]))
return {resting and 'extended' or 'started', ending - now}`)

const succeed = defineScript(`
redis.call('DEL', KEYS[2])
local now = redis.call('TIME'); now = now[1] * 1000 + math.floor(now[2] / 1000)
local rest = redis.call('HMGET', KEYS[1], 'until', 'reason', 'probe', 'kind')
if not rest[1] or rest[2] == 'throttled' or tonumber(rest[1]) > now or rest[3] ~= ARGV[1] then return 0 end
if rest[4] and rest[4] ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[1])
return 1`)

const leave = defineScript(`
if redis.call('HGET', KEYS[1], 'probe') == ARGV[1] then redis.call('HDEL', KEYS[1], 'probe', 'probeUntil') end
return 1`)

const dismiss = defineScript(`
for _, key in ipairs(KEYS) do
  local streak = redis.call('HMGET', key, 'subject', 'several')
  if streak[1] == ARGV[1] and not streak[2] then redis.call('DEL', key) end
end
return 1`)

const look = defineScript(`
local now = redis.call('TIME'); now = now[1] * 1000 + math.floor(now[2] / 1000)
local rest = redis.call('HMGET', KEYS[1], 'until', 'reason', 'code', 'probe', 'probeUntil', 'kind')
if not rest[1] or (rest[6] == 'write' and ARGV[3] == 'read') then return {1, 0, ''} end
local wait = tonumber(rest[1]) - now
if wait > 0 then return {0, wait, rest[3]} end
if rest[2] == 'throttled' or not rest[4] or rest[4] == ARGV[1] or tonumber(rest[5]) < now then return {1, 0, ''} end
return {0, tonumber(ARGV[2]), rest[3]}`)

/** What rests in one tenant, and the rules of it. All times are Redis's, so that every worker agrees. */
export function createCircuitBreaker(redis: Redis, tenant: string, policy: CircuitBreakerPolicy) {
  const restKey = (system: System): string => stateKey(tenant, 'rest', system)
  const streakKey = (system: System, kind: CallKind): string => stateKey(tenant, 'failures', system, kind)
  const keys = (system: System, kind: CallKind): readonly string[] => [restKey(system), streakKey(system, kind)]
  return {
    /** May this job make such a call now? A job that may although the system rests is the probe. */
    async admit(system: System, { jobId, kind }: { jobId: string; kind: CallKind }): Promise<Admission> {
      const answer = await admit(redis, keys(system, kind), [jobId, PROBE_MS, PROBE_PAUSE_MS, kind])
      const [admitted, value, code] = readTriple(answer)
      if (admitted === 1) return { admitted: true, degraded: value > 0, probing: value === 2 }
      return { admitted: false, waitMs: value, code: readCode(code, system) }
    },
    /** The same question without becoming the probe: for a job that may turn out not to need the system. */
    async peek(system: System, { jobId, kind }: { jobId: string; kind: CallKind }): Promise<Admission> {
      const [free, value, code] = readTriple(await look(redis, [restKey(system)], [jobId, PROBE_PAUSE_MS, kind]))
      if (free === 1) return { admitted: true, degraded: false, probing: false }
      return { admitted: false, waitMs: value, code: readCode(code, system) }
    },
    /** The system failed this job in a way that may pass. */
    async fail(system: System, failure: CallFailure): Promise<FailureEffect> {
      const { failureThreshold: afterFailures, probeMs, maxProbeMs } = policy
      const answer = await fail(redis, keys(system, failure.kind), [
        failure.jobId,
        failure.code,
        failure.outage ? 1 : 0,
        afterFailures,
        Math.round(probeMs),
        Math.round(maxProbeMs),
        STREAK_MS,
        PROBE_PAUSE_MS,
        failure.correlationKey,
        failure.kind,
        Math.max(2 * Math.round(maxProbeMs), PROBE_MS),
      ])
      return readVerdict(answer)
    },
    /** The subject's job has given up: failures of its own alone are no sign of an outage any more. */
    async resetFailures(subject: string): Promise<void> {
      const streaks = systems.flatMap(system => [streakKey(system, 'read'), streakKey(system, 'write')])
      await dismiss(redis, streaks, [subject])
    },
    /** The system asked to be left alone for a while. */
    async throttle(system: System, { code, waitMs }: { code: FailureCode; waitMs: number }): Promise<FailureEffect> {
      return readVerdict(await throttle(redis, [restKey(system)], [Math.max(1, Math.round(waitMs)), code, STREAK_MS]))
    },
    /** Such a call works. True when a rest ended by it: only the probe ends one, by a call of the kind that had failed. */
    async succeed(system: System, { jobId, kind }: { jobId: string; kind: CallKind }): Promise<boolean> {
      return (await succeed(redis, keys(system, kind), [jobId, kind])) === 1
    },
    /** The probe is over and has found out nothing: another job may probe at once. */
    async releaseProbe(system: System, jobId: string): Promise<void> {
      await leave(redis, [restKey(system)], [jobId])
    },
    /** Whatever it rests for is over: a person says so. True when it rested. */
    async close(system: System): Promise<boolean> {
      const ended = await redis.del(restKey(system), streakKey(system, 'read'), streakKey(system, 'write'))
      return (await forgetRefusals(redis, tenant, system)) || ended > 0
    },
  }
}

const systems = ['totvs-crm', 'rd-station'] as const satisfies readonly System[]

/** Everything that rests in a tenant now: for the board, the metrics and the readiness. */
export async function readOpenBreakers(redis: Redis, tenant: string): Promise<readonly OpenBreaker[]> {
  const found = await Promise.all(
    systems.map(async system => {
      const refusal = await readRefusal(redis, tenant, system)
      if (refusal === undefined) return await readRest(redis, tenant, system)
      const { code, since, until } = refusal
      return { system, reason: 'revoked', code: readCode(code, system), kind: 'read', since, until } as const
    }),
  )
  return found.filter(rest => rest !== undefined)
}

async function readRest(redis: Redis, tenant: string, system: System): Promise<OpenBreaker | undefined> {
  const fields = await redis.hgetall(stateKey(tenant, 'rest', system))
  const { reason, code, kind, since, until } = fields
  if (reason !== 'down' && reason !== 'throttled' && reason !== 'revoked') return undefined
  const held = kind === 'write' ? kind : 'read'
  return { system, reason, code: readCode(code ?? '', system), kind: held, since: Number(since), until: Number(until) }
}

/** What a job of a destination does with a system; undefined: it does not need it. A mark is read in TOTVS CRM first. */
const uses: Readonly<Record<Destination, Readonly<Partial<Record<System, CallKind>>>>> = {
  'totvs-crm': { 'totvs-crm': 'write' },
  'rd-station': { 'totvs-crm': 'read', 'rd-station': 'write' },
}

/** The systems that a job of a destination needs, in the order in which it calls them, and the most it does there. */
export const needsOf = (destination: Destination): readonly (readonly [System, CallKind])[] =>
  systems.flatMap(system => {
    const kind = uses[destination][system]
    return kind === undefined ? [] : [[system, kind] as const]
  })

/** Does this rest hold the jobs of a destination? */
export const blocks = ({ system, kind }: Pick<OpenBreaker, 'system' | 'kind'>, destination: Destination): boolean => {
  const use = uses[destination][system]
  return use !== undefined && (kind === 'read' || use === 'write')
}

function readVerdict(answer: unknown): FailureEffect {
  const [kind, waitMs] = readTriple(answer)
  return kind === 'started' || kind === 'extended' ? { kind, waitMs } : { kind: 'counted' }
}

function readTriple(answer: unknown): [unknown, number, string] {
  if (!Array.isArray(answer)) throw new TypeError('Redis answered a script with something else than a list')
  const [first, second, third] = answer
  return [first, Number(second), String(third ?? '')]
}

const readCode = (code: string, system: System): FailureCode =>
  isFailureCode(code) ? code : system === 'totvs-crm' ? 'CRM_UNAVAILABLE' : 'RD_UNAVAILABLE'
