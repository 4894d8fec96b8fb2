import type { Language } from '@ponte/contracts'
import { isImpaired, needsPerson } from './connections.ts'
import { commandNeeded, switchableUntil } from './mode-words.ts'
import type { BridgeState } from './read-bridge.ts'
import { counted, formatDuration } from '@ponte/runtime'

/** The state of the bridge in words. */
export interface StateSentence {
  /** `bad`: a person has to do something, or events failed, also those that Ponte tries again by itself. `warn`: worth a look, but Ponte goes on by itself. */
  readonly tone: 'good' | 'warn' | 'bad'
  /** Without a final stop. */
  readonly headline: string
  /** What becomes of the events, in whole sentences; empty when there is nothing to say. */
  readonly detail: string
}

/** Says first what needs a person, then what becomes of the events that wait. Says nothing that is not known. */
export function stateSentence(state: BridgeState, language: Language): StateSentence {
  const words = sentenceTexts[language]
  const { tenants, unreadable } = state
  if (tenants.length + unreadable.length === 0) return { tone: 'warn', headline: words.noTenant, detail: '' }
  if (tenants.length === 0) return { tone: 'bad', headline: words.noRedis, detail: words.checkRedis }
  const problems = problemsOf(state, language)
  const detail = detailOf(state, language)
  if (problems.length > 0) return { tone: 'bad', headline: startWithCapital(list(problems, language)), detail }
  const paused = state.connections.filter(isImpaired).length
  if (paused > 0) return { tone: 'warn', headline: words.connectionsPaused(paused), detail }
  const refusing = state.connections.filter(({ refused }) => refused !== undefined).length
  if (refusing > 0) return { tone: 'warn', headline: startWithCapital(words.refused(refusing)), detail }
  if (state.drift.length > 0) return { tone: 'warn', headline: words.changed(state.drift.length), detail }
  if (isLong(state)) return { tone: 'warn', headline: words.longWait(state.waiting, waitedMs(state)), detail }
  const untried = state.connections.filter(connection => connection.state === 'not-tried').length
  if (untried > 0) return { tone: 'warn', headline: words.untried(untried), detail }
  return { tone: 'good', headline: words.allWell, detail }
}

function problemsOf(
  { connections, failed, withoutWorker, paused, ...state }: BridgeState,
  language: Language,
): string[] {
  const words = sentenceTexts[language]
  const unstarted = withoutCommand(state)
  const unswitched = state.tenants.filter(({ mode }) => switchableUntil(mode, state.at) !== undefined).length
  const unreconciled = state.tenants.filter(({ reconciled }) => reconciled?.needsPerson === true).length
  const needy = connections.filter(needsPerson).length
  // All that are shown so are counted, once one of them is a problem.
  const refusals = connections.flatMap(({ refused }) => refused ?? [])
  const refusing = refusals.some(({ isMany }) => isMany) ? refusals.length : 0
  const isEverybody = withoutWorker.length === state.tenants.length && state.unreadable.length === 0
  const old = state.oldCredentials.reduce((sum, { at }) => sum + at.length, 0)
  return [
    ...(state.refusedFile.length > 0 ? [words.fileRefused] : []),
    ...(needy > 0 ? [words.connectionsNeedYou(needy)] : []),
    ...(refusing > 0 ? [words.refused(refusing)] : []),
    ...(old > 0 ? [words.oldCredentials(old)] : []),
    ...(failed > 0 ? [words.failed(failed)] : []),
    ...(withoutWorker.length > 0 ? [isEverybody ? words.noWorker : words.withoutWorker(withoutWorker.length)] : []),
    ...(paused.length > 0 ? [words.queuesPaused(paused.length)] : []),
    ...(unstarted.length > 0 ? [words.unstarted(unstarted.length)] : []),
    ...(unswitched > 0 ? [words.unswitched(unswitched)] : []),
    ...(unreconciled > 0 ? [words.unreconciled(unreconciled)] : []),
    ...(state.unreadable.length > 0 ? [words.unreadable(state.unreadable.length)] : []),
  ]
}

function detailOf(state: BridgeState, language: Language): string {
  const words = sentenceTexts[language]
  const { waiting, waitingForPerson, delayed, failed, unreadable, connections } = state
  const free = waiting - waitingForPerson
  const isPaused = connections.some(connection => isImpaired(connection) && !needsPerson(connection))
  const waits = [
    ...(free === 0 ? [] : [isPaused ? words.afterPause(free) : isLong(state) ? words.wait(free) : words.alone(free)]),
    ...(waitingForPerson === 0 ? [] : [words.afterYou(waitingForPerson, toReconnect(state, language))]),
    ...(delayed === 0 ? [] : [words.later(delayed)]),
  ]
  // Do not say "nothing is lost" about tenants that could not be read, nor of what was refused.
  const isUnknown = unreadable.length > 0 || connections.some(({ refused }) => refused !== undefined)
  const isHarmless = failed === 0 && waiting === 0 && !connections.some(isImpaired)
  if (isUnknown || isHarmless) return waits.length === 0 ? '' : `${startWithCapital(list(waits, language))}.`
  return waits.length === 0 ? `${words.nothingLost}.` : `${words.nothingLost}: ${list(waits, language)}.`
}

/** Whose account has to be reconnected, if nothing else holds events up. */
function toReconnect(state: BridgeState, language: Language): string | undefined {
  const { connections, withoutWorker, paused } = state
  const needy = connections.filter(needsPerson)
  const others = withoutWorker.length + paused.length + withoutCommand(state).length
  const isAll = others === 0 && needy.every(({ state }) => state === 'disconnected')
  const tenants = [...new Set(needy.map(({ tenant }) => tenant))]
  return isAll && tenants.length > 0 && tenants.length <= MAX_NAMED ? list(tenants, language) : undefined
}
/** The tenants of which no job is started before somebody has run a command. */
const withoutCommand = ({ tenants }: Pick<BridgeState, 'tenants'>) =>
  tenants.filter(({ mode }) => commandNeeded(mode) !== undefined)

/** More names would hide the sentence. */
const MAX_NAMED = 3

const waitedMs = ({ at, oldestWaitingSince }: BridgeState): number => at - (oldestWaitingSince ?? at)
/** Long enough to be worth a look, unless something known holds it up. */
const isLong = (state: BridgeState): boolean => state.waiting > 0 && waitedMs(state) > state.stuckAfterSeconds * 1000

const list = (parts: readonly string[], language: Language): string =>
  new Intl.ListFormat(language, { type: 'conjunction' }).format(parts)

const startWithCapital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

/** The parts of `stateSentence`. */
const sentenceTexts = {
  'pt-BR': {
    allWell: 'Tudo certo',
    noTenant: 'Nenhuma empresa para mostrar',
    noRedis: 'O Redis não responde: a situação é desconhecida',
    checkRedis: 'Verifique o Redis. Até ele voltar, não se sabe o que falhou nem o que aguarda.',
    nothingLost: 'Nada se perdeu',
    fileRefused: 'o arquivo de tenants tem um erro',
    oldCredentials: (count: number) =>
      verb('pt-BR', count, 'credencial alterada ainda não é usada', 'credenciais alteradas ainda não são usadas'),
    connectionsNeedYou: (count: number) => verb('pt-BR', count, 'conexão precisa', 'conexões precisam', ' de você'),
    connectionsPaused: (count: number) =>
      verb('pt-BR', count, 'conexão está', 'conexões estão', ' em pausa automática'),
    untried: (count: number) =>
      verb(
        'pt-BR',
        count,
        'conexão sem nenhuma chamada respondida ainda',
        'conexões sem nenhuma chamada respondida ainda',
      ),
    refused: (count: number) => verb('pt-BR', count, 'conexão só recebe', 'conexões só recebem', ' entregas recusadas'),
    failed: (count: number) => verb('pt-BR', count, 'evento falhou', 'eventos falharam'),
    noWorker: 'nenhum worker está conectado',
    withoutWorker: (count: number) => verb('pt-BR', count, 'empresa está', 'empresas estão', ' sem worker'),
    queuesPaused: (count: number) => verb('pt-BR', count, 'fila foi pausada', 'filas foram pausadas', ' por alguém'),
    unstarted: (count: number) => verb('pt-BR', count, 'empresa não inicia', 'empresas não iniciam', ' nenhum job'),
    unswitched: (count: number) =>
      verb('pt-BR', count, 'empresa saiu', 'empresas saíram', ' do modo sombra sem ponte switch'),
    unreconciled: (count: number) =>
      verb('pt-BR', count, 'reconciliação precisa', 'reconciliações precisam', ' de você'),
    changed: (count: number) => verb('pt-BR', count, 'mudança', 'mudanças', ' de um fornecedor para conferir'),
    unreadable: (count: number) =>
      verb('pt-BR', count, 'empresa está', 'empresas estão', ' em situação desconhecida: o Redis não respondeu'),
    longWait: (count: number, ms: number) =>
      verb('pt-BR', count, 'evento aguarda', 'eventos aguardam', `, o mais antigo há ${formatDuration(ms, 'pt-BR')}`),
    wait: (count: number) => verb('pt-BR', count, 'evento aguarda', 'eventos aguardam'),
    alone: (count: number) =>
      verb('pt-BR', count, 'evento aguarda e segue sozinho', 'eventos aguardam e seguem sozinhos'),
    afterPause: (count: number) =>
      verb('pt-BR', count, 'evento segue sozinho', 'eventos seguem sozinhos', ' quando a conexão voltar'),
    afterYou: (count: number, tenants: string | undefined) =>
      verb(
        'pt-BR',
        count,
        'evento segue',
        'eventos seguem',
        ` quando você ${tenants === undefined ? 'resolver' : `reconectar ${tenants}`}`,
      ),
    later: (count: number) =>
      verb('pt-BR', count, 'evento será tentado', 'eventos serão tentados', ' de novo mais tarde'),
  },
  en: {
    allWell: 'All is well',
    noTenant: 'No tenant to show',
    noRedis: 'Redis does not answer: the state is unknown',
    checkRedis: 'Check Redis. Until it is back, nobody knows what failed or what waits.',
    nothingLost: 'Nothing is lost',
    fileRefused: 'the tenants file has a mistake',
    oldCredentials: (count: number) =>
      verb('en', count, 'changed credential is not used yet', 'changed credentials are not used yet'),
    connectionsNeedYou: (count: number) => verb('en', count, 'connection needs', 'connections need', ' you'),
    connectionsPaused: (count: number) => verb('en', count, 'connection is', 'connections are', ' paused by Ponte'),
    untried: (count: number) => verb('en', count, 'connection', 'connections', ' without an answered call yet'),
    refused: (count: number) => verb('en', count, 'connection gets', 'connections get', ' only refused deliveries'),
    failed: (count: number) => verb('en', count, 'event failed', 'events failed'),
    noWorker: 'no worker is connected',
    withoutWorker: (count: number) => verb('en', count, 'tenant has', 'tenants have', ' no worker'),
    queuesPaused: (count: number) => verb('en', count, 'queue was', 'queues were', ' paused by somebody'),
    unstarted: (count: number) => verb('en', count, 'tenant starts', 'tenants start', ' no job'),
    unswitched: (count: number) => verb('en', count, 'tenant', 'tenants', ' went live without ponte switch'),
    unreconciled: (count: number) => verb('en', count, 'reconcile needs', 'reconciles need', ' you'),
    changed: (count: number) => verb('en', count, 'change', 'changes', ' by a vendor to look at'),
    unreadable: (count: number) =>
      verb('en', count, 'tenant is', 'tenants are', ' in an unknown state: Redis did not answer'),
    longWait: (count: number, ms: number) =>
      verb('en', count, 'event waits', 'events wait', `, the oldest for ${formatDuration(ms, 'en')}`),
    wait: (count: number) => verb('en', count, 'event waits', 'events wait'),
    alone: (count: number) =>
      verb('en', count, 'event waits and goes on by itself', 'events wait and go on by themselves'),
    afterPause: (count: number) =>
      verb('en', count, 'event goes on by itself', 'events go on by themselves', ' when the connection is back'),
    afterYou: (count: number, tenants: string | undefined) =>
      verb(
        'en',
        count,
        'event goes on',
        'events go on',
        ` once you ${tenants === undefined ? 'have fixed this' : `reconnect ${tenants}`}`,
      ),
    later: (count: number) => verb('en', count, 'event is', 'events are', ' tried again later'),
  },
} as const satisfies Record<Language, unknown>

/** `1.812 eventos falharam`: the number as the language writes it, with the form of the sentence for this number. */
function verb(language: Language, count: number, one: string, other: string, rest = ''): string {
  const text = counted(language, count, `${one}${rest}`, `${other}${rest}`)
  return new Intl.NumberFormat(language).format(count) + text.slice(String(count).length)
}
