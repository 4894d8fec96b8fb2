import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type Call, callOf } from './calls.ts'

/** A fault for the next `times` matching calls. */
export type FaultOrder = z.infer<typeof faultOrder>
export const faultOrder = z.strictObject({
  system: z.enum(['rd-station', 'totvs-crm']),
  match: z
    .strictObject({
      account: z.string().optional(),
      method: z.string().optional(),
      /** Substring of path and query. */
      path: z.string().optional(),
      /** `Integration-Action`. */
      action: z.string().optional(),
      /** `Integration-Resource`. */
      resource: z.string().optional(),
      /** Substring of the body as JSON. */
      body: z.string().optional(),
    })
    .default({}),
  /**
   * `status`, `html`: answers this way and does no work. `latency`: waits, then works. `hang`: does no work and never answers.
   * `drop-before`: closes the connection. `drop-after`: works, then closes it. `wrong-content-type`: works, and labels the answer wrongly.
   * Every kind waits `delayMs` first, at most until the fault is removed.
   */
  kind: z.enum(['status', 'latency', 'drop-before', 'drop-after', 'html', 'wrong-content-type', 'hang']),
  times: z.union([z.int().min(1), z.literal('forever')]).default(1),
  status: z.int().min(200).max(599).optional(),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.unknown().optional(),
  delayMs: z.number().min(0).default(0),
})

export interface Fault extends FaultOrder {
  readonly id: number
  /** How many calls it has affected. */
  used: number
}

export type Faults = ReturnType<typeof createFaults>

export function createFaults() {
  let faults: Fault[] = []
  let last = 0
  const removals = new WeakMap<Fault, AbortController>()

  return {
    add(order: FaultOrder): Fault {
      last += 1
      const fault = { ...order, id: last, used: 0 }
      faults.push(fault)
      removals.set(fault, new AbortController())
      return fault
    },
    /** Waits as long as the fault says. Ends early when it is removed, so that a test can hold calls until it has seen enough. */
    async waitFor(fault: Fault): Promise<void> {
      await pause(fault.delayMs, undefined, { signal: removals.get(fault)?.signal }).catch(() => undefined)
    },
    list: (): Fault[] => faults,
    /** Finds the first matching fault that is not used up, and counts it as used. */
    take(call: Call, address: string): Fault | undefined {
      const fault = faults.find(candidate => isLeft(candidate) && matches(candidate, call, address))
      if (fault) fault.used += 1
      return fault
    },
    clear(id?: number): void {
      const removed = faults.filter(fault => id === undefined || fault.id === id)
      faults = faults.filter(fault => !removed.includes(fault))
      for (const fault of removed) removals.get(fault)?.abort()
    },
  }
}

const isLeft = (fault: Fault) => fault.times === 'forever' || fault.used < fault.times

function matches({ system, match }: Fault, call: Call, address: string): boolean {
  return (
    call.system === system &&
    (match.account === undefined || call.account === match.account) &&
    (match.method === undefined || call.method === match.method.toUpperCase()) &&
    (match.path === undefined || address.includes(match.path) || call.path.includes(match.path)) &&
    (match.action === undefined || call.integration.action === match.action) &&
    (match.resource === undefined || call.integration.resource === match.resource) &&
    (match.body === undefined || (JSON.stringify(call.body) ?? '').includes(match.body))
  )
}

const HTML = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>'

/** Applies the faults to an API, before its handlers or to its answers. */
export function injectFaults(app: FastifyInstance, { faults }: { readonly faults: Faults }): void {
  const afterwards = new WeakMap<FastifyRequest, Fault>()

  app.addHook('preHandler', async (request, reply) => {
    const call = callOf(request)
    const fault = call && faults.take(call, request.url)
    if (!fault) return
    if (fault.delayMs > 0) await faults.waitFor(fault)
    return before[fault.kind](fault, request, reply, () => afterwards.set(request, fault))
  })

  app.addHook('onSend', async (request, reply, payload) => {
    const fault = afterwards.get(request)
    if (fault?.kind === 'wrong-content-type') {
      reply.headers({ 'content-type': 'text/plain; charset=utf-8', ...fault.headers })
    }
    if (fault?.kind === 'drop-after') {
      const call = callOf(request)
      if (call) call.status = null
      request.raw.socket.destroy()
    }
    return payload
  })
}

type Reaction = (fault: Fault, request: FastifyRequest, reply: FastifyReply, later: () => void) => unknown

const before: { readonly [Kind in Fault['kind']]: Reaction } = {
  status: (fault, _request, reply) =>
    reply
      .code(fault.status ?? 500)
      .headers({ 'content-type': 'application/json; charset=utf-8', ...fault.headers })
      .send(typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body ?? {})),
  html: (fault, _request, reply) =>
    reply
      .code(fault.status ?? 502)
      .headers({ 'content-type': 'text/html', ...fault.headers })
      .send(typeof fault.body === 'string' ? fault.body : HTML),
  latency: () => undefined,
  'drop-before': (_fault, request, reply) => {
    reply.hijack()
    request.raw.socket.destroy()
  },
  hang: (_fault, _request, reply) => {
    reply.hijack()
  },
  'drop-after': (_fault, _request, _reply, later) => later(),
  'wrong-content-type': (_fault, _request, _reply, later) => later(),
}
