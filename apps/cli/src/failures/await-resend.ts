import { isOver, readResend, type Resend } from '@ponte/state'
import type { Redis } from 'ioredis'
import { setTimeout as delay } from 'node:timers/promises'
import type { Session } from '../session.ts'

const POLL_MS = 500

export interface Awaited {
  readonly resend: Resend
  /** Why the command did not wait until the end. The events go on all the same. */
  readonly stoppedBy?: 'time' | 'person'
}

/** Waits until all events of a resend have ended, the time is over or the person presses Ctrl-C. */
export async function awaitResend(
  options: {
    readonly redis: Redis
    readonly id: string
    readonly tenants: readonly string[]
    readonly timeoutMs: number
    /** Called when more events have ended. */
    readonly onProgress: (resend: Resend) => void
  },
  { onInterrupt }: Pick<Session, 'onInterrupt'>,
): Promise<Awaited | undefined> {
  const { redis, id, tenants, timeoutMs, onProgress } = options
  const stop = new AbortController()
  const release = onInterrupt(() => stop.abort())
  const end = Date.now() + timeoutMs
  let ended = -1
  try {
    for (;;) {
      const resend = await readResend(redis, id, tenants)
      if (resend === undefined || isOver(resend)) return resend && { resend }
      if (stop.signal.aborted) return { resend, stoppedBy: 'person' }
      if (Date.now() >= end) return { resend, stoppedBy: 'time' }
      if (endedOf(resend) !== ended) onProgress(resend)
      ended = endedOf(resend)
      await delay(Math.min(POLL_MS, end - Date.now()), undefined, { signal: stop.signal }).catch(() => undefined)
    }
  } finally {
    release()
  }
}

/** How many events need no more waiting. */
export const endedOf = ({ parts }: Resend): number =>
  parts.reduce((sum, { asked, underWay, unsent }) => sum + asked - underWay - unsent, 0)
