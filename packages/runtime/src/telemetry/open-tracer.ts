import { withoutEnd } from '@ponte/contracts'
import type { Context } from '@opentelemetry/api'
import type { Logger } from './logger.ts'
import { noTracer, type SpanEnd, type SpanOptions, type TraceCarrier, type Tracer, type TraceSpan } from './tracer.ts'

export interface TracerOptions {
  /** Base address of an OTLP/HTTP collector. Undefined: nothing is traced, and the SDK is not loaded. */
  readonly endpoint: string | undefined
  readonly process: string
  readonly log: Logger
}

/** A collector that does not answer must not delay the shutdown. */
const LAST_FLUSH_MS = 3000
const COMPLAIN_EVERY_MS = 300_000

/**
 * Sends spans to `{endpoint}/v1/traces` as OTLP/HTTP JSON. Every span is sent: the collector decides what to keep. The library itself
 * reads OTEL_EXPORTER_OTLP_HEADERS, _TIMEOUT and _COMPRESSION.
 */
export async function openTracer({ endpoint, process: name, log }: TracerOptions): Promise<Tracer> {
  if (endpoint === undefined) return noTracer
  const [api, { W3CTraceContextPropagator }, sdk, { OTLPTraceExporter }, resources] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/core'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  const { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } = api
  const { defaultResource, resourceFromAttributes } = resources
  const propagator = new W3CTraceContextPropagator()
  api.diag.setLogger(complaints(log), api.DiagLogLevel.ERROR)
  const exporter = new OTLPTraceExporter({ url: `${withoutEnd(endpoint, '/')}/v1/traces` })
  const provider = new sdk.TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({ 'service.name': `ponte-${name}`, 'process.pid': process.pid }),
    ),
    // If a sender does not want sampling, that concerns only the sender's own spans.
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
      carrier: carrierFor(own),
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

  function carrierFor(context: Context): TraceCarrier {
    const carrier: Record<string, string> = {}
    propagator.inject(context, carrier, defaultTextMapSetter)
    return carrier
  }

  return {
    start: (title, { parent, ...options }) =>
      start(title, options, propagator.extract(ROOT_CONTEXT, parent ?? {}, defaultTextMapGetter)),
    async close() {
      const late = new Promise<void>(resolve => void setTimeout(resolve, LAST_FLUSH_MS).unref())
      await Promise.race([provider.shutdown().catch(() => undefined), late])
    },
  }
}

/** The library's messages may contain the collector's address and credentials, so the log gets a line of ours instead, now and then. */
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
