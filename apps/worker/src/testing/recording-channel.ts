import { createLogger, type Tenant } from '@ponte/runtime'
import type { RedisClient } from '@ponte/state'
import { createWorkerMetrics } from '../telemetry/metrics.ts'
import type { AlertMessage } from '../alerts/alert-texts.ts'
import type { Channel, SendResult } from '../alerts/channels.ts'

/** A channel that keeps its messages. `answer` may throw, as if the process died there. */
export function recordingChannel(answer: () => SendResult = () => 'sent', name: Channel['name'] = 'webhook') {
  const messages: AlertMessage[] = []
  const channel: Channel = {
    name,
    async send(message) {
      messages.push(message)
      return answer()
    },
  }
  return { channel, messages, texts: () => messages.map(({ text }) => text) }
}

/** What a check of alerts needs. `limits`: those that differ from the defaults. */
export function alertDeps(redis: RedisClient, tenants: readonly Tenant[], limits: { readonly failures?: number } = {}) {
  const defaults = { breakerMs: 900_000, failures: 10, windowMs: 3_600_000, checkMs: 1000, command: 'ponte' }
  const settings = { ...defaults, ...limits, webhookUrl: undefined, mail: undefined }
  return {
    settings: { ...settings, boardUrl: 'https://board.example' },
    ...{ tenants: { current: () => tenants }, redis, metrics: createWorkerMetrics() },
    log: createLogger({ level: 'silent', process: 'test' }),
  }
}
