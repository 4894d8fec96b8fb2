import { counted } from '@ponte/runtime'
import { bilingual } from '@ponte/contracts'

export const waitingTexts = bilingual({
  intro: {
    en: (limit: string) => `What is paused, what waits and why; one by one, the events waiting over ${limit}.`,
    pt: limit => `O que está em pausa, o que aguarda e o motivo; um a um, os eventos que aguardam há mais de ${limit}.`,
  },
  unreadable: {
    en: 'Redis did not answer; the status of this queue is unknown.',
    pt: 'O Redis não respondeu; a situação desta fila é desconhecida.',
  },
  queue: { en: 'Queue', pt: 'Fila' },
  waiting: { en: 'Waiting', pt: 'Aguardando' },
  delayed: { en: 'Delayed', pt: 'Adiados' },
  active: { en: 'Active', pt: 'Em execução' },
  failed: { en: 'Failed', pt: 'Com falha' },
  workers: { en: 'Workers', pt: 'Workers' },
  unknown: { en: 'unknown', pt: 'desconhecido' },
  waitingCount: {
    en: (count: number, age: string | undefined) =>
      age === undefined ? `${count}` : `${count} waiting · oldest: ${age} ago`,
    pt: (count, age) => (age === undefined ? `${count}` : `${count} aguardando · mais antigo há ${age}`),
  },
  since: {
    en: (count: number, age: string | undefined) => (age === undefined ? `${count}` : `${count} · ${age}`),
    pt: (count, age) => (age === undefined ? `${count}` : `${count} · há ${age}`),
  },
  tooLong: {
    en: (count: string, limit: string) => `${count} over ${limit}`,
    pt: (count, limit) => `${count} há mais de ${limit}`,
  },
  conditions: {
    en: {
      fine: 'on time',
      failures: 'on time, with failures:',
      paused: 'paused: open the queue and use Resume',
      noWorkers: 'no worker connected: start one',
      stuck: 'stuck: there are workers, but none takes the events; see their /readyz and log',
      backlog: 'working through the queue',
      stalled: 'a worker died during a run; another takes over within 10 s, if there is one',
      long: 'a run is taking too long: its worker may hang',
    },
    pt: {
      fine: 'em dia',
      failures: 'em dia, com falhas:',
      paused: 'em pausa: abra a fila e use Retomar',
      noWorkers: 'nenhum worker conectado: inicie um',
      stuck: 'sem andamento: há workers, mas nenhum pega os eventos; veja o /readyz e o log deles',
      backlog: 'processando a fila',
      stalled: 'um worker caiu durante uma execução; outro a assume em até 10 s, se houver um',
      long: 'uma execução está demorando demais: o worker pode ter travado',
    },
  },
  longest: { en: (queue: string) => `${queue}: waiting longest`, pt: queue => `${queue}: aguardando há mais tempo` },
  waits: { en: (age: string) => `waiting ${age}`, pt: age => `aguardando há ${age}` },
  next: { en: (queue: string) => `${queue}: next attempts`, pt: queue => `${queue}: próximas tentativas` },
  until: { en: 'at', pt: 'em' },
  noWorkerAtAll: { en: 'No worker is connected: start one.', pt: 'Nenhum worker conectado: inicie um.' },
  allUpToDate: { en: 'Nothing is held up.', pt: 'Nada está parado.' },
  upToDate: {
    en: (count: number) => counted('en', count, 'tenant up to date', 'tenants up to date'),
    pt: count => counted('pt-BR', count, 'empresa em dia', 'empresas em dia'),
  },
  allQueues: { en: 'Queues and events', pt: 'Filas e eventos' },
})
