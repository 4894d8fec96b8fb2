import { counted } from '@ponte/runtime'
import type { System } from '@ponte/contracts'
import type { QueueCondition } from '../../queues/queue-status.ts'
import type { Language } from '../../ui/language.ts'

interface Words {
  /** `pause`: it ends by itself. A system: its connection or login waits for a person. */
  readonly breaker: Readonly<Record<System | 'pause', (system: string) => string>>
  /** How many tenants, one and several. */
  readonly upToDate: readonly [one: string, several: string]
  readonly conditions: Readonly<Record<Exclude<QueueCondition, 'breaker'>, string>>
}

export const waitingTexts = {
  'pt-BR': {
    title: 'Em espera',
    intro: (limit: string) =>
      `O que está em pausa, o que aguarda e o motivo; um a um, os eventos que aguardam há mais de ${limit}.`,
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
    breaker: {
      pause: system => `aguardando o ${system} voltar`,
      'rd-station': () => 'aguardando a reconexão',
      'totvs-crm': () => 'aguardando a correção do login',
    },
    failures: (count: number) => counted('pt-BR', count, 'evento', 'eventos'),
    longest: (queue: string) => `${queue}: aguardando há mais tempo`,
    waits: (age: string) => `aguardando há ${age}`,
    next: (queue: string) => `${queue}: próximas tentativas`,
    until: 'em',
    noTenant: 'Nenhuma empresa para mostrar. As empresas estão no arquivo de tenants.',
    noWorkerAtAll: 'Nenhum worker conectado: inicie um.',
    allUpToDate: 'Nada está parado.',
    upToDate: ['empresa em dia', 'empresas em dia'],
    allQueues: 'Filas e eventos',
  },
  en: {
    title: 'Waiting',
    intro: (limit: string) => `What is paused, what waits and why; one by one, the events waiting over ${limit}.`,
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
    breaker: {
      pause: system => `waiting for ${system} to come back`,
      'rd-station': () => 'waiting to be reconnected',
      'totvs-crm': () => 'waiting for the login to be corrected',
    },
    failures: (count: number) => counted('en', count, 'event', 'events'),
    longest: (queue: string) => `${queue}: waiting longest`,
    waits: (age: string) => `waiting ${age}`,
    next: (queue: string) => `${queue}: next attempts`,
    until: 'at',
    noTenant: 'No tenant to show. Tenants are in the tenants file.',
    noWorkerAtAll: 'No worker is connected: start one.',
    allUpToDate: 'Nothing is held up.',
    upToDate: ['tenant up to date', 'tenants up to date'],
    allQueues: 'Queues and events',
  },
} satisfies Record<Language, Words & Record<string, unknown>>
