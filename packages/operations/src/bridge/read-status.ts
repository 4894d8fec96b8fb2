import { type FailureGroup, groupFailedJobs } from '../failures/failed-events.ts'
import { type BridgeDeps, type BridgeState, readBridge } from './read-bridge.ts'

/** How the bridge stands, and what failed by cause. */
export interface StatusReading {
  readonly state: BridgeState
  readonly failures: readonly FailureGroup[]
  /** When it was read, in milliseconds since 1970. */
  readonly now: number
}

/** Reads both. Of tenants for which Redis does not answer nothing is known: they are in `state.unreadable`. */
export async function readStatus(deps: BridgeDeps, { now }: { readonly now: number }): Promise<StatusReading> {
  const state = await readBridge(deps, { now })
  const tenants = deps.tenants.filter(({ name }) => !state.unreadable.includes(name))
  return { state, failures: await groupFailedJobs({ tenants, failedJobs: deps.failedJobs }), now }
}
