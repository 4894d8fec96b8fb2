import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { System } from './calls.ts'

/** A webhook that one of the two systems sends, and every attempt at it. */
export interface Delivery {
  readonly id: string
  readonly system: System
  readonly account: string
  /** The CRM's trigger, RD Station's event type, `raw` or `validation`. */
  readonly trigger: string
  /** Without the value of a `token` in the query. */
  readonly url: string
  readonly createdAt: string
  /** The body of the last attempt, or of the next one if there was none. */
  body: unknown
  readonly attempts: DeliveryAttempt[]
  /** `held`: waits for its release. `failed`: no attempt succeeded. */
  state: 'held' | 'sending' | 'delivered' | 'failed'
}

/** Which deliveries are asked for. */
export const deliveryQuery = z.strictObject({
  system: z.enum(['rd-station', 'totvs-crm']).optional(),
  account: z.string().optional(),
  trigger: z.string().optional(),
  state: z.enum(['held', 'sending', 'delivered', 'failed']).optional(),
})

export interface DeliveryAttempt {
  readonly at: string
  /** Null when no answer came in time. */
  readonly status: number | null
  readonly durationMs: number
  /** The answer's body as text, at most 4,000 characters. */
  readonly answer: string
}

export interface DeliveryOrder {
  readonly system: System
  readonly account: string
  readonly trigger: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly contentType?: string | undefined
  /** The body of one attempt: text goes as it is, anything else as JSON. */
  readonly body: () => unknown
  readonly timeoutMs: number
  /** After a non-2xx answer or none. */
  readonly repeats: number
  /** Before the first repeat; the n-th waits n times as long. */
  readonly pauseMs: number
}

export interface Release extends Pick<Delivery, 'system' | 'account'> {
  readonly ids?: readonly string[] | undefined
}

export type Deliveries = ReturnType<typeof createDeliveries>

export function createDeliveries(now: () => number) {
  let orders = new Map<string, { delivery: Delivery; order: DeliveryOrder }>()
  let generation = new AbortController()

  async function attempt(delivery: Delivery, order: DeliveryOrder, signal: AbortSignal): Promise<boolean> {
    delivery.body = order.body()
    delivery.state = 'sending'
    const started = performance.now()
    const { status, answer } = await post(order, delivery.body, signal)
    delivery.attempts.push({
      at: new Date(now()).toISOString(),
      status,
      durationMs: Math.round(performance.now() - started),
      answer,
    })
    const isDone = status !== null && status >= 200 && status < 300
    if (isDone) delivery.state = 'delivered'
    return isDone
  }

  async function repeat(delivery: Delivery, order: DeliveryOrder, signal: AbortSignal): Promise<void> {
    for (let repetition = 1; repetition <= order.repeats; repetition += 1) {
      await pause(order.pauseMs * repetition, undefined, { signal, ref: false })
      if (await attempt(delivery, order, signal)) return
    }
    delivery.state = 'failed'
  }

  return {
    /** Records a delivery without sending it. */
    hold(order: DeliveryOrder): Delivery {
      const delivery: Delivery = {
        id: randomUUID(),
        system: order.system,
        account: order.account,
        trigger: order.trigger,
        url: order.url.replace(/([?&]token=)[^&]*/, '$1***'),
        createdAt: new Date(now()).toISOString(),
        body: order.body(),
        attempts: [],
        state: 'held',
      }
      orders.set(delivery.id, { delivery, order })
      return delivery
    },
    /** Sends a delivery, also one that was sent before. Resolves after the first attempt; repeats follow in the background. */
    async send(id: string): Promise<Delivery | undefined> {
      const found = orders.get(id)
      if (!found) return undefined
      const { signal } = generation
      if (!(await attempt(found.delivery, found.order, signal))) {
        repeat(found.delivery, found.order, signal).catch(ignoreAbort)
      }
      return found.delivery
    },
    /** Sends the held deliveries one after the other; with ids, those in that order. Undefined for an unknown id. */
    async release({ system, account, ids }: Release): Promise<(Delivery | undefined)[]> {
      const held = this.list().filter(
        each => each.system === system && each.account === account && each.state === 'held',
      )
      const released: (Delivery | undefined)[] = []
      for (const id of ids ?? held.map(each => each.id)) released.push(await this.send(id))
      return released
    },
    list: (): Delivery[] => [...orders.values()].map(({ delivery }) => delivery),
    /** Removes all deliveries and stops running ones. */
    clear(): void {
      generation.abort()
      generation = new AbortController()
      orders = new Map()
    },
    close(): void {
      generation.abort()
    },
  }
}

async function post(
  order: DeliveryOrder,
  body: unknown,
  signal: AbortSignal,
): Promise<{ status: number | null; answer: string }> {
  try {
    const response = await fetch(order.url, {
      method: 'POST',
      headers: { 'content-type': order.contentType ?? 'application/json', ...order.headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(order.timeoutMs)]),
      redirect: 'manual',
    })
    return { status: response.status, answer: (await response.text()).slice(0, 4000) }
  } catch {
    return { status: null, answer: '' }
  }
}

/** A reset or close interrupts the pause between two attempts. */
function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}
