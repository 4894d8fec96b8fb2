import type { System } from '@ponte/contracts'
import { counted } from '@ponte/runtime'
import type { OpenReason } from '@ponte/state'
import type { AlertFacts } from './read-alert-states.ts'

export type Notice = 'started' | 'ended'

export interface AlertMessage {
  /** Portuguese. */
  readonly subject: string
  /** Portuguese first, then English. */
  readonly text: string
}

export interface TextOptions {
  readonly tenant: string
  readonly tells: Notice
  readonly boardUrl: string | undefined
  readonly windowMs: number
  readonly now: number
}

const systems = { 'totvs-crm': 'TOTVS CRM', 'rd-station': 'RD Station' } as const satisfies Record<System, string>

const reasons = {
  down: { pt: 'está fora do ar', en: 'is down' },
  throttled: { pt: 'pediu para aguardar', en: 'asked to wait' },
  revoked: { pt: 'revogou a conexão', en: 'revoked the connection' },
} as const satisfies Record<OpenReason, { pt: string; en: string }>

/** What is told about an episode: names of ours, counts and times, never a person's data. */
export function alertMessage(facts: AlertFacts, options: TextOptions): AlertMessage {
  const { pt, en } = options.tells === 'started' ? started(facts, options) : ended(facts, options)
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
    case 'rest': {
      const system = systems[facts.system]
      const { reason = 'down', kind, since = now, code = '' } = facts.rest ?? {}
      const age = duration(now - since)
      if (kind === 'write') {
        return {
          pt: `o ${system} recusa alterações e a fila dele descansa há ${age} (${code}). Nenhum evento se perde.`,
          en: `${system} refuses changes; its queue has been resting for ${age} (${code}). No event is lost.`,
        }
      }
      return {
        pt: `o ${system} ${reasons[reason].pt} e as filas que dependem dele descansam há ${age} (${code}). Nenhum evento se perde.`,
        en: `${system} ${reasons[reason].en}; the queues that need it have been resting for ${age} (${code}). No event is lost.`,
      }
    }
    case 'revoked': {
      const system = systems[facts.system]
      const { code = '' } = facts.rest ?? {}
      if (facts.system === 'totvs-crm') {
        return {
          pt: `o ${system} recusa o login ou a sessão do Ponte (${code}). Corrija o usuário da integração; os eventos esperam.`,
          en: `${system} refuses Ponte's login or session (${code}). Correct the integration user; the events wait.`,
        }
      }
      return {
        pt: `o ${system} revogou a conexão (${code}). Conecte a conta novamente; os eventos esperam.`,
        en: `${system} revoked the connection (${code}). Connect the account again; the events wait.`,
      }
    }
    case 'failures': {
      const codes = facts.codes.map(([code, count]) => `${code} ×${count}`).join(', ')
      return {
        pt: `${counted('pt-BR', facts.count, 'evento falhou', 'eventos falharam')} de vez em ${duration(windowMs)}: ${codes}.`,
        en: `${counted('en', facts.count, 'event', 'events')} failed for good within ${duration(windowMs)}: ${codes}.`,
      }
    }
    case 'quarantine':
      return {
        pt: `entregas novas na quarentena, que não puderam ser lidas: ${facts.count}.`,
        en: `new deliveries in quarantine, which could not be read: ${facts.count}.`,
      }
  }
}

function ended(facts: AlertFacts, { windowMs }: TextOptions): Sentence {
  switch (facts.kind) {
    case 'rest':
      return {
        pt: `o descanso do ${systems[facts.system]} acabou: os eventos que esperavam seguem sozinhos.`,
        en: `the rest of ${systems[facts.system]} is over: the events that waited go on by themselves.`,
      }
    case 'revoked':
      if (facts.system === 'totvs-crm') {
        return {
          pt: `o ${systems[facts.system]} aceita o Ponte de novo: os eventos que esperavam seguem sozinhos.`,
          en: `${systems[facts.system]} accepts Ponte again: the events that waited go on by themselves.`,
        }
      }
      return {
        pt: `a conexão com o ${systems[facts.system]} não consta mais como revogada.`,
        en: `the connection to ${systems[facts.system]} no longer counts as revoked.`,
      }
    case 'failures':
      return {
        pt: `novas falhas são raras de novo: ${facts.count} em ${duration(windowMs)}. O que já falhou continua em Causas até ser corrigido e reenviado.`,
        en: `new failures are rare again: ${facts.count} within ${duration(windowMs)}. What has failed stays under Causes until it is mended and retried.`,
      }
    case 'quarantine':
      return {
        pt: `nada novo na quarentena há ${duration(windowMs)}; o que ela guarda (${facts.kept}) continua lá até ser reenviado ou removido.`,
        en: `nothing new in quarantine for ${duration(windowMs)}; what it holds (${facts.kept}) stays until it is retried or removed.`,
      }
  }
}

const pageOf = ({ kind }: AlertFacts): string => (kind === 'rest' || kind === 'revoked' ? '/stuck' : '/causes')

/** `45 s`, `15 min`, `3 h`: the same in both languages. */
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}
