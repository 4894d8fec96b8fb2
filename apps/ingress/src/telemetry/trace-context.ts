import type { IncomingHttpHeaders } from 'node:http'

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** The sender's trace, when its header is valid (W3C Trace Context); it goes with the job to the worker. */
export const readTraceContext = ({ traceparent }: IncomingHttpHeaders): Record<string, string> | undefined =>
  typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? { traceparent } : undefined
