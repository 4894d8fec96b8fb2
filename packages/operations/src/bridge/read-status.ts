import type { Language } from '@ponte/contracts'
import { withDeadline } from '@ponte/state'
import type { ConnectionDocument, FailureGroup, HealthDocument, ModeDocument, StatusDocument } from '../documents.ts'
import { groupFailedJobs } from '../failures/read-failures.ts'
import { type Connection, countRefused, needsPerson } from './connections.ts'
import type { ModeState } from './mode-words.ts'
import { type BridgeDeps, bridgeOf, bridgeOfTenants, type BridgeState, readBridge } from './read-bridge.ts'
import { stateSentence } from './state-sentence.ts'

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

export const toStatusDocument = ({ state, failures }: StatusReading, language: Language): StatusDocument => ({
  ...state,
  ...sentenceOf(state, language),
  tenants: state.tenants.map(each => ({
    ...each,
    ...fromMode(each.mode),
    connections: each.connections.map(fromConnection),
    failures: failures.filter(group => group.tenant === each.tenant),
  })),
})

export const toHealthDocument = (state: BridgeState, language: Language): HealthDocument => ({
  ...state,
  tenants: state.tenants.map(each => ({ ...each, ...sentenceOf(bridgeOf(state, [each.tenant]), language) })),
})

/** What a document is about, to be said in any language. */
export const readStatusDocument = ({ tenants, ...bridge }: StatusDocument): StatusReading => ({
  state: bridgeOfTenants(
    tenants.map(each => ({
      ...each,
      mode: toMode(each),
      connections: each.connections.map(own => ({ tenant: each.tenant, ...own })),
    })),
    bridge,
  ),
  failures: tenants
    .flatMap(({ tenant, failures }) => failures.map(group => ({ tenant, ...group })))
    .toSorted((one, other) => other.count - one.count),
})

function sentenceOf(state: BridgeState, language: Language): Pick<StatusDocument, 'health' | 'summary'> {
  const { tone, headline, detail } = stateSentence(state, language)
  return { health: tone, summary: [headline, detail].filter(text => text !== '').join('. ') }
}

const fromConnection = ({ refused, ...own }: Connection): ConnectionDocument => ({
  ...{ ...own, needsPerson: needsPerson(own) },
  ...(refused && { refused: { ...refused, count: countRefused(refused) } }),
})

const fromMode = ({
  mode,
  since,
  shadowSince = mode === 'shadow' && since > 0 ? since : undefined,
  ...more
}: ModeState): ModeDocument => ({
  ...{ mode, modeSince: since > 0 ? since : undefined, shadowSince, shadowEnded: more.shadowEndedAt },
  ...{ packageOff: more.offAt, goingLive: more.isGoingLive, draining: more.isDraining },
  ...{ needsSwitch: more.needsSwitch, rest: more.rest, modeOfFile: more.modeOfFile },
})

const toMode = ({
  mode,
  modeSince: since = 0,
  shadowSince,
  needsSwitch,
  rest,
  modeOfFile,
  ...more
}: ModeDocument): ModeState => ({
  ...{ mode, since, shadowSince, shadowEndedAt: more.shadowEnded, offAt: more.packageOff },
  ...{ isGoingLive: more.goingLive, isDraining: more.draining, needsSwitch, rest, modeOfFile },
})
