import { type Message, renderMessage } from '@ponte/contracts'

/**
 * Thrown by a run that cannot continue now although nothing is wrong with its job. The job comes back after `waitMs`, and the run does not
 * count as an attempt.
 */
export class JobDelayed extends Error {
  readonly reason: Message
  readonly waitMs: number

  constructor(reason: Message, waitMs: number) {
    super(renderMessage(reason, 'en'))
    this.reason = reason
    this.name = 'JobDelayed'
    this.waitMs = waitMs
  }
}
