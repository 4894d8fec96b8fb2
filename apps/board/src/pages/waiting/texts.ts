import { counted } from '@ponte/runtime'
import type { OpenReason } from '@ponte/state'
import type { QueueCondition } from '../../queues/queue-status.ts'
import type { Language } from '../../ui/language.ts'

interface Words {
  /** `writes`: down for changes only. `login`: revoked, where there is a login and no connection to revoke. */
  readonly open: Readonly<Record<OpenReason | 'writes' | 'login', (system: string, since: string) => string>>
  readonly conditions: Readonly<Record<Exclude<QueueCondition, 'breaker'>, string>>
}

export const waitingTexts = {
  'pt-BR': {
    title: 'Em espera',
    intro: (limit: string) => `Eventos aguardando há mais de ${limit} e o motivo. Recarregue a página para atualizar.`,
    unreadable: 'O Redis não respondeu; a situação desta fila é desconhecida.',
    queue: 'Fila',
    waiting: 'Aguardando',
    delayed: 'Adiados',
    active: 'Em execução',
    failed: 'Com falha',
    workers: 'Workers',
    unknown: 'desconhecido',
    waitingCount: (count: number, age: string | undefined) =>
      age === undefined ? `${count}` : `${count} aguardando · mais antigo há ${age}`,
    since: (count: number, age: string | undefined) => (age === undefined ? `${count}` : `${count} · há ${age}`),
    tooLong: (count: string, limit: string) => `${count} há mais de ${limit}`,
    conditions: {
      fine: 'em dia',
      failures: 'sem atraso, com falhas:',
      paused: 'em pausa: abra a fila e use Retomar',
      noWorkers: 'nenhum worker conectado: inicie um',
      stuck: 'sem andamento: há workers, mas nenhum pega os eventos; veja o /readyz e o log deles',
      backlog: 'processando a fila',
      stalled: 'um worker caiu durante uma execução; outro a assume em até 10 s, se houver um',
      long: 'uma execução está demorando demais: o worker pode ter travado',
    },
    breaker: (system: string) => `aguardando o ${system} voltar`,
    failures: (count: number) => counted('pt-BR', count, 'evento', 'eventos'),
    longest: (queue: string) => `${queue}: aguardando há mais tempo`,
    waits: (age: string) => `aguardando há ${age}`,
    next: (queue: string) => `${queue}: próximas tentativas`,
    until: 'em',
    open: {
      down: (system, since) => `O ${system} está fora do ar há ${since}.`,
      throttled: (system, since) => `O ${system} pediu para aguardar há ${since}.`,
      revoked: (system, since) => `A conexão com o ${system} foi revogada há ${since}.`,
      writes: (system, since) => `O ${system} recusa alterações há ${since}.`,
      login: (system, since) => `O ${system} recusa o login ou a sessão do Ponte há ${since}.`,
    },
    paused: (queues: string, left: string) =>
      `Em pausa automática: ${queues}. Próxima verificação em ${left}; nenhum evento se perde.`,
    probing: (queues: string) => `Em pausa automática: ${queues}. Um evento está verificando agora se já voltou.`,
  },
  en: {
    title: 'Waiting',
    intro: (limit: string) => `Events waiting over ${limit}, and why. Reload the page to update it.`,
    unreadable: 'Redis did not answer; the status of this queue is unknown.',
    queue: 'Queue',
    waiting: 'Waiting',
    delayed: 'Delayed',
    active: 'Active',
    failed: 'Failed',
    workers: 'Workers',
    unknown: 'unknown',
    waitingCount: (count: number, age: string | undefined) =>
      age === undefined ? `${count}` : `${count} waiting · oldest ${age}`,
    since: (count: number, age: string | undefined) => (age === undefined ? `${count}` : `${count} · ${age}`),
    tooLong: (count: string, limit: string) => `${count} over ${limit}`,
    conditions: {
      fine: 'on time',
      failures: 'on time, with failures:',
      paused: 'paused: open the queue and use Resume',
      noWorkers: 'no worker connected: start one',
      stuck: 'stuck: there are workers, but none takes the events; see their /readyz and log',
      backlog: 'working through the queue',
      stalled: 'a worker died during a run; another takes over within 10 s, if there is one',
      long: 'a run is taking too long: its worker may hang',
    },
    breaker: (system: string) => `waiting for ${system} to come back`,
    failures: (count: number) => counted('en', count, 'event', 'events'),
    longest: (queue: string) => `${queue}: waiting longest`,
    waits: (age: string) => `waiting ${age}`,
    next: (queue: string) => `${queue}: next attempts`,
    until: 'at',
    open: {
      down: (system, since) => `${system} has been down for ${since}.`,
      throttled: (system, since) => `${system} asked Ponte to wait ${since} ago.`,
      revoked: (system, since) => `${system} disconnected ${since} ago.`,
      writes: (system, since) => `${system} has refused changes for ${since}.`,
      login: (system, since) => `${system} has refused Ponte's login or session for ${since}.`,
    },
    paused: (queues: string, left: string) => `Paused: ${queues}. Next check in ${left}; no event is lost.`,
    probing: (queues: string) => `Paused: ${queues}. One event is checking now whether it is back.`,
  },
} satisfies Record<Language, Words & Record<string, unknown>>
