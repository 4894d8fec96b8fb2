import { failures, isFailureCode, isRecord, withoutEnd } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import { postDelivery } from '../../calls/post-delivery.ts'
import { type CheckName, type CheckResult, passed, skipped, failed } from './check-result.ts'

const sources = [
  { check: 'ingress-token-rd-station', source: 'rdStation', path: 'rd-station' },
  { check: 'ingress-token-totvs-crm', source: 'totvsCrm', path: 'totvs-crm' },
] as const satisfies readonly { check: CheckName; source: keyof Tenant['settings']['webhookTokens']; path: string }[]

/**
 * Do webhooks to this address arrive, with each token of the tenants file? Sends empty deliveries, which the ingress accepts and ignores
 * (docs/behaviour.md#ignored-deliveries).
 */
export async function checkIngress({ name, settings }: Tenant, url: string): Promise<readonly CheckResult[]> {
  const base = withoutEnd(url, '/')
  const others = sources.map(({ check }) => check)
  // RD Station accepts only https (docs/vendors/rd-station.md#registering-webhooks). On this machine, http is fine for a trial.
  if (!/^https:|^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$)/i.test(base))
    return [failed('ingress', 'INGRESS_WITHOUT_TLS', { url: base }), ...skipped(others, 'ingress')]

  const results: CheckResult[] = []
  for (const { check, source, path } of sources) {
    for (const [index, token] of settings.webhookTokens[source].entries()) {
      const answer = await postDelivery({ url: `${base}/webhooks/${name}/${path}`, token, body: '{}' })
      if (answer === undefined)
        return [failed('ingress', 'INGRESS_UNREACHABLE', { url: base }), ...skipped(others, 'ingress')]
      if (answer.status === 401 && isOfIngress(answer.body))
        results.push(
          failed(check, 'INGRESS_TOKEN_REFUSED', { url: base, setting: `webhookTokens.${source}`, number: index + 1 }),
        )
      else if (answer.status !== 202)
        return [
          failed('ingress', 'INGRESS_NOT_PONTE', { url: base, status: answer.status }),
          ...skipped(others, 'ingress'),
        ]
    }
    if (!results.some(result => result.check === check)) results.push(passed(check))
  }
  return [passed('ingress'), ...results]
}

/** Other servers answer 401 too, the board for example. The ingress adds a code (docs/behaviour.md#answers). */
const isOfIngress = (body: unknown): boolean =>
  isRecord(body) &&
  typeof body['code'] === 'string' &&
  isFailureCode(body['code']) &&
  failures[body['code']].refusal?.status === 401
