import { withoutEnd } from '@ponte/contracts'
import type { Context } from '@opentelemetry/api'
import type { Logger } from './logger.ts'

/** Trace context as it travels: the W3C header `traceparent`, in HTTP headers and in jobs. */
export type TraceCarrier = Readonly<Record<string, string>>

/** Ponte's own names, ids of jobs, statuses: never a person's data, never a secret. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

export interface SpanOptions {
  readonly kind: 'server' | 'consumer' | 'client'
  readonly attributes?: SpanAttributes
  /** Milliseconds since 1970. Default: now. */
  readonly startedAt?: number
}

export interface SpanEnd {
  /** What went wrong, as a code. */
  readonly error?: string | undefined
  readonly attributes?: SpanAttributes
}

/** A piece of work in a trace. */
export interface TraceSpan {
  /** For continuing the trace in another process. Undefined when nothing is traced. */
  readonly carrier: TraceCarrier | undefined
  readonly child: (name: string, options: SpanOptions) => TraceSpan
  readonly end: (end?: SpanEnd) => void
}

export interface Tracer {
  /** Begins a new trace when there is no readable parent. */
  readonly start: (name: string, options: SpanOptions & { readonly parent?: TraceCarrier | undefined }) => TraceSpan
  /** Sends the spans that are not sent yet. */
  readonly close: () => Promise<void>
}

const noSpan: TraceSpan = { carrier: undefined, child: () => noSpan, end: () => undefined }

/** For a process whose traces nobody collects. */
export const noTracer: Tracer = { start: () => noSpan, close: async () => undefined }

/** The trace context in a job's data, whatever the job is. */
export function carrierOf(data: unknown): TraceCarrier | undefined {
  if (typeof data !== 'object' || data === null || !('trace' in data)) return undefined
  const { trace } = data
  if (typeof trace !== 'object' || trace === null || !('traceparent' in trace)) return undefined
  const { traceparent } = trace
  return typeof traceparent === 'string' ? { traceparent } : undefined
}

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
