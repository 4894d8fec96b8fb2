import {
  failures,
  isFailureCode,
  isRecord,
  systems,
  systemTable,
  type TenantSettings,
  withoutEnd,
} from '@ponte/contracts'
import {
  countReplicas,
  findTlsTrouble,
  readRedisSetting,
  redisSettingOf,
  type RedisTarget,
  type Tenant,
} from '@ponte/runtime'
import {
  createTenantMode,
  findOtherFingerprintKeys,
  type Fingerprint,
  neededCommand,
  type RedisClient,
} from '@ponte/state'
import { modeInUse, switchableUntil } from '../bridge/mode-words.ts'
import { postDelivery } from '../connect/webhook-addresses.ts'
import { type ProcessDeps, type ProcessReading, readProcessConcerns } from '../processes/process-concerns.ts'
import type { DoctorFindings } from './doctor-investigation.ts'

/** The settings that keep an acknowledged event when Redis is killed or full (docs/behaviour/deliveries.md#accepted-means-kept). */
const wanted = [
  {
    check: 'redis-persistence',
    problem: 'REDIS_PERSISTENCE_WEAK',
    settings: { appendonly: 'yes', appendfsync: 'always' },
  },
  { check: 'redis-eviction', problem: 'REDIS_EVICTS', settings: { 'maxmemory-policy': 'noeviction' } },
] as const

const REFUSES = 'min-replicas-to-write'

/** Does Redis answer, and keep what it confirms? Connects `redis`; what needs it is checked only if that succeeds. */
export async function checkRedis(findings: DoctorFindings, redis: RedisClient, target: RedisTarget): Promise<void> {
  await findings.check('redis', {}, async found => {
    try {
      await redis.connect()
      await redis.ping()
    } catch {
      const trouble = await findTlsTrouble(target)
      const facts = { setting: redisSettingOf(target) }
      if (trouble === undefined) found('REDIS_UNREACHABLE', facts)
      else found('REDIS_TLS_FAILS', facts, trouble)
    }
  })
  for (const { check, problem, settings } of wanted)
    await findings.check(check, { needs: ['redis'] }, async found => {
      const read: { name: string; wanted: string; value: string | undefined }[] = []
      for (const [name, value] of Object.entries(settings))
        read.push({ name, wanted: value, value: await readRedisSetting(redis, name) })
      const differing = read.filter(each => each.value !== each.wanted)
      if (differing.length === 0) return
      if (differing.every(({ value }) => value === undefined))
        found('REDIS_HIDES_SETTING', { settings: Object.keys(settings).join(', ') })
      else
        found(problem, {
          found: differing.map(({ name, value = '?' }) => `${name} ${value}`).join(', '),
          wanted: differing.map(each => `${each.name} ${each.wanted}`).join(', '),
        })
    })
}

/**
 * Has each primary one replica more than must confirm a step, and does one that stands alone stop? Else steps are not confirmed while a
 * replica is away, and workers may work at two primaries (docs/operating/failover.md#how-many-replicas). `waitReplicas`:
 * REDIS_WAIT_REPLICAS.
 */
export async function checkRedisReplicas(
  findings: DoctorFindings,
  redis: RedisClient,
  waitReplicas: number,
): Promise<void> {
  await findings.check('redis-replicas', { needs: ['redis'] }, async found => {
    if (waitReplicas === 0) return
    const counts = await countReplicas(redis)
    const least = Math.min(...counts)
    if (counts.length === 0) found('REDIS_HIDES_SETTING', { settings: 'INFO' })
    else if (least <= waitReplicas)
      found('REPLICA_TO_SPARE_MISSING', { found: least, wanted: waitReplicas + 1, waitReplicas })
  })
  await findings.check('redis-alone', { needs: ['redis'] }, async found => {
    if (waitReplicas === 0) return
    const value = await readRedisSetting(redis, REFUSES)
    if (value === undefined) found('REDIS_HIDES_SETTING', { settings: REFUSES })
    // On a Cluster each value that occurs.
    else if (value.split(' / ').includes('0')) found('PRIMARY_ALONE_WRITES', { settings: REFUSES, found: value })
  })
}

/** Do running processes take the tenants file as it is? Returns what they use besides; undefined where that could not be read. */
export const checkTenantsFile = (
  findings: DoctorFindings,
  redis: RedisClient,
  { tenants, deps }: { readonly tenants: readonly Pick<Tenant, 'name'>[]; readonly deps: ProcessDeps },
): Promise<ProcessReading | undefined> =>
  findings.check('tenants-file', { needs: ['redis'] }, async found => {
    const names = tenants.map(({ name }) => name)
    const reading = await readProcessConcerns(redis, names, { ...deps, now: Date.now() })
    const { refusedFile: refused } = reading
    if (refused.length > 0)
      found('PROCESS_REFUSES_FILE', {
        processes: refused.map(({ process }) => process).join(', '),
        problems: [...new Set(refused.flatMap(({ problems }) => problems))].join('; '),
      })
    return reading
  })

/** Do running processes use the credentials that this command reads? Skipped where none has any that can be compared. */
export const checkCredentialsInUse = (
  findings: DoctorFindings,
  tenant: string,
  reading: ProcessReading | undefined,
): Promise<void> =>
  findings.check('credentials-in-use', { needs: ['redis'] }, (found, lacks) => {
    const { refusedFileBy = [], oldCredentials = [] } = reading?.concerns.get(tenant) ?? {}
    if (reading?.compared.has(tenant) !== true)
      return reading === undefined || refusedFileBy.length > 0 ? lacks('tenants-file') : found('NOTHING_TO_COMPARE', {})
    for (const { setting, processes, restart } of oldCredentials)
      found('PROCESS_USES_OLD', {
        setting,
        processes: processes.join(', '),
        restart: restart.map(line => `\`${line}\``).join(', '),
      })
  })

const isoOf = (at: number): string => new Date(at).toISOString()

/** By the command that brings both to one mode. `none`: workers that start with the file do. */
const otherMode = { shadow: 'SHADOW_NEEDED', switch: 'SWITCH_NEEDED', none: 'MODE_OTHER' } as const

/**
 * Do the workers use the same fingerprint key, and run the tenant in the mode of its settings, with all that it needs? Before the first
 * worker has run, both pass. What a shadow needs of its own in both systems cannot be seen from here, so it is a note.
 */
export async function checkWorkers(
  findings: DoctorFindings,
  tenant: Tenant,
  { redis, fingerprint }: { readonly redis: RedisClient; readonly fingerprint: Fingerprint },
): Promise<void> {
  const { name, settings } = tenant
  await findings.check('fingerprint-key', { needs: ['redis'] }, async found => {
    const others = await findOtherFingerprintKeys(redis, [{ name }], fingerprint)
    if (others.length > 0) found('FINGERPRINT_KEY_OTHER', { setting: 'PONTE_FINGERPRINT_KEY' })
  })
  await findings.check('mode', { needs: ['redis'] }, async found => {
    const tenantMode = createTenantMode(redis, name)
    const [record, rest] = [await tenantMode.read(), await tenantMode.rest.count()]
    const mode = modeInUse(record, settings.mode)
    const until = switchableUntil(record, Date.now())
    const isOther = mode !== settings.mode
    const isDraining = record.isDraining === true
    if (isOther)
      found(otherMode[neededCommand(record, settings.mode) ?? 'none'], { settings: settings.mode, found: mode })
    if (isDraining) found('DRAINING', { since: isoOf(record.shadowSince ?? record.since) })
    if (rest > 0) found('REST_UNDONE', { rest })
    if (until !== undefined) found('LIVE_WITHOUT_SWITCH', { until: isoOf(until) })
    if (mode === 'shadow' && !isOther && !isDraining && rest === 0)
      found('SHADOW_SHARES_NOTHING', { app: 'rdStation.clientId', user: 'totvsCrm.username' })
  })
}

/** A random token of this length cannot be guessed, whatever its alphabet. */
const SHORTEST = 32
/** 32 random hexadecimal digits almost never have fewer different digits than this; typed text often does. */
const LEAST_VARIETY = 8

const sources = systems.map(path => ({ source: systemTable[path].section, path }))

/**
 * Are the webhook tokens hard to guess? Nothing else protects the webhooks (docs/vendors/rd-station.md#no-signature). Tokens shorter than
 * 20 characters and shared tokens never get here: no process accepts such a tenants file.
 */
export async function checkWebhookTokens(findings: DoctorFindings, { webhookTokens }: TenantSettings): Promise<void> {
  for (const { source, path } of sources)
    await findings.check(`webhook-token-${path}`, {}, found => {
      const setting = `webhookTokens.${source}`
      const tokens = webhookTokens[source]
      if (tokens.some(token => token.length < SHORTEST)) found('WEBHOOK_TOKEN_SHORT', { setting, wanted: SHORTEST })
      else if (tokens.some(token => new Set(token).size < LEAST_VARIETY || isRepetition(token)))
        found('WEBHOOK_TOKEN_MONOTONOUS', { setting })
    })
}

/** One text over and over: `change-me-change-me-change-me-change-me`. */
const isRepetition = (token: string): boolean => /^(.{1,16}?)\1+.{0,15}$/.test(token)

/**
 * Do webhooks to this address arrive, with each token of the tenants file? Sends empty deliveries, which the ingress accepts and ignores
 * (docs/behaviour/deliveries.md#ignored-deliveries).
 */
export async function checkIngress(findings: DoctorFindings, { name, settings }: Tenant, url: string): Promise<void> {
  const base = withoutEnd(url, '/')
  const refused: { source: string; number: number }[] = []
  await findings.check('ingress', {}, async found => {
    // RD Station accepts only https (docs/vendors/rd-station.md#registering-webhooks). On this machine, http is fine for a trial.
    if (!/^https:|^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$)/i.test(base))
      return found('INGRESS_WITHOUT_TLS', { url: base })
    for (const { source, path } of sources) {
      for (const [index, token] of settings.webhookTokens[source].entries()) {
        const answer = await postDelivery({ url: `${base}/webhooks/${name}/${path}`, token, body: '{}' })
        if (answer === undefined) return found('INGRESS_UNREACHABLE', { url: base })
        if (answer.status === 401 && isOfIngress(answer.body)) refused.push({ source, number: index + 1 })
        else if (answer.status !== 202) return found('INGRESS_NOT_PONTE', { url: base, status: answer.status })
      }
    }
  })
  for (const { source, path } of sources)
    await findings.check(`ingress-token-${path}`, { needs: ['ingress'] }, found => {
      for (const { number } of refused.filter(each => each.source === source))
        found('INGRESS_TOKEN_REFUSED', { url: base, setting: `webhookTokens.${source}`, number })
    })
}

/** Other servers answer 401 too, the board for example. The ingress adds a code (docs/behaviour/deliveries.md#answers). */
const isOfIngress = (body: unknown): boolean =>
  isRecord(body) &&
  typeof body['code'] === 'string' &&
  isFailureCode(body['code']) &&
  failures[body['code']].status === 401
