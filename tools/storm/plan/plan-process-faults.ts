import type { Random } from './random.ts'

/** The processes that are hit. */
export const faultTargets = ['ingress', 'first-worker', 'second-worker', 'redis'] as const
export type FaultTarget = (typeof faultTargets)[number]

export interface ProcessFault {
  /** After the storm began, or after the process came back from the fault before, so that on a slow machine it is up at all. */
  readonly afterMs: number
  /** SIGKILL and a new start, or SIGSTOP and SIGCONT: a machine that stands still and then goes on as if nothing was. */
  readonly kind: 'kill' | 'freeze'
  /** How long the process is away. */
  readonly downMs: number
}

export type ProcessFaults = Readonly<Record<FaultTarget, readonly ProcessFault[]>>

export interface FaultLimits {
  readonly lengthMs: number
  /**
   * No process stands still for longer. A worker that stands still beyond its locks (4 s) may have a call on its way out that
   * nothing can call back: neither system takes a fencing token.
   */
  readonly longestFreezeMs: number
}

interface Intensity {
  readonly upMs: readonly [least: number, most: number]
  readonly downMs: readonly [least: number, most: number]
  readonly freezePercent: number
  readonly frozenMs: readonly [least: number, most: number]
}

const intensities: Readonly<Record<FaultTarget, Intensity>> = {
  ingress: { upMs: [3000, 9000], downMs: [0, 1500], freezePercent: 20, frozenMs: [500, 4000] },
  // Longer than a job's lock and its locks of records, so that another worker takes over what is still in the hand.
  'first-worker': { upMs: [3000, 9000], downMs: [0, 1000], freezePercent: 30, frozenMs: [1000, 9000] },
  'second-worker': { upMs: [3000, 9000], downMs: [0, 1000], freezePercent: 30, frozenMs: [1000, 9000] },
  redis: { upMs: [6000, 12_000], downMs: [0, 2000], freezePercent: 25, frozenMs: [500, 3000] },
}

export const planProcessFaults = (random: Random, limits: FaultLimits): ProcessFaults => ({
  ingress: faultsOf(intensities.ingress, random, limits),
  'first-worker': faultsOf(intensities['first-worker'], random, limits),
  'second-worker': faultsOf(intensities['second-worker'], random, limits),
  redis: faultsOf(intensities.redis, random, limits),
})

function faultsOf(rage: Intensity, random: Random, { lengthMs, longestFreezeMs }: FaultLimits): ProcessFault[] {
  const faults: ProcessFault[] = []
  for (let plannedMs = 0; plannedMs < lengthMs;) {
    const freezes = random.percent(rage.freezePercent)
    const fault: ProcessFault = {
      afterMs: random.between(...rage.upMs),
      kind: freezes ? 'freeze' : 'kill',
      downMs: freezes ? Math.min(random.between(...rage.frozenMs), longestFreezeMs) : random.between(...rage.downMs),
    }
    faults.push(fault)
    plannedMs += fault.afterMs + fault.downMs
  }
  return faults
}
