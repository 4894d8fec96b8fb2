import { type CrmEventName, crmEventNames, events, withoutEnd } from '@ponte/contracts'

/** The header in which a workflow of TOTVS CRM shows its webhook token (docs/vendors/totvs-crm.md#workflow-webhooks). */
export const TOKEN_HEADER = 'apiToken'

/** One workflow of TOTVS CRM. Its name and its trigger are in Portuguese, as the screens of TOTVS CRM are. */
interface CrmWorkflow {
  readonly event: CrmEventName
  readonly name: string
  readonly trigger: string
  readonly address: string
}

interface WebhookAddresses {
  /** Without the token, which RD Station can only send as part of the address: `?token=…`. */
  readonly rdStation: string
  /** Each shows the token of TOTVS CRM in the header `TOKEN_HEADER`. */
  readonly workflows: readonly CrmWorkflow[]
}

/** Where both systems post their webhooks. `base` is the ingress's public address, such as `https://ponte.example.com`. */
export function webhookAddresses(base: string, tenant: string): WebhookAddresses {
  const root = `${withoutEnd(base, '/')}/webhooks/${tenant}`
  const workflows = crmEventNames.map(event => {
    const { pt, intent } = events[event]
    return { event, name: `Ponte: ${pt.toLowerCase()}`, trigger: pt, address: `${root}/totvs-crm/${intent}` }
  })
  return { rdStation: `${root}/rd-station`, workflows }
}
