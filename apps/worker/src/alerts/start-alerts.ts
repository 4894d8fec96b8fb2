import type { LiveTenants, Logger, Tenant } from '@ponte/runtime'
import { createAlertEpisodes, stateKey, type RedisClient } from '@ponte/state'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import { inTurn, repeatForEach } from '../upkeep/in-turn.ts'
import type { AlertSettings } from './alert-settings.ts'
import { alertMessage } from './alert-texts.ts'
import { type Channel, openChannels } from './channels.ts'
import { type AlertState, readAlertStates } from './read-alert-states.ts'
import { createUnmutedFailures, type ReadUnmuted } from './muted-failures.ts'
import { afterMessage, planMessage } from './plan-message.ts'

export interface AlertsDeps {
  readonly settings: AlertSettings
  readonly tenants: Pick<LiveTenants, 'current'>
  readonly redis: RedisClient
  readonly metrics: Pick<WorkerMetrics, 'alerts'>
  readonly log: Logger
  /** Remembers the answers that it has read. Default: a new one. */
  readonly readUnmuted?: ReadUnmuted
  /** Default: the channels of the settings. */
  readonly channels?: readonly Channel[]
}

/**
 * Checks every tenant from time to time and sends alerts: a circuit breaker that is open for long, a revoked connection, refused deliveries, many
 * failures, quarantine, a Redis that fills up. Every worker does this. What was sent is kept in Redis, under a lock, so that each alert is sent once.
 */
export function startAlerts(deps: AlertsDeps) {
  const { settings, tenants, log, channels = openChannels(settings) } = deps
  if (channels.length === 0) return { close: async () => undefined }
  const all = { readUnmuted: createUnmutedFailures(deps.redis), ...deps }
  return repeatForEach(tenants.current, tenant => checkTenant(tenant, channels, all), {
    everyMs: settings.checkMs,
    redis: deps.redis,
    tenantOf: ({ name }) => name,
    onError: (err, { name }) => log.debug({ err, tenant: name }, 'alerts could not be checked'),
  })
}

/**
 * One check of one tenant. Does nothing while another worker checks it. As long as nothing is wrong it records nothing, because every worker
 * checks every tenant. Rejects when Redis does not answer.
 */
export async function checkTenant(tenant: Tenant, channels: readonly Channel[], deps: AlertsDeps): Promise<void> {
  const { redis, settings, readUnmuted = createUnmutedFailures(redis) } = deps
  const isFirstTenant = deps.tenants.current()[0]?.name === tenant.name
  const readStates = () => readAlertStates({ tenant, redis, settings, readUnmuted, isFirstTenant, now: Date.now() })
  if (!(await isAnythingWrong(await readStates(), { tenant, channels, redis }))) return
  await inTurn(redis, stateKey(tenant.name, 'lock', 'alerts'), async lock => {
    const states = await readStates()
    for (const channel of channels) {
      for (const state of states) {
        if (lock.signal.aborted) return
        await sendDue(state, { tenant: tenant.name, channel, deps })
      }
    }
  })
}

/** Is something bad enough for an alert, or does Redis hold an episode that is not over? */
const isAnythingWrong = async (
  states: readonly AlertState[],
  { tenant, channels, redis }: { tenant: Tenant; channels: readonly Channel[]; redis: RedisClient },
): Promise<boolean> =>
  states.some(({ condition }) => condition === 'begins') ||
  (await createAlertEpisodes(redis, tenant.name).hasAny(
    channels.map(({ name }) => name),
    states.map(({ id }) => id),
  ))

interface SendOptions {
  readonly tenant: string
  readonly channel: Channel
  readonly deps: AlertsDeps
}

/** Sends the message that is due, if any. The intention is stored first, so that the next check notices a crash in between. */
async function sendDue(state: AlertState, { tenant, channel, deps }: SendOptions): Promise<void> {
  const { redis, settings, metrics, log } = deps
  const { id, kind, condition } = state
  const episodes = createAlertEpisodes(redis, tenant)
  const episode = await episodes.read(channel.name, id)
  const { keep, send } = planMessage(episode, condition, Date.now())
  if (episode !== undefined || keep !== undefined) await episodes.write(channel.name, id, keep)
  if (send === undefined || keep === undefined) return
  const { boardUrl, windowMs } = settings
  const message = alertMessage(state, { tenant, notice: send, boardUrl, windowMs, now: Date.now() })
  const result = await channel.send(message)
  await episodes.write(channel.name, id, afterMessage(keep, result, Date.now()))
  const outcome = result === 'sent' ? 'sent' : 'failed'
  metrics.alerts.inc({ tenant, channel: channel.name, kind, notice: send, outcome })
  const facts = { tenant, channel: channel.name, kind, notice: send }
  if (outcome === 'sent') log.info(facts, 'alert sent')
  else log.warn({ ...facts, result }, 'alert could not be sent')
}
