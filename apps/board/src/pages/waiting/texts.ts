import { counted } from '@ponte/runtime'
import type { OpenReason } from '@ponte/state'
import type { Language } from '../../ui/language.ts'
import type { Verdict } from '../../queues/queue-status.ts'

interface Words {
  /** `refuses`: down for changes only. `refusesLogin`: revoked, where there is a login and no connection to revoke. */
  readonly reasons: Readonly<Record<OpenReason | 'refuses' | 'refusesLogin', string>>
  readonly verdicts: Readonly<Record<Verdict, string>>
}

const since = (since: string) => (count: number, age: string | undefined) =>
  age === undefined ? `${count}` : `${count} (${since} ${age})`

/** The words of the page of what is stuck. */
export const waitingTexts = {
  'pt-BR': {
    title: 'Parados',
    intro: (limit: string) =>
      `O que espera, há quanto tempo e por quê; com nome, o que espera há mais de ${limit}. Recarregue a página para atualizar.`,
    unreadable: 'O Redis não respondeu; nada se sabe desta fila.',
    queue: 'Fila',
    state: 'Situação',
    waiting: 'Em espera',
    delayed: 'Adiados',
    active: 'Em execução',
    failed: 'Com falha',
    workers: 'Workers',
    unknown: 'não se sabe',
    since: since('há'),
    verdicts: {
      fine: 'em dia',
      failures: 'nada espera demais, mas há falhas:',
      paused: 'em pausa: retome a fila no painel',
      noWorkers: 'nenhum worker conectado: inicie um',
      slow: 'parado: há workers e nenhum pega os eventos; veja o /readyz e o log deles',
      backlog: 'acúmulo, andando:',
      stalled: 'o worker de uma execução sumiu; outro a retoma em até 10 s, se houver um',
      long: 'uma execução demora demais: o worker pode ter travado',
      rested: 'espera enquanto o sistema descansa',
    },
    failures: (count: number) => counted('pt-BR', count, 'evento com falha', 'eventos com falha'),
    backlog: (count: number, age: string) => `${count} em espera, o mais antigo há ${age}`,
    tooLong: (count: string, limit: string) => `${count} há mais de ${limit}`,
    longest: (queue: string, limit: string) => `Em ${queue}, os que esperam há mais tempo, além de ${limit}:`,
    waits: (age: string) => `espera há ${age}`,
    putOff: (queue: string) => `Em ${queue}, os próximos entre os adiados, e por quê:`,
    until: 'até',
    reasons: {
      down: 'está fora do ar',
      throttled: 'pediu para aguardar',
      revoked: 'revogou a conexão',
      refuses: 'recusa alterações',
      refusesLogin: 'recusa o login ou a sessão do Ponte',
    },
    rest: (system: string, reason: string, since: string) => `${system} ${reason} há ${since}.`,
    remaining: (queues: string, left: string) => `Em descanso por mais ${left}: ${queues}; nenhuma tentativa se perde.`,
    probing: 'O descanso acabou: um evento está sendo testado agora.',
  },
  en: {
    title: 'Stuck',
    intro: (limit: string) =>
      `What waits, for how long and why; by name, what waits beyond ${limit}. Reload the page to update it.`,
    unreadable: 'Redis did not answer; nothing is known of this queue.',
    queue: 'Queue',
    state: 'State',
    waiting: 'Waiting',
    delayed: 'Delayed',
    active: 'Active',
    failed: 'Failed',
    workers: 'Workers',
    unknown: 'not known',
    since: since('for'),
    verdicts: {
      fine: 'up to date',
      failures: 'nothing waits too long, but there are failures:',
      paused: 'paused: resume the queue on the board',
      noWorkers: 'no worker connected: start one',
      slow: 'stuck: there are workers and none takes the events; see their /readyz and log',
      backlog: 'backlog, draining:',
      stalled: 'the worker of a run is gone; another takes over within 10 s, if there is one',
      long: 'one run takes too long: its worker may hang',
      rested: 'waits while the system rests',
    },
    failures: (count: number) => counted('en', count, 'failed event', 'failed events'),
    backlog: (count: number, age: string) => `${count} waiting, the oldest for ${age}`,
    tooLong: (count: string, limit: string) => `${count} beyond ${limit}`,
    longest: (queue: string, limit: string) => `In ${queue}, those that have waited longest, beyond ${limit}:`,
    waits: (age: string) => `waits for ${age}`,
    putOff: (queue: string) => `In ${queue}, the next of those that are delayed, and why:`,
    until: 'until',
    reasons: {
      down: 'is down',
      throttled: 'asked to wait',
      revoked: 'revoked the connection',
      refuses: 'refuses changes',
      refusesLogin: "refuses Ponte's login or session",
    },
    rest: (system: string, reason: string, since: string) => `${system} ${reason}, since ${since} ago.`,
    remaining: (queues: string, left: string) => `Resting for another ${left}: ${queues}; no attempt is lost.`,
    probing: 'The rest is over: one event is being tried now.',
  },
} satisfies Record<Language, Words & Record<string, unknown>>
