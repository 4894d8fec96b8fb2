import type { Logger, Queues, Tenant } from '@ponte/runtime'
import { acquireLock, createAlertEpisodes, stateKey } from '@ponte/state'
import type { Redis } from 'ioredis'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import type { AlertSettings } from './alert-settings.ts'
import { alertMessage } from './alert-texts.ts'
import { type Channel, openChannels } from './channels.ts'
import { type AlertState, readAlertStates } from './read-alert-states.ts'
import { afterMessage, planMessage } from './plan-message.ts'

export interface AlertsDeps {
  readonly settings: AlertSettings
  readonly tenants: readonly Tenant[]
  readonly queues: Pick<Queues, 'of'>
  readonly redis: Redis
  readonly metrics: Pick<WorkerMetrics, 'alerts'>
  readonly log: Logger
  /** Default: those that the settings name. */
  readonly channels?: readonly Channel[]
}

/**
 * Looks at every tenant from time to time and tells of episodes: a long rest, a revoked connection, many failures, quarantine.
 * Any number of workers may do so: what was told is kept in Redis, under a lock, so that one of them tells it.
 */
export function startAlerts(deps: AlertsDeps) {
  const { settings, tenants, log, channels = openChannels(settings) } = deps
  if (channels.length === 0) return { close: async () => undefined }
  let looking: Promise<void> | undefined
  const look = async (): Promise<void> => {
    for (const tenant of tenants) {
      await checkTenant(tenant, channels, deps).catch((err: unknown) => {
        log.debug({ err, tenant: tenant.name }, 'alerts could not be looked at')
      })
    }
  }
  const timer = setInterval(() => {
    looking ??= look().finally(() => (looking = undefined))
  }, settings.checkMs)
  return {
    async close(): Promise<void> {
      clearInterval(timer)
      await looking
    },
  }
}

/** One look at one tenant. Does nothing while another worker looks. Rejects when Redis does not answer. */
export async function checkTenant(tenant: Tenant, channels: readonly Channel[], deps: AlertsDeps): Promise<void> {
  const { redis, settings } = deps
  const queues = deps.queues.of(tenant.name)
  if (queues === undefined) return
  const lock = await acquireLock(redis, [stateKey(tenant.name, 'lock', 'alerts')], { waitMs: 0 })
  if (lock === undefined) return
  try {
    const findings = await readAlertStates({ tenant, queues, redis, settings, now: Date.now() })
    for (const channel of channels) {
      for (const finding of findings) {
        if (lock.signal.aborted) return
        await tell(finding, { tenant: tenant.name, channel, deps })
      }
    }
  } finally {
    await lock.release()
  }
}

interface Telling {
  readonly tenant: string
  readonly channel: Channel
  readonly deps: AlertsDeps
}

/** What may be sent is kept before it is sent: a crash in between is found by the next look. */
async function tell(finding: AlertState, { tenant, channel, deps }: Telling): Promise<void> {
  const { redis, settings, metrics, log } = deps
  const { id, kind, condition } = finding
  const episodes = createAlertEpisodes(redis, tenant)
  const episode = await episodes.read(channel.name, id)
  const { keep, send } = planMessage(episode, condition, Date.now())
  if (episode !== undefined || keep !== undefined) await episodes.write(channel.name, id, keep)
  if (send === undefined || keep === undefined) return
  const { boardUrl, windowMs } = settings
  const message = alertMessage(finding, { tenant, tells: send, boardUrl, windowMs, now: Date.now() })
  const result = await channel.send(message)
  await episodes.write(channel.name, id, afterMessage(keep, result, Date.now()))
  const outcome = result === 'sent' ? 'sent' : 'failed'
  metrics.alerts.inc({ tenant, channel: channel.name, kind, tells: send, outcome })
  const facts = { tenant, channel: channel.name, kind, tells: send }
  if (outcome === 'sent') log.info(facts, 'alert sent')
  else log.warn({ ...facts, result }, 'alert could not be sent')
}
