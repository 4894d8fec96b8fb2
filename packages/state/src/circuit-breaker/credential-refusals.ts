import type { FailureCode, System } from '@ponte/contracts'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import { stateKey } from '../redis/keys.ts'
import { defineScript } from '../redis/script.ts'

/**
 * What a system refused: `login`, the secrets of the tenants file or of the connected account; `session`, what it had just given
 * for them.
 */
export type CredentialStage = 'login' | 'session'

/** A job that stands for others: it may find out whether a refused credential is accepted again. */
export interface RefusalProbe {
  /** Fingerprint of the credential that this process uses. */
  readonly credential: string
  readonly jobId: string
}

/** `open`: calls may be made. `troubled`: a success is to be reported with `succeed`. `superseded`: a process has started since with another credential. */
export type CredentialState =
  | { readonly admitted: true; readonly degraded: boolean }
  | { readonly admitted: false; readonly waitMs: number; readonly code: string; readonly superseded: boolean }

/** `counted`: others get through with the same credential, so that this job alone is the matter. */
export type RefusalEffect =
  | { readonly kind: 'started' | 'extended' | 'superseded'; readonly waitMs: number }
  | { readonly kind: 'counted' }

export interface RefusalPolicy {
  readonly probeMs: number
  readonly maxProbeMs: number
}

/** A probing job that was killed gives way to another after this long. */
const PROBE_MS = 30_000
/** Others look again this soon while a job probes. */
const PROBE_PAUSE_MS = 1000
/** A process whose credential is not the newest leaves its jobs to the others, and looks again this soon. */
const SUPERSEDED_PAUSE_MS = 1000
/** The pause grows quickly, so that few logins are made before it is long: many systems lock a user after a handful. */
const GROWTH = 4
/** A refusal that ended this long ago is forgotten: the next one begins with the shortest pause. */
const REMEMBER_MS = 3_600_000
/** A refusal stays until a person or a success ends it, although nobody may ask for long. */
const KEEP_MS = 30 * 24 * 3_600_000

/** ARGV[1] is the credential in all of them. `code` is there while the credential counts as refused. */
const prologue = `
local now = redis.call('TIME'); now = now[1] * 1000 + math.floor(now[2] / 1000)
local key, credential = KEYS[1], ARGV[1]
local text = redis.call('HGET', key, credential)
local entry = text and cjson.decode(text) or nil
local newest = redis.call('HGET', key, 'newest')
local superseded = newest and newest ~= credential
local function save()
  redis.call('HSET', key, credential, cjson.encode(entry))
  redis.call('PEXPIRE', key, ${KEEP_MS})
end
`

const announce = defineScript(`${prologue}
local changed = 0
for _, field in ipairs(redis.call('HKEYS', key)) do
  if field ~= 'newest' and field ~= credential then redis.call('HDEL', key, field); changed = 1 end
end
redis.call('HSET', key, 'newest', credential)
redis.call('PEXPIRE', key, ${KEEP_MS})
return changed`)

const ask = defineScript(`${prologue}
local job, takes = ARGV[2], ARGV[3] == '1'
if not entry or not entry.code then return {1, 0, '', 0} end
local wait = entry['until'] - now
if wait <= 0 and entry.probe and entry.probe ~= job and entry.probeUntil > now then wait = ${PROBE_PAUSE_MS} end
if wait > 0 then
  if superseded then return {0, math.min(wait, ${SUPERSEDED_PAUSE_MS}), entry.code, 1} end
  return {0, wait, entry.code, 0}
end
if takes then entry.probe = job; entry.probeUntil = now + ${PROBE_MS}; save() end
return {1, 1, '', 0}`)

const refuse = defineScript(`${prologue}
local subject, code, stage = ARGV[2], ARGV[3], ARGV[4]
local probeMs, maxProbeMs = tonumber(ARGV[5]), tonumber(ARGV[6])
if entry and not entry.code and now - entry.endedAt > ${REMEMBER_MS} then entry = nil end
local wasOpen = entry and entry.code
if wasOpen and entry['until'] > now then return {superseded and 'superseded' or 'extended', superseded and ${SUPERSEDED_PAUSE_MS} or entry['until'] - now} end
-- A session that others get through with, and one record that is always answered 401.
if entry and not wasOpen and stage == 'session' and entry.subject == subject and not entry.several and entry.others then return {'counted', 0} end
local first = entry and entry.subject or subject
local delay = entry and math.min(math.max(entry.delay * ${GROWTH}, probeMs), maxProbeMs) or probeMs
entry = {
  code = code, stage = stage, since = wasOpen and entry.since or now, ['until'] = now + delay, delay = delay,
  subject = first, several = (entry and entry.several) or first ~= subject or nil,
}
save()
if superseded then return {'superseded', ${SUPERSEDED_PAUSE_MS}} end
return {wasOpen and 'extended' or 'started', delay}`)

const succeed = defineScript(`${prologue}
local subject, stage = ARGV[2], ARGV[3]
-- A session may be good for a while after its password was changed, and a login is no proof of what it gives.
if not entry or not entry.code or entry.stage ~= stage then return 0 end
entry.others = subject ~= entry.subject or nil
entry.code, entry.endedAt, entry.probe = nil, now, nil
save()
return 1`)

const release = defineScript(`${prologue}
if entry and entry.probe == ARGV[2] then entry.probe = nil; save() end
return 1`)

/** Redis key of the refused credentials of a system: a hash of JSON by fingerprint, and which credential is the newest. */
export const refusalsKey = (tenant: string, system: System): string => stateKey(tenant, 'refused', system)

/**
 * The credentials that a system refuses, each by a fingerprint, so that a changed one is not held up by the one before. While one
 * is refused, what needs it waits; one job asks again after growing pauses. All times are Redis's.
 */
export function createCredentialRefusals(redis: Redis, tenant: string, { probeMs, maxProbeMs }: RefusalPolicy) {
  const keys = (system: System): readonly string[] => [refusalsKey(tenant, system)]
  return {
    /** A process starts with this credential. Ends what is known of others; true when there was something. */
    async announce(system: System, credential: string): Promise<boolean> {
      return (await announce(redis, keys(system), [credential])) === 1
    },
    /** May a job go on that needs the credential? It does not become the probe: it may turn out not to need it. */
    peek: async (system: System, { credential, jobId }: RefusalProbe): Promise<CredentialState> =>
      readState(await ask(redis, keys(system), [credential, jobId, 0])),
    /** May a job log in now? One that may although the credential was refused is the probe. */
    takeProbe: async (system: System, { credential, jobId }: RefusalProbe): Promise<CredentialState> =>
      readState(await ask(redis, keys(system), [credential, jobId, 1])),
    /** The system refused the credential, or what it had just given for it. `subject`: what the job is about. */
    async refuse(
      system: System,
      refusal: {
        readonly credential: string
        readonly correlationKey: string
        readonly code: FailureCode
        readonly stage: CredentialStage
      },
    ): Promise<RefusalEffect> {
      const { credential, correlationKey: subject, code, stage } = refusal
      const policy = [Math.round(probeMs), Math.round(maxProbeMs)]
      return readVerdict(await refuse(redis, keys(system), [credential, subject, code, stage, ...policy]))
    },
    /** A login (`login`), or a call with what it gave (`session`), got through. True when a refusal ended by it. */
    async succeed(
      system: System,
      {
        credential,
        correlationKey: subject,
        stage,
      }: { credential: string; correlationKey: string; stage: CredentialStage },
    ): Promise<boolean> {
      return (await succeed(redis, keys(system), [credential, subject, stage])) === 1
    },
    /** The probe is over and has found out nothing: another job may ask at once. */
    async releaseProbe(system: System, { credential, jobId }: RefusalProbe): Promise<void> {
      await release(redis, keys(system), [credential, jobId])
    },
  }
}

/** The refusal of the newest credential, if there is one: what an older one meets is no longer anybody's business. */
export async function readRefusal(redis: Redis, tenant: string, system: System): Promise<Refusal | undefined> {
  const { newest, ...entries } = await redis.hgetall(refusalsKey(tenant, system))
  const texts = newest === undefined ? Object.values(entries) : [entries[newest] ?? 'null']
  const found = texts.map(text => refusal.safeParse(JSON.parse(text)).data).filter(each => each !== undefined)
  return found.toSorted((one, other) => other.since - one.since)[0]
}

/** Times in milliseconds since 1970. */
type Refusal = z.infer<typeof refusal>
const refusal = z.object({ code: z.string(), since: z.number(), until: z.number() })

/** Which credential is the newest stays known. True when there was a refusal. */
export async function forgetRefusals(redis: Redis, tenant: string, system: System): Promise<boolean> {
  const key = refusalsKey(tenant, system)
  const fields = (await redis.hkeys(key)).filter(field => field !== 'newest')
  return fields.length > 0 && (await redis.hdel(key, ...fields)) > 0
}

function readState(answer: unknown): CredentialState {
  const [open, value, code, superseded] = readList(answer)
  if (open === 1) return { admitted: true, degraded: value === 1 }
  return { admitted: false, waitMs: Number(value), code: String(code), superseded: superseded === 1 }
}

function readVerdict(answer: unknown): RefusalEffect {
  const [kind, waitMs] = readList(answer)
  if (kind === 'started' || kind === 'extended' || kind === 'superseded') return { kind, waitMs: Number(waitMs) }
  return { kind: 'counted' }
}

function readList(answer: unknown): unknown[] {
  if (!Array.isArray(answer)) throw new TypeError('Redis answered a script with something else than a list')
  return answer
}
