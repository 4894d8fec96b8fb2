import type { TenantSettings } from '@ponte/contracts'
import { type CheckName, type CheckResult, passed, failed } from './check-result.ts'

/** A random token of this length cannot be guessed, whichever alphabet it is of. */
const SHORTEST = 32
/** 32 random hexadecimal digits have fewer different ones than this once in some million; what a person types often has. */
const LEAST_VARIETY = 8

const sources = [
  { check: 'webhook-token-rd-station', source: 'rdStation' },
  { check: 'webhook-token-totvs-crm', source: 'totvsCrm' },
] as const satisfies readonly { check: CheckName; source: keyof TenantSettings['webhookTokens'] }[]

/**
 * Are the tokens that protect the webhooks hard to guess? They are all the defence there is. Shorter ones than 20 characters and
 * shared ones never get here: no process takes such a tenants file.
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

/** `change-me-change-me-change-me-change-me`: one text over and over. */
const isRepetition = (token: string): boolean => /^(.{1,16}?)\1+.{0,15}$/.test(token)
