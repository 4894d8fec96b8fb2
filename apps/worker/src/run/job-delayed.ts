/** The job cannot go on now and nothing is wrong with it: it comes back later and no attempt is spent. */
export class JobDelayed extends Error {
  readonly waitMs: number

  constructor(reason: string, waitMs: number) {
    super(reason)
    this.name = 'Postponed'
    this.waitMs = waitMs
  }
}
