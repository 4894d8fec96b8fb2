import { bilingual, type Language } from '@ponte/contracts'
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
  const words = sentences[language]
  const { tenants, unreadable, connections, drift, waiting } = state
  if (tenants.length + unreadable.length === 0) return { tone: 'warn', headline: words.noTenant, detail: '' }
  if (tenants.length === 0) return { tone: 'bad', headline: words.noRedis, detail: words.checkRedis }
  const problems = problemsOf(state, language)
  const detail = detailOf(state, language)
  if (problems.length > 0) return { tone: 'bad', headline: startWithCapital(list(problems, language)), detail }
  const warnings: readonly (readonly [CountName, number])[] = [
    ['connectionsPaused', connections.filter(isImpaired).length],
    ['refused', connections.filter(({ refused }) => refused !== undefined).length],
    ['changed', drift.length],
    ['wait', isLong(state) ? waiting : 0],
    ['untried', connections.filter(each => each.state === 'not-tried').length],
  ]
  const [name, count] = warnings.find(([, each]) => each > 0) ?? []
  if (name === undefined || count === undefined) return { tone: 'good', headline: words.allWell, detail }
  const oldest = words.oldest(formatDuration(waitedMs(state), language))
  return { tone: 'warn', headline: startWithCapital(phrase(language, name, count, oldest)), detail }
}

function problemsOf({ connections, paused, ...state }: BridgeState, language: Language): string[] {
  const { tenants, unreadable, withoutWorker, refusedFile } = state
  // All that are shown so are counted, once one of them is a problem.
  const refusals = connections.flatMap(({ refused }) => refused ?? [])
  const isEverybody = withoutWorker.length === tenants.length && unreadable.length === 0
  const problems: readonly (readonly [CountName, number])[] = [
    ['connectionsNeedYou', connections.filter(needsPerson).length],
    ['refused', refusals.some(({ isMany }) => isMany) ? refusals.length : 0],
    ['oldCredentials', state.oldCredentials.reduce((sum, { at }) => sum + at.length, 0)],
    ['failed', state.failed],
    ['withoutWorker', withoutWorker.length],
    ['queuesPaused', paused.length],
    ['unstarted', withoutCommand(state).length],
    ['unswitched', tenants.filter(({ mode }) => switchableUntil(mode, state.at) !== undefined).length],
    ['unreconciled', tenants.filter(({ reconciled }) => reconciled?.needsPerson === true).length],
    ['unreadable', unreadable.length],
  ]
  const found = problems
    .filter(([, count]) => count > 0)
    .map(([name, count]) =>
      name === 'withoutWorker' && isEverybody ? sentences[language].noWorker : phrase(language, name, count),
    )
  return refusedFile.length > 0 ? [sentences[language].fileRefused, ...found] : found
}

function detailOf(state: BridgeState, language: Language): string {
  const words = sentences[language]
  const { waiting, waitingForPerson, delayed, failed, unreadable, connections } = state
  const isPaused = connections.some(connection => isImpaired(connection) && !needsPerson(connection))
  const tenants = toReconnect(state, language)
  const parts: readonly (readonly [CountName, number, string?])[] = [
    [isPaused ? 'afterPause' : isLong(state) ? 'wait' : 'alone', waiting - waitingForPerson],
    ['afterYou', waitingForPerson, tenants === undefined ? words.fixed : words.reconnected(tenants)],
    ['later', delayed],
  ]
  const waits = parts
    .filter(([, count]) => count !== 0)
    .map(([name, count, more]) => phrase(language, name, count, more))
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

const sentences = bilingual({
  allWell: { en: 'All is well', pt: 'Tudo certo' },
  noTenant: { en: 'No tenant to show', pt: 'Nenhuma empresa para mostrar' },
  noRedis: {
    en: 'Redis does not answer: the state is unknown',
    pt: 'O Redis não responde: a situação é desconhecida',
  },
  checkRedis: {
    en: 'Check Redis. Until it is back, nobody knows what failed or what waits.',
    pt: 'Verifique o Redis. Até ele voltar, não se sabe o que falhou nem o que aguarda.',
  },
  nothingLost: { en: 'Nothing is lost', pt: 'Nada se perdeu' },
  fileRefused: { en: 'the tenants file has a mistake', pt: 'o arquivo de tenants tem um erro' },
  noWorker: { en: 'no worker is connected', pt: 'nenhum worker está conectado' },
  oldest: { en: (span: string) => `, the oldest for ${span}`, pt: span => `, o mais antigo há ${span}` },
  fixed: { en: 'have fixed this', pt: 'resolver' },
  reconnected: { en: (tenants: string) => `reconnect ${tenants}`, pt: tenants => `reconectar ${tenants}` },
})

/** What follows a number: one, several, and what is the same for both. `{more}` stands for a text of the moment. */
const counts = bilingual({
  oldCredentials: {
    en: ['changed credential is not used yet', 'changed credentials are not used yet'],
    pt: ['credencial alterada ainda não é usada', 'credenciais alteradas ainda não são usadas'],
  },
  connectionsNeedYou: {
    en: ['connection needs', 'connections need', ' you'],
    pt: ['conexão precisa', 'conexões precisam', ' de você'],
  },
  connectionsPaused: {
    en: ['connection is', 'connections are', ' paused by Ponte'],
    pt: ['conexão está', 'conexões estão', ' em pausa automática'],
  },
  untried: {
    en: ['connection', 'connections', ' without an answered call yet'],
    pt: ['conexão', 'conexões', ' sem nenhuma chamada respondida ainda'],
  },
  refused: {
    en: ['connection gets', 'connections get', ' only refused deliveries'],
    pt: ['conexão só recebe', 'conexões só recebem', ' entregas recusadas'],
  },
  failed: { en: ['event failed', 'events failed'], pt: ['evento falhou', 'eventos falharam'] },
  withoutWorker: {
    en: ['tenant has', 'tenants have', ' no worker'],
    pt: ['empresa está', 'empresas estão', ' sem worker'],
  },
  queuesPaused: {
    en: ['queue was', 'queues were', ' paused by somebody'],
    pt: ['fila foi pausada', 'filas foram pausadas', ' por alguém'],
  },
  unstarted: {
    en: ['tenant starts', 'tenants start', ' no job'],
    pt: ['empresa não inicia', 'empresas não iniciam', ' nenhum job'],
  },
  unswitched: {
    en: ['tenant', 'tenants', ' went live without ponte switch'],
    pt: ['empresa saiu', 'empresas saíram', ' do modo sombra sem ponte switch'],
  },
  unreconciled: {
    en: ['reconcile needs', 'reconciles need', ' you'],
    pt: ['reconciliação precisa', 'reconciliações precisam', ' de você'],
  },
  changed: {
    en: ['change', 'changes', ' by a vendor to look at'],
    pt: ['mudança', 'mudanças', ' de um fornecedor para conferir'],
  },
  unreadable: {
    en: ['tenant is', 'tenants are', ' in an unknown state: Redis did not answer'],
    pt: ['empresa está', 'empresas estão', ' em situação desconhecida: o Redis não respondeu'],
  },
  wait: { en: ['event waits', 'events wait', '{more}'], pt: ['evento aguarda', 'eventos aguardam', '{more}'] },
  alone: {
    en: ['event waits and goes on by itself', 'events wait and go on by themselves'],
    pt: ['evento aguarda e segue sozinho', 'eventos aguardam e seguem sozinhos'],
  },
  afterPause: {
    en: ['event goes on by itself', 'events go on by themselves', ' when the connection is back'],
    pt: ['evento segue sozinho', 'eventos seguem sozinhos', ' quando a conexão voltar'],
  },
  afterYou: {
    en: ['event goes on', 'events go on', ' once you {more}'],
    pt: ['evento segue', 'eventos seguem', ' quando você {more}'],
  },
  later: {
    en: ['event is', 'events are', ' tried again later'],
    pt: ['evento será tentado', 'eventos serão tentados', ' de novo mais tarde'],
  },
})
type CountName = keyof (typeof counts)['en']

/** `1.812 eventos falharam`: the number as the language writes it, with the form of the sentence for this number. */
function phrase(language: Language, name: CountName, count: number, more = ''): string {
  const [one = '', several = '', rest = ''] = counts[language][name]
  const text = counted(language, count, one, several) + rest.replace('{more}', more)
  return new Intl.NumberFormat(language).format(count) + text.slice(String(count).length)
}
