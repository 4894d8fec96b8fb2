/** The ingress answers within two seconds or says that it cannot (SPEC §3); a proxy before it may take longer. */
const PATIENCE_MS = 10_000

export interface IngressAnswer {
  readonly status: number
  /** Parsed when it is JSON, else the text. */
  readonly body: unknown
}

/** Posts a delivery to the ingress as RD Station and TOTVS CRM do. Undefined when there is no answer. */
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
        'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
        // A header is bytes; the ingress reads them as UTF-8.
        apiToken: Buffer.from(token, 'utf8').toString('latin1'),
      },
      body,
      // A redirect could lead the token to another host.
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    const text = await response.text()
    return { status: response.status, body: parse(text) }
  } catch {
    return undefined
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
