import { type Language, type System, systemNames, type Texts, watchedKinds } from '@ponte/contracts'
import { connectionWords, driftWords, needsPerson, refusedWords } from '@ponte/operations'
import { counted } from '@ponte/runtime'
import type { AlertFacts } from './read-alert-states.ts'

/** What a message announces: an episode has started, or it has ended. */
export type Notice = 'started' | 'ended'

export interface AlertMessage {
  /** Portuguese. */
  readonly subject: string
  /** Portuguese first, then English. */
  readonly text: string
}

export interface TextOptions {
  readonly tenant: string
  readonly notice: Notice
  readonly boardUrl: string | undefined
  readonly windowMs: number
  readonly now: number
}

/** Changes that one message names. The overview has all. */
const MAX_CHANGES = 5

/** The message about an episode. It holds Ponte's own names, counts and times, never personal data. */
export function alertMessage(facts: AlertFacts, options: TextOptions): AlertMessage {
  const { pt, en } = options.notice === 'started' ? started(facts, options) : ended(facts, options)
  const head = facts.kind === 'redis-memory' ? 'Ponte:' : `Ponte · ${options.tenant}:`
  const link = options.boardUrl === undefined ? [] : [`${options.boardUrl}${pageOf(facts)}`]
  return { subject: `${head} ${pt}`, text: [`${head} ${pt}`, `${head} ${en}`, ...link].join('\n') }
}

/** A message that somebody asked for on the board, to see that alerts arrive. */
export function testMessage(boardUrl: string | undefined): AlertMessage {
  const pt = 'Ponte: mensagem de teste, pedida no painel. Os alertas chegam por aqui.'
  const en = 'Ponte: test message, asked for on the board. Alerts arrive here.'
  const link = boardUrl === undefined ? [] : [`${boardUrl}/connections`]
  return { subject: pt, text: [pt, en, ...link].join('\n') }
}

function started(facts: AlertFacts, { now, windowMs }: TextOptions): Texts {
  switch (facts.kind) {
    case 'circuit-breaker':
    case 'revoked': {
      const { connection } = facts
      // The system may be down by the time that a message is repeated. Then nobody knows what it refused.
      if (facts.kind === 'revoked' && !needsPerson(connection)) return refusedBefore(connection.system)
      const textIn = (language: Language): string => {
        const { headline, times, waitingEvents } = connectionWords(connection, language, now)
        return `${headline} · ${times} (${connection.code ?? ''}). ${waitingEvents}`
      }
      return { pt: textIn('pt-BR'), en: textIn('en') }
    }
    case 'refused': {
      const { system, refused } = facts
      if (refused === undefined) return deliversAgain(system)
      const textIn = (language: Language): string => {
        const { headline, todo } = refusedWords(refused, { system, language, now })
        return `${headline}. ${todo.replaceAll('`', '')}`
      }
      return { pt: textIn('pt-BR'), en: textIn('en') }
    }
    case 'failures': {
      const codes = facts.codes.map(([code, count]) => `${code} ×${count}`).join(', ')
      return {
        pt: `Em ${duration(windowMs)}, ${counted('pt-BR', facts.count, 'evento falhou', 'eventos falharam')}: ${codes}. O que ainda tem rodadas o Ponte tenta de novo sozinho; o resto aguarda você.`,
        en: `Within ${duration(windowMs)}, ${counted('en', facts.count, 'event failed', 'events failed')}: ${codes}. Ponte tries again what still has rounds; the rest needs you.`,
      }
    }
    case 'drift': {
      const textIn = (language: Language): string =>
        facts.drift
          .slice(0, MAX_CHANGES)
          .map(each => driftWords(each, language, now))
          .map(({ headline, todo }) => `${headline}. ${todo}`)
          .join(' ')
      return { pt: textIn('pt-BR'), en: textIn('en') }
    }
    case 'reconcile': {
      if (facts.reconciled === undefined) return notReconciled
      const { missing, sent, inARow } = facts.reconciled
      return {
        pt: `faltam webhooks: ${inARow} reconciliações seguidas acharam eventos que não chegaram (agora ${missing}, enviados: ${sent}). Confira o webhook no RD Station e os workflows no TOTVS CRM.`,
        en: `webhooks are missing: ${inARow} reconciles in a row found events that had not come (now ${missing}, sent: ${sent}). Check the webhook in RD Station and the workflows in TOTVS CRM.`,
      }
    }
    case 'quarantine':
      return {
        pt: `novas entregas na quarentena, que o Ponte não conseguiu ler: ${facts.count}.`,
        en: `new deliveries in quarantine that Ponte could not read: ${facts.count}.`,
      }
    case 'redis-memory': {
      const percent = `${Math.round(facts.share * 100)} %`
      return {
        pt: `o Redis usa ${percent} da memória que pode usar (maxmemory): veja o que cresce enquanto há tempo. A partir de 80 %, empresas com muitos eventos aguardando são recusadas.`,
        en: `Redis uses ${percent} of the memory that it may use (maxmemory): find out what grows while there is time. From 80 % on, tenants with many waiting events are refused.`,
      }
    }
  }
}

function ended(facts: AlertFacts, { windowMs }: TextOptions): Texts {
  switch (facts.kind) {
    case 'circuit-breaker': {
      const system = systemNames[facts.connection.system]
      return {
        pt: `a pausa automática do ${system} terminou: os eventos que aguardavam seguem sozinhos.`,
        en: `the pause for ${system} is over: waiting events continue by themselves.`,
      }
    }
    case 'revoked': {
      const system = systemNames[facts.connection.system]
      return {
        pt: `o ${system} aceita o Ponte de novo: os eventos que aguardavam seguem sozinhos.`,
        en: `${system} accepts Ponte again: waiting events continue by themselves.`,
      }
    }
    case 'refused':
      return deliversAgain(facts.system)
    case 'failures':
      return {
        pt: `as falhas voltaram ao normal: ${facts.count} em ${duration(windowMs)}. O que já falhou continua em Falhas até ser corrigido e reenviado.`,
        en: `failures are back to normal: ${facts.count} within ${duration(windowMs)}. What has failed stays under Failures until it is fixed and retried.`,
      }
    case 'drift': {
      const { system, en, pt } = watchedKinds[facts.of]
      return {
        pt: `a mudança do ${systemNames[system]} (${pt}) não aparece mais, ou virou o padrão: 250 respostas seguidas.`,
        en: `the change by ${systemNames[system]} (${en}) is not seen any more, or has been normal for 250 answers.`,
      }
    }
    case 'reconcile':
      return facts.reconciled === undefined
        ? notReconciled
        : {
            pt: 'a última reconciliação não achou nada faltando.',
            en: 'the last reconcile found nothing missing.',
          }
    case 'quarantine':
      return {
        pt: `das entregas dos últimos ${duration(windowMs)} nenhuma está na quarentena, fora as causas silenciadas; o que está nela (${facts.kept}) continua lá até ser reenviado ou removido.`,
        en: `of the deliveries of the last ${duration(windowMs)} none is in quarantine, apart from muted causes; what is in it (${facts.kept}) stays until it is retried or removed.`,
      }
    case 'redis-memory':
      return {
        pt: 'o Redis tem memória de sobra de novo: usa menos de 40 % da que pode usar.',
        en: 'Redis has memory to spare again: it uses less than 40 % of what it may use.',
      }
  }
}

const notReconciled: Texts = {
  pt: 'não houve reconciliação em 30 dias: não se sabe se faltam webhooks.',
  en: 'there was no reconcile in 30 days: nobody knows whether webhooks are missing.',
}

const refusedBefore = (system: System): Texts => ({
  pt: `o ${systemNames[system]} recusou o acesso do Ponte. O painel diz do que a conexão precisa agora.`,
  en: `${systemNames[system]} refused Ponte's access. The board says what the connection needs now.`,
})

const deliversAgain = (system: System): Texts => ({
  pt: `as entregas do ${systemNames[system]} não são mais recusadas: uma foi aceita, ou nenhuma foi recusada em 7 dias. O que foi recusado não chegou.`,
  en: `deliveries of ${systemNames[system]} are not refused any more: one was accepted, or none was refused in 7 days. What was refused has not arrived.`,
})

const pageOf = ({ kind }: AlertFacts): string => pages[kind]
const pages: Readonly<Record<AlertFacts['kind'], string>> = {
  'circuit-breaker': '/waiting',
  revoked: '/waiting',
  refused: '/connections',
  failures: '/failures',
  quarantine: '/failures',
  drift: '/',
  reconcile: '/',
  'redis-memory': '/waiting',
}

/** `45 s`, `15 min`, `3 h`: the same in both languages. */
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}
