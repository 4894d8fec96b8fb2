import type { LiveTenants, Logger, Tenant } from '@ponte/runtime'
import { type AlertEpisode, createAlertEpisodes, type RedisClient, stateKey } from '@ponte/state'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import { inTurn, repeatForEach } from '../upkeep/in-turn.ts'
import type { AlertSettings } from '../config.ts'
import { alertMessage, type Notice } from './alert-texts.ts'
import { type Channel, openChannels, type SendResult } from './channels.ts'
import {
  type AlertState,
  type Condition,
  createUnmutedFailures,
  readAlertStates,
  type ReadUnmuted,
} from './read-alert-states.ts'

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

/** A message may have arrived although its sender died or got no answer, so it is sent again only once. */
export const MAX_TRIES = 2
const FIRST_PAUSE_MS = 2000
const MAX_PAUSE_MS = 900_000

/** What to do about an episode now. `keep`: what Redis must hold before anything is sent. Undefined: nothing. */
export interface Plan {
  readonly keep: AlertEpisode | undefined
  readonly send?: Notice
}

const begin = (phase: 'opening' | 'closing', tries = 1): AlertEpisode => ({ phase, tries, refusals: 0, notBefore: 0 })
const announced: AlertEpisode = { phase: 'open', tries: 0, refusals: 0, notBefore: 0 }

/** Each episode is announced once when it begins and once when it is over, or twice at most if a worker dies in between. */
export function planMessage(episode: AlertEpisode | undefined, condition: Condition, now: number): Plan {
  if (episode === undefined) {
    return condition === 'begins' ? { keep: begin('opening'), send: 'started' } : { keep: undefined }
  }
  const { phase, tries } = episode
  if (phase === 'open') return condition === 'over' ? { keep: begin('closing'), send: 'ended' } : { keep: episode }
  if (phase === 'opening' && condition === 'over') {
    // Its beginning was not announced, so its end need not be either.
    return tries === 0 ? { keep: undefined } : { keep: begin('closing'), send: 'ended' }
  }
  if (phase === 'closing' && condition === 'begins') {
    return tries === 0 ? { keep: announced } : { keep: begin('opening'), send: 'started' }
  }
  if (episode.notBefore > now) return { keep: episode }
  if (tries >= MAX_TRIES) return { keep: phase === 'opening' ? announced : undefined }
  return { keep: { ...episode, tries: tries + 1 }, send: phase === 'opening' ? 'started' : 'ended' }
}

/** What Redis must hold after an attempt to send a message. */
export function afterMessage(episode: AlertEpisode, result: SendResult, now: number): AlertEpisode | undefined {
  if (result === 'sent') return episode.phase === 'opening' ? announced : undefined
  return afterNotSent(episode, result, now)
}

/** The attempts at a message after one that did not arrive, or may not have arrived. Each refusal makes the next pause longer. */
export function afterNotSent<Attempts extends Pick<AlertEpisode, 'tries' | 'refusals'>>(
  attempts: Attempts,
  result: Exclude<SendResult, 'sent'>,
  now: number,
): Attempts & Pick<AlertEpisode, 'notBefore'> {
  const { tries, refusals } = attempts
  const notBefore = now + Math.min(FIRST_PAUSE_MS * 2 ** refusals, MAX_PAUSE_MS)
  if (result === 'unknown') return { ...attempts, notBefore }
  return { ...attempts, tries: tries - 1, refusals: refusals + 1, notBefore }
}
