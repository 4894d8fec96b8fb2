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
