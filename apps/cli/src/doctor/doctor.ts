import { isFailureCode } from '@ponte/contracts'
import { findTlsTrouble, formatMoment, redisSettingOf, type Tenant } from '@ponte/runtime'
import { createStatusField, type RedisClient } from '@ponte/state'
import { checkCrm } from './checks/crm.ts'
import { checkFingerprintKey } from './checks/fingerprint-key.ts'
import { type CheckResult, notReachable } from './checks/check-result.ts'
import type { CheckProblem } from './texts/en.ts'
import { checkIngress } from './checks/ingress.ts'
import { checkMode } from './checks/mode.ts'
import type { StatusFieldMemory } from './checks/crm-status-field.ts'
import { checkRd } from './checks/rd.ts'
import { checkRules } from './checks/rules/rules.ts'
import { checkRedisReplicas } from './checks/redis-replicas.ts'
import { checkRedisSettings } from './checks/redis-settings.ts'
import { checkWebhookTokens } from './checks/webhook-tokens.ts'
import { recordResult } from './record-result.ts'
import { type ExitCode, exitCodeOfFailure, exitCodes, UsageError } from '../exit-codes.ts'
import type { Command, Session } from '../session.ts'
import type { Look } from '../terminal/paint.ts'
import { isWebAddress } from '../calls/post-delivery.ts'
import { describeFailure } from '@ponte/report'
import { chooseTenants, readAllSettings } from '../settings/read-settings.ts'
import { connectRedis } from '../redis/with-redis.ts'

export interface DoctorOptions {
  readonly tenant?: string
  /** The public address of the ingress. */
  readonly url?: string
}

/** Checks the set-up of each tenant and reports for each problem what is wrong and what to do. */
export const doctor: Command<DoctorOptions> = async (options, session) => {
  const { url } = options
  if (url !== undefined && !isWebAddress(url)) throw new UsageError(session.texts.errors.urlUnusable(url))
  const settings = await readAllSettings(session, ['webhookTokens', 'rdCredentials', 'crmCredentials'], {
    allowsEmptyVariables: true,
  })
  const tenants = chooseTenants(settings.tenants, options.tenant, session)
  const { box, fingerprint, replicas } = settings
  const redis = await connectRedis(settings.REDIS)
  const redisSetting = redisSettingOf(settings.REDIS)
  const tlsTrouble = redis === undefined ? await findTlsTrouble(settings.REDIS) : undefined
  const groups: Group[] = []
  try {
    const results = [
      ...(await checkRedisSettings(redis, { redisSetting, tlsTrouble })),
      ...(await checkRedisReplicas(redis, replicas.wanted)),
    ]
    groups.push({ tenant: undefined, results })
    for (const tenant of tenants) {
      session.progress(session.texts.doctor.checking(tenant.name))
      const ingress = url === undefined ? [] : await checkIngress(tenant, url)
      const isReached = ingress.some(({ check, status }) => check === 'ingress' && status === 'ok')
      const key = await checkFingerprintKey(redis, tenant, fingerprint)
      const isOtherKey = key.status === 'problem'
      const results = [
        key,
        ...(await checkMode(tenant, redis)),
        ...checkWebhookTokens(tenant.settings),
        ...(await checkCrm(tenant.settings, openStatusField(redis, tenant))),
        ...(await checkRules(tenant.settings, { tenant: tenant.name, redis, redisSetting })),
        ...(await checkRd(tenant, {
          redis,
          box,
          replicas,
          isOtherKey,
          ingress: url === undefined ? undefined : { url, isReached },
        })),
        ...ingress,
      ]
      groups.push({ tenant: tenant.name, results })
      if (redis !== undefined) await recordResult(redis, { tenant, results, fingerprint })
    }
  } finally {
    redis?.disconnect()
  }
  const results = groups.flatMap(group => group.results)
  return {
    exitCode: exitCodeOf(results),
    data: {
      ok: !results.some(({ status }) => status === 'problem'),
      findings: groups.flatMap(group => group.results.map(result => toData(result, group.tenant, session))),
    },
    lines: [...groups.flatMap(group => toLines(group, session, settings.BOARD_TIME_ZONE)), summary(results, session)],
  }
}

/** Without Redis, nothing is known about what the workers found. */
const openStatusField = (redis: RedisClient | undefined, { name }: Tenant): StatusFieldMemory =>
  redis === undefined ? { unreadableAt: async () => undefined } : createStatusField(redis, name)

interface Group {
  /** Undefined: the checks that do not belong to a tenant. */
  readonly tenant: string | undefined
  readonly results: readonly CheckResult[]
}

const exitCodeOfProblem = (problem: CheckProblem): ExitCode =>
  notReachable.has(problem) ? exitCodes.notReachable : exitCodes.problems

/** A system that does not answer leaves other checks undone, so it determines the exit code. */
function exitCodeOf(results: readonly CheckResult[]): ExitCode {
  const problems = results.flatMap(result => (result.status === 'problem' ? [result.problem] : []))
  const codes = problems.map(problem =>
    isFailureCode(problem) ? exitCodeOfFailure(problem) : exitCodeOfProblem(problem),
  )
  return [exitCodes.notReachable, exitCodes.problems].find(code => codes.includes(code)) ?? exitCodes.ok
}

function toData(result: CheckResult, tenant: string | undefined, session: Session): object {
  const { what, remedy } = explain(result, session)
  return { tenant: tenant ?? null, ...result, what, ...(remedy !== undefined && { remedy }) }
}

const marks = {
  ok: ['✓', 'good'],
  problem: ['✗', 'bad'],
  warning: ['!', 'warning'],
  'not-checkable': ['?', 'quiet'],
  skipped: ['-', 'quiet'],
} as const satisfies Record<CheckResult['status'], readonly [mark: string, look: Look]>

function toLines({ tenant, results }: Group, session: Session, timeZone: string): string[] {
  const lines = results.flatMap(result => {
    const { what, remedy } = explain(result, session, timeZone)
    const [mark, look] = marks[result.status]
    const code = codeOf(result)
    const named = code === '' ? '' : session.paint(look, `${code}: `)
    const head = `  ${session.paint(look, mark)} ${result.check}: ${named}${what}`
    const words = result.status === 'problem' && result.detail !== undefined ? [`      “${result.detail}”`] : []
    return [head, ...words, ...(remedy === undefined ? [] : [`      → ${remedy}`])]
  })
  return [session.paint('heading', tenant ?? session.texts.doctor.installation), ...lines, '']
}

function codeOf(result: CheckResult): string {
  if (result.status === 'problem') return result.problem
  return result.status === 'warning' ? result.warning : ''
}

/** The result and what to do, in the session's language. Without a time zone, moments are shown as they are: in UTC. */
export function explain(
  result: CheckResult,
  { texts, language }: Pick<Session, 'texts' | 'language'>,
  timeZone?: string,
): { what: string; remedy?: string } {
  const facts = (name: string): string => {
    const fact = String(result.facts?.[name] ?? '?')
    const isMoment = /^\d{4}-\d\d-\d\dT[\d:.]{8,12}Z$/.test(fact)
    return isMoment && timeZone !== undefined ? formatMoment(Date.parse(fact), language, timeZone) : fact
  }
  if (result.status === 'warning') {
    const { what, remedy } = texts.doctor.warnings[result.warning]
    return { what: what(facts), remedy: remedy(facts) }
  }
  if (result.status !== 'problem')
    return { what: result.note === undefined ? texts.doctor.fine : texts.doctor.notes[result.note](facts) }
  const { problem } = result
  const own = Object.entries(texts.doctor.problems).find(([name]) => name === problem)?.[1]
  if (own !== undefined) return { what: own.what(facts), remedy: own.remedy(facts) }
  const { choices, ...others } = result.facts
  const at = Object.entries(others).map(([name, value]) => `${name}=${value}`)
  const { sentence, solution, page } = describeFailure(problem, language)
  const ofRead = Object.entries(texts.doctor.refusedReads).find(([name]) => name === problem)?.[1]
  const wrong = Object.entries(texts.doctor.wrongValues).find(([name]) => name === problem)?.[1]?.(facts) ?? sentence
  const what = at.length === 0 ? wrong : `${wrong} (${at.join(', ')})`
  return {
    what: choices === undefined ? what : `${what}${texts.doctor.thereAre(String(choices))}`,
    remedy: texts.doctor.seePage(ofRead?.(facts) ?? solution, page),
  }
}

function summary(results: readonly CheckResult[], { texts, paint }: Session): string {
  const count = (status: CheckResult['status']): number => results.filter(result => result.status === status).length
  const look = count('problem') > 0 ? 'bad' : count('warning') > 0 ? 'warning' : 'good'
  const text = texts.doctor.summary({
    checks: results.length,
    problems: count('problem'),
    warnings: count('warning'),
    unknown: count('not-checkable'),
    skipped: count('skipped'),
  })
  return paint(look, text)
}
