import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { recordText } from '@ponte/testbed'

/** A span as a collector receives it, with the process that sent it. */
export interface ReceivedSpan {
  readonly service: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly failed: boolean
}

/** What has to be there of OTLP/HTTP's JSON (opentelemetry-proto, ExportTraceServiceRequest). */
interface TraceRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] }
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[]
  }[]
}
interface WireSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly attributes: readonly KeyValue[]
  readonly status?: { readonly code?: number }
}
interface KeyValue {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

/** A collector of traces on a free port. */
export async function openOtlpSink() {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    const take = async (): Promise<void> => {
      const body = await readBody(request)
      if (request.url === '/v1/traces' && request.method === 'POST') bodies.push(body)
      else response.statusCode = 404
      response.setHeader('content-type', 'application/json')
      response.end('{}')
    }
    void take()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the sink has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    bodies: (): readonly string[] => bodies,
    spans: (): readonly ReceivedSpan[] => bodies.flatMap(body => spansOf(JSON.parse(body))),
    async close(): Promise<void> {
      recordText('traces', bodies.join('\n'))
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const spansOf = ({ resourceSpans }: TraceRequest): ReceivedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ traceId, spanId, parentSpanId = '', name, attributes, status }) => ({
        service: String(toRecord(resource.attributes)['service.name']),
        traceId,
        spanId,
        parentSpanId,
        name,
        attributes: toRecord(attributes),
        failed: status?.code === 2,
      })),
    ),
  )

const toRecord = (attributes: readonly KeyValue[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}
