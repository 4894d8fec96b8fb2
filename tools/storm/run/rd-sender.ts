import { setTimeout as sleep } from 'node:timers/promises'
import type { Content } from '../plan/bodies.ts'

/** The ingress's answer to a delivery (docs/behaviour/deliveries.md#answers). */
export interface Answer {
  readonly accepted: readonly EventReference[]
  readonly duplicates: readonly EventReference[]
  readonly quarantined: readonly { readonly code: string; readonly issues: readonly string[] }[]
  readonly ignored: readonly { readonly kind: string }[]
}

export interface EventReference {
  readonly event: string
  readonly key: string
}

/** A delivery and every attempt at it. */
export interface Sent {
  readonly contents: readonly Content[]
  /** Null when no answer came. */
  readonly statuses: readonly (number | null)[]
  /** Absent when no attempt was acknowledged. */
  readonly answer?: Answer
}

/** RD Station gives a receiver 5 s and repeats up to five times. */
const TIMEOUT_MS = 5000
const REPEATS = 5
/** Before the first repeat; the n-th waits n times as long. RD Station's own pauses are not known. */
const PAUSE_MS = 500

/** Delivers as RD Station does: what was not 2xx is sent again. */
export async function sendAsRdStation(
  url: string,
  { bytes, contents }: { bytes: Buffer; contents: readonly Content[] },
): Promise<Sent> {
  const statuses: (number | null)[] = []
  for (let repeat = 0; repeat <= REPEATS; repeat += 1) {
    await sleep(repeat * PAUSE_MS)
    const { status, text } = await post(url, bytes)
    statuses.push(status)
    if (status === 202) {
      const answer: Answer = JSON.parse(text)
      return { contents, statuses, answer }
    }
  }
  return { contents, statuses }
}

async function post(url: string, body: Buffer): Promise<{ status: number | null; text: string }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return { status: response.status, text: await response.text() }
  } catch {
    return { status: null, text: '' }
  }
}
