import type { Language } from '@ponte/contracts'
import { counted, formatDuration } from '@ponte/runtime'

/** What `stateSentence` is made of. */
export const sentenceTexts = {
  'pt-BR': {
    allWell: 'Tudo certo',
    noTenant: 'Nenhuma empresa para mostrar',
    noRedis: 'O Redis não responde: a situação é desconhecida',
    checkRedis: 'Verifique o Redis. Até ele voltar, não se sabe o que falhou nem o que aguarda.',
    nothingLost: 'Nada se perdeu',
    connectionsNeedYou: (count: number) => verb('pt-BR', count, 'conexão precisa', 'conexões precisam', ' de você'),
    connectionsPaused: (count: number) =>
      verb('pt-BR', count, 'conexão está', 'conexões estão', ' em pausa automática'),
    failed: (count: number) => verb('pt-BR', count, 'evento falhou', 'eventos falharam'),
    noWorker: 'nenhum worker está conectado',
    withoutWorker: (count: number) => verb('pt-BR', count, 'empresa está', 'empresas estão', ' sem worker'),
    queuesPaused: (count: number) => verb('pt-BR', count, 'fila foi pausada', 'filas foram pausadas', ' por alguém'),
    unreadable: (count: number) =>
      verb('pt-BR', count, 'empresa está', 'empresas estão', ' em situação desconhecida: o Redis não respondeu'),
    longWait: (count: number, ms: number) =>
      verb('pt-BR', count, 'evento aguarda', 'eventos aguardam', `, o mais antigo há ${formatDuration(ms, 'pt-BR')}`),
    wait: (count: number) => verb('pt-BR', count, 'evento aguarda', 'eventos aguardam'),
    alone: (count: number) =>
      verb('pt-BR', count, 'evento aguarda e segue sozinho', 'eventos aguardam e seguem sozinhos'),
    afterPause: (count: number) =>
      verb('pt-BR', count, 'evento segue sozinho', 'eventos seguem sozinhos', ' quando a conexão voltar'),
    afterYou: (count: number) => verb('pt-BR', count, 'evento segue', 'eventos seguem', ' quando você resolver'),
    later: (count: number) =>
      verb('pt-BR', count, 'evento será tentado', 'eventos serão tentados', ' de novo mais tarde'),
  },
  en: {
    allWell: 'All is well',
    noTenant: 'No tenant to show',
    noRedis: 'Redis does not answer: the state is unknown',
    checkRedis: 'Check Redis. Until it is back, nobody knows what failed or what waits.',
    nothingLost: 'Nothing is lost',
    connectionsNeedYou: (count: number) => verb('en', count, 'connection needs', 'connections need', ' you'),
    connectionsPaused: (count: number) => verb('en', count, 'connection is', 'connections are', ' paused by Ponte'),
    failed: (count: number) => verb('en', count, 'event failed', 'events failed'),
    noWorker: 'no worker is connected',
    withoutWorker: (count: number) => verb('en', count, 'tenant has', 'tenants have', ' no worker'),
    queuesPaused: (count: number) => verb('en', count, 'queue was', 'queues were', ' paused by somebody'),
    unreadable: (count: number) =>
      verb('en', count, 'tenant is', 'tenants are', ' in an unknown state: Redis did not answer'),
    longWait: (count: number, ms: number) =>
      verb('en', count, 'event waits', 'events wait', `, the oldest for ${formatDuration(ms, 'en')}`),
    wait: (count: number) => verb('en', count, 'event waits', 'events wait'),
    alone: (count: number) =>
      verb('en', count, 'event waits and goes on by itself', 'events wait and go on by themselves'),
    afterPause: (count: number) =>
      verb('en', count, 'event goes on by itself', 'events go on by themselves', ' when the connection is back'),
    afterYou: (count: number) => verb('en', count, 'event goes on', 'events go on', ' once you have fixed this'),
    later: (count: number) => verb('en', count, 'event is', 'events are', ' tried again later'),
  },
} as const satisfies Record<Language, unknown>

/** `1.812 eventos falharam`: the number as the language writes it, with the form of the sentence that it wants. */
function verb(language: Language, count: number, one: string, other: string, rest = ''): string {
  const text = counted(language, count, `${one}${rest}`, `${other}${rest}`)
  return new Intl.NumberFormat(language).format(count) + text.slice(String(count).length)
}
