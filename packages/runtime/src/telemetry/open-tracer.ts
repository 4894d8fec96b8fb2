import type { Context, Span } from '@opentelemetry/api'
import type { Logger } from './logger.ts'
import { noTracer, type SpanEnd, type SpanOptions, type TraceCarrier, type Tracer, type TraceSpan } from './tracer.ts'

export interface TracerOptions {
  /** Base address of an OTLP/HTTP collector; undefined: nothing is traced, and the SDK is not loaded. */
  readonly endpoint: string | undefined
  readonly process: string
  readonly log: Logger
}

/** A collector that is away must not hold a shutdown up. */
const LAST_FLUSH_MS = 3000
const COMPLAIN_EVERY_MS = 300_000

/**
 * Sends spans to `{endpoint}/v1/traces` as OTLP/HTTP JSON. Every span is sent: what to keep is the collector's decision. The
 * library itself reads OTEL_EXPORTER_OTLP_HEADERS, _TIMEOUT and _COMPRESSION (OpenTelemetry's specification of the exporter).
 */
export async function openTracer({ endpoint, process: name, log }: TracerOptions): Promise<Tracer> {
  if (endpoint === undefined) return noTracer
  const [api, sdk, { OTLPTraceExporter }, { defaultResource, resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } = api
  api.diag.setLogger(complaints(log), api.DiagLogLevel.ERROR)
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` })
  const provider = new sdk.TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({ 'service.name': `ponte-${name}`, 'process.pid': process.pid }),
    ),
    // A sender's wish not to be sampled is about the sender's own spans.
    sampler: new sdk.AlwaysOnSampler(),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter, scheduledDelayMillis: 1000 })],
  })
  const tracer = provider.getTracer('ponte')
  const kinds = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER, client: SpanKind.CLIENT }

  function start(title: string, { kind, attributes, startedAt }: SpanOptions, context: Context): TraceSpan {
    const span = tracer.startSpan(
      title,
      {
        kind: kinds[kind],
        ...(attributes && { attributes }),
        ...(startedAt !== undefined && { startTime: startedAt }),
      },
      context,
    )
    const own = trace.setSpan(context, span)
    return {
      carrier: toCarrier(span),
      child: (childTitle, options) => start(childTitle, options, own),
      end({ error, attributes: more }: SpanEnd = {}) {
        if (more !== undefined) span.setAttributes(more)
        if (error !== undefined) {
          span.setAttribute('error.type', error)
          span.setStatus({ code: SpanStatusCode.ERROR, message: error })
        }
        span.end()
      },
    }
  }

  function parentContext(carrier: TraceCarrier | undefined): Context {
    const found = TRACEPARENT.exec(carrier?.['traceparent'] ?? '')
    if (found === null) return ROOT_CONTEXT
    const [, traceId = '', spanId = ''] = found
    const remote = { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true }
    return trace.isSpanContextValid(remote) ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT
  }

  return {
    start: (title, { parent, ...options }) => start(title, options, parentContext(parent)),
    async close() {
      const late = new Promise<void>(resolve => void setTimeout(resolve, LAST_FLUSH_MS).unref())
      await Promise.race([provider.shutdown().catch(() => undefined), late])
    },
  }
}

/** W3C Trace Context §3.2; a version that comes later begins with the same four fields. */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/

function toCarrier(span: Span): TraceCarrier {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return { traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}` }
}

/** What the library says may hold the collector's address and credentials: one line of ours now and then is enough. */
function complaints(log: Logger) {
  let complainedAt = Number.NEGATIVE_INFINITY
  const drop = (): void => undefined
  return {
    verbose: drop,
    debug: drop,
    info: drop,
    warn: drop,
    error(): void {
      if (performance.now() - complainedAt < COMPLAIN_EVERY_MS) return
      complainedAt = performance.now()
      log.warn('traces could not be sent to the collector')
    },
  }
}
