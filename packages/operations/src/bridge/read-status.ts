import { type FailureGroup, groupFailedJobs } from '../failures/read-failures.ts'
import { withDeadline } from '@ponte/state'
import { type BridgeDeps, type BridgeState, readBridge } from './read-bridge.ts'

/** How the bridge stands, and what failed by cause. */
export interface StatusReading {
  readonly state: BridgeState
  readonly failures: readonly FailureGroup[]
}

/** Reads both. Of tenants for which Redis does not answer nothing is known: they are in `state.unreadable`. */
export async function readStatus(deps: BridgeDeps, { now }: { readonly now: number }): Promise<StatusReading> {
  const state = await readBridge(deps, { now })
  const tenants = deps.tenants.filter(({ name }) => !state.unreadable.includes(name))
  return { state, failures: await groupFailedJobs({ tenants, failedJobs: deps.failedJobs }) }
}

/** What waits for somebody. */
export type EventCounts = Pick<BridgeState, 'failed' | 'waiting'>

/** The counts of a reading. Undefined when something could not be read, and after this many milliseconds. */
export const readCounts = async (reading: Promise<BridgeState>, ms: number): Promise<EventCounts | undefined> =>
  withDeadline(reading, ms).then(
    ({ unreadable, failed, waiting }) => (unreadable.length > 0 ? undefined : { failed, waiting }),
    () => undefined,
  )
