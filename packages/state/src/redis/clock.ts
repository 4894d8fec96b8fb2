/** The two clocks of a machine. */
export interface Clock {
  /** Is never set, but on Linux it stands still while the machine is suspended. */
  monotonicMs(): number
  /** Goes on while the machine is suspended, but may be set. */
  wallMs(): number
}

export const systemClock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() }

/** Counts the milliseconds from now on, by whichever of the two clocks counts more: for what must not be thought too short. */
export function startStopwatch(clock: Clock): () => number {
  const monotonic = clock.monotonicMs()
  const wall = clock.wallMs()
  return () => Math.max(clock.monotonicMs() - monotonic, clock.wallMs() - wall)
}
