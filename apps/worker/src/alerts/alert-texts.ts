import { systemNames } from '@ponte/contracts'
import { counted } from '@ponte/runtime'
import type { OpenReason } from '@ponte/state'
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

const reasons: Readonly<Record<OpenReason, (system: string) => Sentence>> = {
  down: system => ({ pt: `o ${system} está fora do ar`, en: `${system} is down` }),
  throttled: system => ({ pt: `o ${system} pediu para aguardar`, en: `${system} asked to wait` }),
  revoked: system => ({ pt: `a conexão com o ${system} está desconectada`, en: `${system} is disconnected` }),
}

/** The message about an episode. It holds Ponte's own names, counts and times, never personal data. */
export function alertMessage(facts: AlertFacts, options: TextOptions): AlertMessage {
  const { pt, en } = options.notice === 'started' ? started(facts, options) : ended(facts, options)
  const head = `Ponte · ${options.tenant}:`
  const link = options.boardUrl === undefined ? [] : [`${options.boardUrl}${pageOf(facts)}`]
  return { subject: `${head} ${pt}`, text: [`${head} ${pt}`, `${head} ${en}`, ...link].join('\n') }
}

interface Sentence {
  readonly pt: string
  readonly en: string
}

function started(facts: AlertFacts, { now, windowMs }: TextOptions): Sentence {
  switch (facts.kind) {
    case 'circuit-breaker': {
      const system = systemNames[facts.system]
      const { reason = 'down', kind, since = now, code = '', status } = facts.breaker ?? {}
      const age = duration(now - since)
      const answer = status === undefined ? '' : ` (${status})`
      if (kind === 'write') {
        return {
          pt: `o ${system} não responde a gravações${answer} e a fila dele está em pausa automática há ${age} (${code}). Nenhum evento se perde.`,
          en: `${system} does not answer to writes${answer}; its queue has been paused for ${age} (${code}). No event is lost.`,
        }
      }
      const { pt, en } = reasons[reason](system)
      return {
        pt: `${pt} e as filas que dependem dele estão em pausa automática há ${age} (${code}). Nenhum evento se perde.`,
        en: `${en}; the queues that need it have been paused for ${age} (${code}). No event is lost.`,
      }
    }
    case 'revoked': {
      const system = systemNames[facts.system]
      const { code = '' } = facts.breaker ?? {}
      if (facts.system === 'totvs-crm') {
        return {
          pt: `o ${system} recusa o login ou a sessão do Ponte (${code}). Corrija o usuário da integração; os eventos aguardam.`,
          en: `${system} refuses Ponte's login or session (${code}). Correct the integration user; events are waiting.`,
        }
      }
      return {
        pt: `conexão com o ${system} desconectada: reconecte (${code}). Os eventos aguardam.`,
        en: `${system} disconnected: reconnect (${code}). Events are waiting.`,
      }
    }
    case 'failures': {
      const codes = facts.codes.map(([code, count]) => `${code} ×${count}`).join(', ')
      return {
        pt: `${counted('pt-BR', facts.count, 'evento falhou', 'eventos falharam')} definitivamente em ${duration(windowMs)}: ${codes}.`,
        en: `${counted('en', facts.count, 'event', 'events')} failed permanently within ${duration(windowMs)}: ${codes}.`,
      }
    }
    case 'quarantine':
      return {
        pt: `novas entregas na quarentena, que o Ponte não conseguiu ler: ${facts.count}.`,
        en: `new deliveries in quarantine that Ponte could not read: ${facts.count}.`,
      }
  }
}

function ended(facts: AlertFacts, { windowMs }: TextOptions): Sentence {
  switch (facts.kind) {
    case 'circuit-breaker':
      return {
        pt: `a pausa automática do ${systemNames[facts.system]} terminou: os eventos que aguardavam seguem sozinhos.`,
        en: `the pause for ${systemNames[facts.system]} is over: waiting events continue by themselves.`,
      }
    case 'revoked':
      if (facts.system === 'totvs-crm') {
        return {
          pt: `o ${systemNames[facts.system]} aceita o Ponte de novo: os eventos que aguardavam seguem sozinhos.`,
          en: `${systemNames[facts.system]} accepts Ponte again: waiting events continue by themselves.`,
        }
      }
      return {
        pt: `a conexão com o ${systemNames[facts.system]} não consta mais como desconectada.`,
        en: `${systemNames[facts.system]} no longer counts as disconnected.`,
      }
    case 'failures':
      return {
        pt: `as falhas voltaram ao normal: ${facts.count} em ${duration(windowMs)}. O que já falhou continua em Falhas até ser corrigido e reenviado.`,
        en: `failures are back to normal: ${facts.count} within ${duration(windowMs)}. What has failed stays under Failures until it is fixed and retried.`,
      }
    case 'quarantine':
      return {
        pt: `nada novo na quarentena há ${duration(windowMs)}; o que está nela (${facts.kept}) continua lá até ser reenviado ou removido.`,
        en: `nothing new in quarantine for ${duration(windowMs)}; what is in it (${facts.kept}) stays until it is retried or removed.`,
      }
  }
}

const pageOf = ({ kind }: AlertFacts): string =>
  kind === 'circuit-breaker' || kind === 'revoked' ? '/waiting' : '/failures'

/** `45 s`, `15 min`, `3 h`: the same in both languages. */
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}
