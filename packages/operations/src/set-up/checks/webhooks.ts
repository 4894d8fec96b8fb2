import {
  failures,
  isFailureCode,
  isRecord,
  systems,
  systemTable,
  type TenantSettings,
  withoutEnd,
} from '@ponte/contracts'
import { type DoctorFindings } from '../doctor-investigation.ts'
import { postDelivery } from '../../calls/post-delivery.ts'
import type { Tenant } from '@ponte/runtime'

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
