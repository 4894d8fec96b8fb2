import type { Language } from '@ponte/contracts'
import { needsPerson } from './connections.ts'
import type { BridgeState } from './read-bridge.ts'
import { sentenceTexts } from './sentence-texts.ts'

/** How the bridge stands, in words. */
export interface StateSentence {
  /** `bad`: somebody has to do something. `warn`: worth a look, though Ponte goes on by itself. */
  readonly tone: 'good' | 'warn' | 'bad'
  /** Without a final stop. */
  readonly headline: string
  /** What becomes of the events, in whole sentences; empty when there is nothing to say. */
  readonly detail: string
}

/** An event that waits for longer, while nothing is known to hold it up, is worth a look. */
const LONG_WAIT_MS = 60_000

/** Says how the bridge stands: first what needs a person, then what becomes of the events that wait. Says nothing that is not known. */
export function stateSentence(state: BridgeState, language: Language): StateSentence {
  const words = sentenceTexts[language]
  const { tenants, unreadable } = state
  if (tenants.length + unreadable.length === 0) return { tone: 'warn', headline: words.noTenant, detail: '' }
  if (tenants.length === 0) return { tone: 'bad', headline: words.noRedis, detail: words.checkRedis }
  const problems = problemsOf(state, language)
  const detail = detailOf(state, language)
  if (problems.length > 0) return { tone: 'bad', headline: startWithCapital(list(problems, language)), detail }
  const paused = state.connections.filter(connection => connection.state !== 'ok').length
  if (paused > 0) return { tone: 'warn', headline: words.connectionsPaused(paused), detail }
  if (isLong(state))
    return { tone: 'warn', headline: words.longWait(state.waiting, state.oldestWaitingMs ?? 0), detail }
  return { tone: 'good', headline: words.allWell, detail }
}

function problemsOf(
  { connections, failed, withoutWorker, paused, ...state }: BridgeState,
  language: Language,
): string[] {
  const words = sentenceTexts[language]
  const needy = connections.filter(needsPerson).length
  const isEverybody = withoutWorker.length === state.tenants.length && state.unreadable.length === 0
  return [
    ...(needy > 0 ? [words.connectionsNeedYou(needy)] : []),
    ...(failed > 0 ? [words.failed(failed)] : []),
    ...(withoutWorker.length > 0 ? [isEverybody ? words.noWorker : words.withoutWorker(withoutWorker.length)] : []),
    ...(paused.length > 0 ? [words.queuesPaused(paused.length)] : []),
    ...(state.unreadable.length > 0 ? [words.unreadable(state.unreadable.length)] : []),
  ]
}

function detailOf(state: BridgeState, language: Language): string {
  const words = sentenceTexts[language]
  const { waiting, heldUp, delayed, failed, unreadable, connections } = state
  const free = waiting - heldUp
  const isPaused = connections.some(connection => connection.state !== 'ok' && !needsPerson(connection))
  const waits = [
    ...(free === 0 ? [] : [isPaused ? words.afterPause(free) : isLong(state) ? words.wait(free) : words.alone(free)]),
    ...(heldUp === 0 ? [] : [words.afterYou(heldUp)]),
    ...(delayed === 0 ? [] : [words.later(delayed)]),
  ]
  // What cannot be read may not be claimed to be there.
  const isHarmless = unreadable.length > 0 || (failed === 0 && waiting === 0 && connections.every(isFine))
  if (isHarmless) return waits.length === 0 ? '' : `${startWithCapital(list(waits, language))}.`
  return waits.length === 0 ? `${words.nothingLost}.` : `${words.nothingLost}: ${list(waits, language)}.`
}

const isFine = ({ state }: BridgeState['connections'][number]): boolean => state === 'ok'

const isLong = ({ waiting, oldestWaitingMs = 0 }: BridgeState): boolean => waiting > 0 && oldestWaitingMs > LONG_WAIT_MS

const list = (parts: readonly string[], language: Language): string =>
  new Intl.ListFormat(language, { type: 'conjunction' }).format(parts)

const startWithCapital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
