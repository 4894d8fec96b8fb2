import { Failure, failures } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import type { RedisClient, Replicas, SecretBox } from '@ponte/state'
import { AccountBusyError, obtainTokens, requireReadableTokens, TokensSealedError } from '../connect/obtain-tokens.ts'
import { openRdStation } from '../connect/open-clients.ts'
import { findRdWebhook } from '../connect/rd-webhook.ts'
import { webhookAddresses } from '../connect/webhook-addresses.ts'
import type { DoctorFindings } from './doctor-investigation.ts'

/** No contact has this address: looking it up shows that the API answers and changes nothing. */
const NOBODY = 'doctor@ponte.invalid'

/** Calls a minute on the Advanced plan and on all other plans (docs/vendors/rd-station.md#quotas). */
const ADVANCED_CALLS = 500
const COMMON_CALLS = 120

interface RdAccess {
  readonly redis: RedisClient
  readonly box: SecretBox
  readonly replicas: Replicas
  /** The public address of the ingress, if its webhook shall be looked for. `ingress` is checked before. */
  readonly url: string | undefined
}

/**
 * All checks of RD Station. The tokens are renewed once, because nothing else shows whether RD Station accepts the app and the connection.
 * The new tokens are stored as a worker would store them, so this needs Redis and the keys of the workers.
 */
export async function checkRd(
  findings: DoctorFindings,
  tenant: Tenant,
  { redis, box, replicas, url }: RdAccess,
): Promise<void> {
  const token = await findings.check('rd-token', { needs: ['redis'] }, async (found, lacks) => {
    try {
      await requireReadableTokens({ tenant, redis, box })
      if (findings.lackOf('fingerprint-key') === undefined)
        return (await obtainTokens({ from: 'stored' }, { tenant, redis, box, replicas })).accessToken
      lacks('fingerprint-key')
    } catch (error) {
      if (error instanceof AccountBusyError) found('ACCOUNT_BUSY', {})
      else if (error instanceof TokensSealedError) found('SECRET_KEY_OTHER', { setting: 'PONTE_SECRET_KEY' })
      else throw error
    }
    return undefined
  })
  const rd = token === undefined ? undefined : openRdStation(tenant, redis, token)
  const facts = { setting: 'rdStation.baseUrl' }
  await findings.check('rd-api', { needs: ['rd-token'], facts }, () => rd?.findContact({ email: NOBODY }))
  await findings.check('rd-quota', {}, found => {
    const { callsPerMinute } = tenant.settings.rdStation
    if (callsPerMinute <= COMMON_CALLS) return
    found(callsPerMinute > ADVANCED_CALLS ? 'RD_CALLS_PER_MINUTE_TOO_HIGH' : 'PLAN_UNKNOWN', {
      setting: 'rdStation.callsPerMinute',
      found: callsPerMinute,
      most: ADVANCED_CALLS,
      common: COMMON_CALLS,
    })
  })
  if (url !== undefined) await checkRdWebhook(findings, tenant, { url, rd })
}

/**
 * Does a webhook registered by RD Station's API post conversions to this tenant, with an accepted token? The API lists neither webhooks made
 * in the web interface nor those of automation flows (docs/vendors/rd-station.md#registering-webhooks), so a wrong webhook is a problem and
 * a missing one is not.
 */
async function checkRdWebhook(
  findings: DoctorFindings,
  { name, settings }: Tenant,
  { url, rd }: { readonly url: string; readonly rd: ReturnType<typeof openRdStation> | undefined },
): Promise<void> {
  const address = webhookAddresses(url, name).rdStation
  const tokens = settings.webhookTokens.rdStation
  const options = { needs: ['rd-token', 'ingress', 'rd-api'], facts: { setting: 'rdStation.baseUrl' } } as const
  await findings.check('rd-webhook', options, async found => {
    try {
      const webhook = findRdWebhook((await rd?.listWebhooks()) ?? [], { address, tokens })
      const facts = { url: address, setting: 'webhookTokens.rdStation' }
      if (webhook.state === 'works') return
      if (webhook.state === 'none') return found('RD_WEBHOOK_NOT_LISTED', facts)
      const { uuid } = webhook.webhook
      if (webhook.state === 'elsewhere') found('RD_WEBHOOK_OTHER_ADDRESS', { ...facts, uuid, found: webhook.address })
      else found(webhook.state === 'suspended' ? 'RD_WEBHOOK_SUSPENDED' : 'RD_WEBHOOK_TOKEN_WRONG', { ...facts, uuid })
    } catch (error) {
      if (!isNotShown(error)) throw error
      found('RD_WEBHOOKS_NOT_SHOWN', {})
    }
  })
}

/** RD Station answers, but the account, its plan or its permissions do not allow to list webhooks: that says nothing about them. */
function isNotShown(error: unknown): boolean {
  if (!(error instanceof Failure)) return false
  const { breakerReason } = failures[error.code]
  return breakerReason === undefined || breakerReason === 'revoked'
}
