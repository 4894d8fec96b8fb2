/** A name for frames of a stack, each as `URL FUNCTION`. */
export interface Part {
  readonly name: string
  readonly frames: readonly RegExp[]
}

/** Frames of libraries, wherever pnpm has put them. */
const of = (...libraries: readonly string[]): RegExp => new RegExp(`/node_modules/(?:${libraries.join('|')})/`)
/** Frames of Ponte's own files and folders. */
const own = (...paths: readonly string[]): RegExp =>
  new RegExp(`^file:(?!.*/node_modules/).*/(?:${paths.map(each => each.replaceAll('.', String.raw`\.`)).join('|')})`)

/** Ponte's own paths by the name of their part. The first that fits counts. */
export const ownPaths: Readonly<Record<string, readonly string[]>> = {
  'log, metrics, traces': [
    'packages/runtime/src/telemetry/',
    'apps/worker/src/telemetry/',
    'apps/ingress/src/telemetry/',
  ],
  'timeline, figures, log of the job': [
    'packages/state/src/timeline/',
    'packages/state/src/figures/',
    'packages/state/src/drift/',
    'packages/state/src/retries/',
    'apps/worker/src/run/record-run-end.ts',
    'apps/worker/src/run/job-log.ts',
  ],
  'each call: breaker, quota, masking, reading the answer': [
    'packages/state/src/circuit-breaker/',
    'packages/state/src/rate-limiter/',
    'packages/clients/',
    'apps/worker/src/calls/',
  ],
  'each step of Redis, locks, records': ['packages/state/', 'apps/worker/src/run/job-locks.ts'],
  'queues and runs': [
    'packages/runtime/',
    'apps/worker/src/workers/',
    'apps/worker/src/run/',
    'apps/worker/src/shadow/',
  ],
  'reading the delivery': ['packages/webhooks/', 'apps/ingress/src/webhooks/read-delivery.ts'],
  'taking the delivery in': ['apps/ingress/'],
  'the event: rules, mapping, decisions': ['packages/', 'apps/', 'tools/bench/bare/'],
}

const ours: readonly Part[] = Object.entries(ownPaths).map(([name, paths]) => ({ name, frames: [own(...paths)] }))

export const parts: readonly Part[] = [
  { name: 'collecting garbage', frames: [/^ \(garbage collector\)$/] },
  { name: 'BullMQ', frames: [of('bullmq', 'msgpackr')] },
  { name: 'ioredis', frames: [of('ioredis', 'redis-parser', 'standard-as-callback', 'denque')] },
  {
    name: 'Fastify, server of Node.js',
    frames: [of('fastify', 'find-my-way', '@fastify/[^/]+'), /^node:_http_server /],
  },
  {
    name: 'got, client of Node.js',
    frames: [of('got', '@sindresorhus/is', 'uint8array-extras', 'lowercase-keys'), /^node:_http_(?:client|agent) /],
  },
  { name: 'zod', frames: [of('zod')] },
  { name: 'log, metrics, traces', frames: [of('pino', 'sonic-boom', 'prom-client', '@opentelemetry/[^/]+')] },
  { name: 'reading the delivery', frames: [of('secure-json-parse')] },
  ...ours,
  { name: 'promises', frames: [/^ runMicrotasks$/] },
  { name: 'system calls', frames: [/^ \(program\)$/] },
]
