import { type CrmEventName, crmEventNames, events, parseJson, withoutEnd } from '@ponte/contracts'
import { OWN_USER_AGENT } from '@ponte/webhooks'

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

/** The ingress answers within 2 s, also when Redis does not (docs/behaviour/deliveries.md#accepted-means-kept); a proxy may take longer. */
const TIMEOUT_MS = 10_000

export interface IngressAnswer {
  readonly status: number
  /** Parsed JSON, or the text if it is not JSON. */
  readonly body: unknown
}

/** Posts a delivery to the ingress the way RD Station and TOTVS CRM do. Undefined when there is no answer. */
export async function postDelivery({
  url,
  token,
  body,
  form = false,
}: {
  readonly url: string
  readonly token: string
  readonly body: string | Buffer<ArrayBuffer>
  readonly form?: boolean
}): Promise<IngressAnswer | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'user-agent': OWN_USER_AGENT,
        'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
        // fetch takes one character per byte; the ingress reads the bytes as UTF-8.
        [TOKEN_HEADER]: Buffer.from(token, 'utf8').toString('latin1'),
      },
      body,
      // A redirect could send the token to another host.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    const answer = parseJson(text)
    return { status: response.status, body: answer === undefined ? text : answer }
  } catch {
    return undefined
  }
}

/** The origin of an http or https address that says nothing else: paths of webhooks are appended, and the whole is shown. */
export function publicOrigin(text: string): string | undefined {
  const url = isWebAddress(text) ? new URL(text) : undefined
  return url?.href === `${url?.origin}/` ? url?.origin : undefined
}

/** An http or https address. `localhost:3000` is not one: it parses as a URL with the scheme `localhost`. */
export const isWebAddress = (text: string): boolean =>
  URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)
