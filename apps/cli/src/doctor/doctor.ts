import type { Tenant } from '@ponte/runtime'
import { createStatusField } from '@ponte/state'
import type { Redis } from 'ioredis'
import { checkCrm } from './checks/crm.ts'
import { checkFingerprintKey } from './checks/fingerprint-key.ts'
import type { CheckResult } from './checks/check-result.ts'
import { checkIngress } from './checks/ingress.ts'
import type { StatusFieldMemory } from './checks/crm-status-field.ts'
import { checkRd } from './checks/rd.ts'
import { checkRedisSettings } from './checks/redis-settings.ts'
import { checkWebhookTokens } from './checks/webhook-tokens.ts'
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts'
import type { Command, Session } from '../session.ts'
import { isWebAddress } from '../calls/is-web-address.ts'
import { describeFailure } from '../texts/describe-failure.ts'
import { chooseTenants, readAllSettings } from '../settings/read-settings.ts'
import { connectRedis } from '../redis/with-redis.ts'

export interface DoctorOptions {
  readonly tenant?: string
  /** Where the ingress is reached from outside. */
  readonly url?: string
}

/** Checks the set-up of each tenant and says of each mistake what is wrong and what to do. */
export const doctor: Command<DoctorOptions> = async (options, session) => {
  const { url } = options
  if (url !== undefined && !isWebAddress(url)) throw new UsageError(session.texts.urlUnusable(url))
  const settings = await readAllSettings(session, ['webhookTokens', 'rdCredentials', 'crmCredentials'])
  const tenants = chooseTenants(settings.tenants, options.tenant, session)
  const { box, fingerprint } = settings
  const redis = await connectRedis(settings.REDIS_URL)
  const groups: Group[] = []
  try {
    groups.push({ tenant: undefined, findings: await checkRedisSettings(redis) })
    for (const tenant of tenants) {
      session.progress(session.texts.doctor.checking(tenant.name))
      const ingress = url === undefined ? [] : await checkIngress(tenant, url)
      const isReached = ingress.some(({ check, status }) => check === 'ingress' && status === 'ok')
      const key = await checkFingerprintKey(redis, tenant, fingerprint)
      const isOtherKey = key.status === 'problem'
      const findings = [
        key,
        ...checkWebhookTokens(tenant.settings),
        ...(await checkCrm(tenant.settings, openStatusField(redis, tenant))),
        ...(await checkRd(tenant, {
          redis,
          box,
          isOtherKey,
          ingress: url === undefined ? undefined : { url, isReached },
        })),
        ...ingress,
      ]
      groups.push({ tenant: tenant.name, findings })
    }
  } finally {
    redis?.disconnect()
  }
  const findings = groups.flatMap(group => group.findings)
  return {
    exitCode: exitCodeOf(findings),
    data: {
      ok: !findings.some(({ status }) => status === 'problem'),
      findings: groups.flatMap(group => group.findings.map(finding => toData(finding, group.tenant, session))),
    },
    lines: [...groups.flatMap(group => toLines(group, session)), summary(findings, session)],
  }
}

/** Without Redis nothing is known of what the workers found. */
const openStatusField = (redis: Redis | undefined, { name }: Tenant): StatusFieldMemory =>
  redis === undefined ? { unreadableAt: async () => undefined } : createStatusField(redis, name)

interface Group {
  /** Undefined: what all tenants share. */
  readonly tenant: string | undefined
  readonly findings: readonly CheckResult[]
}

/** Something that does not answer leaves the rest unchecked: that comes first. */
function exitCodeOf(findings: readonly CheckResult[]): ExitCode {
  const problems = findings.flatMap(finding => (finding.status === 'problem' ? [finding.problem] : []))
  if (problems.some(problem => /_(?:UNREACHABLE|UNAVAILABLE)$/.test(problem))) return exitCodes.notReachable
  return problems.length > 0 ? exitCodes.problems : exitCodes.ok
}

function toData(finding: CheckResult, tenant: string | undefined, session: Session): object {
  const { what, remedy } = explain(finding, session)
  return { tenant: tenant ?? null, ...finding, what, ...(remedy !== undefined && { remedy }) }
}

const marks = { ok: '✓', problem: '✗', 'not-checkable': '?', skipped: '-' } as const satisfies Record<
  CheckResult['status'],
  string
>

function toLines({ tenant, findings }: Group, session: Session): string[] {
  const lines = findings.flatMap(finding => {
    const { what, remedy } = explain(finding, session)
    const code = finding.status === 'problem' ? `${finding.problem}: ` : ''
    const head = `  ${marks[finding.status]} ${finding.check}: ${code}${what}`
    const words = finding.status === 'problem' && finding.detail !== undefined ? [`      “${finding.detail}”`] : []
    return [head, ...words, ...(remedy === undefined ? [] : [`      → ${remedy}`])]
  })
  return [tenant ?? session.texts.doctor.installation, ...lines, '']
}

/** What was found and what to do, in the session's language. */
function explain(finding: CheckResult, { texts, language }: Session): { what: string; remedy?: string } {
  const facts = (name: string): string => String(finding.facts?.[name] ?? '?')
  if (finding.status !== 'problem')
    return { what: finding.note === undefined ? texts.doctor.fine : texts.doctor.notes[finding.note](facts) }
  const { problem } = finding
  const own = Object.entries(texts.doctor.problems).find(([name]) => name === problem)?.[1]
  if (own !== undefined) return { what: own.what(facts), remedy: own.remedy(facts) }
  const at = Object.entries(finding.facts).map(([name, value]) => `${name}=${value}`)
  const { sentence, solution, page } = describeFailure(problem, language)
  const ofRead = Object.entries(texts.doctor.refusedReads).find(([name]) => name === problem)?.[1]
  return {
    what: at.length === 0 ? sentence : `${sentence} (${at.join(', ')})`,
    remedy: texts.doctor.seePage(ofRead?.(facts) ?? solution, page),
  }
}

function summary(findings: readonly CheckResult[], { texts }: Session): string {
  const count = (status: CheckResult['status']): number => findings.filter(finding => finding.status === status).length
  return texts.doctor.summary({
    checks: findings.length,
    problems: count('problem'),
    unknown: count('not-checkable'),
    skipped: count('skipped'),
  })
}
