import type { TenantSettings } from '@ponte/contracts'
import { type CheckName, type CheckResult, passed, failed } from './check-result.ts'

/** A random token of this length cannot be guessed, whatever its alphabet. */
const SHORTEST = 32
/** 32 random hexadecimal digits almost never have fewer different digits than this; typed text often does. */
const LEAST_VARIETY = 8

const sources = [
  { check: 'webhook-token-rd-station', source: 'rdStation' },
  { check: 'webhook-token-totvs-crm', source: 'totvsCrm' },
] as const satisfies readonly { check: CheckName; source: keyof TenantSettings['webhookTokens'] }[]

/**
 * Are the webhook tokens hard to guess? Nothing else protects the webhooks (docs/vendors/rd-station.md#no-signature). Tokens shorter than
 * 20 characters and shared tokens never get here: no process accepts such a tenants file.
 */
export function checkWebhookTokens({ webhookTokens }: TenantSettings): readonly CheckResult[] {
  return sources.map(({ check, source }) => checkOne(check, source, webhookTokens[source]))
}

function checkOne(check: CheckName, source: string, tokens: readonly string[]): CheckResult {
  const setting = `webhookTokens.${source}`
  const short = tokens.find(token => token.length < SHORTEST)
  if (short !== undefined) return failed(check, 'WEBHOOK_TOKEN_SHORT', { setting, wanted: SHORTEST })
  const monotonous = tokens.some(token => new Set(token).size < LEAST_VARIETY || isRepetition(token))
  return monotonous ? failed(check, 'WEBHOOK_TOKEN_MONOTONOUS', { setting }) : passed(check)
}

/** One text over and over: `change-me-change-me-change-me-change-me`. */
const isRepetition = (token: string): boolean => /^(.{1,16}?)\1+.{0,15}$/.test(token)
