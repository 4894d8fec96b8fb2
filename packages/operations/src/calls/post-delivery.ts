import { TOKEN_HEADER } from '../connect/webhook-addresses.ts'
import { parseJson } from '@ponte/contracts'
import { OWN_USER_AGENT } from '@ponte/webhooks'

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
