import { isRecord } from '@ponte/contracts'
import type { FastifyInstance, FastifyRequest } from 'fastify'

export type System = 'rd-station' | 'totvs-crm'

/** One HTTP call that one of the two APIs received. */
export interface Call {
  /** Counts up from 1. */
  readonly number: number
  readonly at: string
  readonly system: System
  /** The RD account or CRM tenant, if the call's credentials identify it. */
  account: string | null
  readonly method: string
  /** As the real API knows it, decoded: without `/rd` or `/crm`, without the query. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** The `Integration-*` headers, by the lower-case rest of their name. */
  readonly integration: Readonly<Record<string, string>>
  body: unknown
  /** Null while the call is not answered, and also afterwards if a fault dropped the answer. */
  status: number | null
}

export interface CallFilter {
  readonly system?: System | undefined
  readonly account?: string | undefined
  readonly method?: string | undefined
  /** Substring. */
  readonly path?: string | undefined
  readonly action?: string | undefined
  readonly resource?: string | undefined
  /** Only calls with a greater number. */
  readonly after?: number | undefined
  /** Only so many of those that fit, the newest. */
  readonly last?: number | undefined
}

export type Calls = ReturnType<typeof createCalls>

/** Older calls are dropped, so that a benchmark cannot fill the memory. */
const KEEP_CALLS = 100_000

export function createCalls(now: () => number) {
  let calls: Call[] = []
  let count = 0

  return {
    add(call: Omit<Call, 'number' | 'at'>): Call {
      count += 1
      const added: Call = { number: count, at: new Date(now()).toISOString(), ...call }
      calls.push(added)
      if (calls.length > KEEP_CALLS * 1.1) calls = calls.slice(-KEEP_CALLS)
      return added
    },
    list: ({ last, ...filter }: CallFilter): Call[] => {
      const fitting = calls.filter(call => fits(call, filter))
      return last === undefined ? fitting : fitting.slice(-last)
    },
    clear(): void {
      calls = []
    },
  }
}

function fits(call: Call, filter: CallFilter): boolean {
  return (
    (filter.system === undefined || call.system === filter.system) &&
    (filter.account === undefined || call.account === filter.account) &&
    (filter.method === undefined || call.method === filter.method.toUpperCase()) &&
    (filter.path === undefined || call.path.includes(filter.path)) &&
    (filter.action === undefined || call.integration.action === filter.action) &&
    (filter.resource === undefined || call.integration.resource === filter.resource) &&
    (filter.after === undefined || call.number > filter.after)
  )
}

const recorded = new WeakMap<FastifyRequest, Call>()

/** The record of a running call. */
export const callOf = (request: FastifyRequest): Call | undefined => recorded.get(request)

/** Records every call of an API when it arrives, and its status when it is answered. */
export function recordCalls(
  app: FastifyInstance,
  { calls }: { readonly calls: Calls },
  { system, accountOf }: { system: System; accountOf: (request: FastifyRequest) => string | undefined },
): void {
  app.addHook('onRequest', async request => {
    const address = new URL(request.url, 'http://sandbox')
    const call = calls.add({
      system,
      account: accountOf(request) ?? null,
      method: request.method,
      path: decode(address.pathname.slice(app.prefix.length)),
      query: withoutSecrets(Object.fromEntries(address.searchParams)),
      integration: integrationHeaders(request),
      body: undefined,
      status: null,
    })
    recorded.set(request, call)
  })
  app.addHook('preHandler', async request => {
    const call = callOf(request)
    if (!call) return
    call.body = hideSecrets(request.body)
    call.account = accountOf(request) ?? null
  })
  app.addHook('onSend', async (request, reply) => {
    const call = callOf(request)
    if (call) call.status = reply.statusCode
  })
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function integrationHeaders(request: FastifyRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      name.startsWith('integration-') && typeof value === 'string' ? [[name.slice('integration-'.length), value]] : [],
    ),
  )
}

const secretNames = new Set(['password', 'client_secret', 'refresh_token', 'access_token', 'token', 'api_key'])

function hideSecrets(body: unknown): unknown {
  return isRecord(body) ? withoutSecrets(body) : body
}

function withoutSecrets<Value>(members: Record<string, Value>): Record<string, Value | '***'> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, secretNames.has(name) ? '***' : value]),
  )
}
