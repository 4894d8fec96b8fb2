import type { AlertEpisode } from '@ponte/state'
import type { Notice } from './alert-texts.ts'
import type { SendResult } from './channels.ts'
import type { Condition } from './read-alert-states.ts'

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
