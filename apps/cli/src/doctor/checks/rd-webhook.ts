import type { createRdStationClient } from '@ponte/clients'
import { findRdWebhook, webhookAddresses } from '@ponte/connect'
import { Failure, failures, type RdWebhook } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import { runCheck, type CheckResult, passed, notCheckable, failed } from './check-result.ts'

const CHECK = 'rd-webhook'

/** RD Station answers, but the account, its plan or its permissions do not allow to list webhooks: that says nothing about them. */
function isNotShown(error: unknown): boolean {
  if (!(error instanceof Failure)) return false
  const { breakerReason } = failures[error.code]
  return breakerReason === undefined || breakerReason === 'revoked'
}

/**
 * Does a webhook registered by RD Station's API post conversions to this tenant, with an accepted token? `url` is the public address of the
 * ingress. The API lists neither webhooks made in the web interface nor those of automation flows
 * (docs/vendors/rd-station.md#registering-webhooks), so a wrong webhook is a problem and a missing one is not.
 */
export async function checkRdWebhook(
  { name, settings }: Tenant,
  url: string,
  rd: Pick<ReturnType<typeof createRdStationClient>, 'listWebhooks'>,
): Promise<readonly CheckResult[]> {
  const wanted = webhookAddresses(url, name).rdStation
  return await runCheck(CHECK, { setting: 'rdStation.baseUrl' }, async () => {
    try {
      return [judge(await rd.listWebhooks(), wanted, settings.webhookTokens.rdStation)]
    } catch (error) {
      if (isNotShown(error)) return [notCheckable(CHECK, 'RD_WEBHOOKS_NOT_SHOWN')]
      throw error
    }
  })
}

function judge(webhooks: readonly RdWebhook[], wanted: string, tokens: readonly string[]): CheckResult {
  const found = findRdWebhook(webhooks, { address: wanted, tokens })
  const facts = { url: wanted, setting: 'webhookTokens.rdStation' }
  switch (found.state) {
    case 'works':
      return passed(CHECK)
    case 'suspended':
      return failed(CHECK, 'RD_WEBHOOK_SUSPENDED', { ...facts, uuid: found.webhook.uuid })
    case 'wrong-token':
      return failed(CHECK, 'RD_WEBHOOK_TOKEN_WRONG', { ...facts, uuid: found.webhook.uuid })
    case 'elsewhere':
      return failed(CHECK, 'RD_WEBHOOK_OTHER_ADDRESS', { ...facts, uuid: found.webhook.uuid, found: found.address })
    case 'none':
      return notCheckable(CHECK, 'RD_WEBHOOK_NOT_LISTED', facts)
  }
}
