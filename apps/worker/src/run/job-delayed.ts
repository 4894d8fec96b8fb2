/** Thrown by a run that cannot continue now although nothing is wrong with its job. The job comes back after `waitMs`, and the run does not count as an attempt. */
export class JobDelayed extends Error {
  readonly waitMs: number

  constructor(reason: string, waitMs: number) {
    super(reason)
    this.name = 'JobDelayed'
    this.waitMs = waitMs
  }
}
