import { counted } from '@ponte/runtime'
import { translated } from '@ponte/contracts'

export const statusTexts = translated({
  en: {
    description: 'show the connections, what waits and what failed',
    connected: 'connected',
    since: (time: string) => `since ${time}`,
    noWorker: 'no worker connected: start one',
    queuePaused: (queue: string) => `${queue}: paused by somebody; resume it on the board`,
    waiting: ({ waiting, delayed, age }: { waiting: number; delayed: number; age: string | undefined }) =>
      [
        `${waiting} waiting`,
        ...(age === undefined ? [] : [`oldest ${age}`]),
        ...(delayed === 0 ? [] : [`${delayed} delayed`]),
      ].join(' · '),
    failed: (count: number) => `${counted('en', count, 'event', 'events')} failed:`,
    quiet: (tenants: readonly string[]) =>
      `${counted('en', tenants.length, 'tenant', 'tenants')} up to date: ${tenants.join(', ')}`,
    unreadable: 'Redis did not answer; the status is unknown.',
    seeFailures: 'What happened and what to do: ponte failures',
  },
  'pt-BR': {
    description: 'mostra as conexões, o que aguarda e o que falhou',
    connected: 'conectado',
    since: time => `desde ${time}`,
    noWorker: 'nenhum worker conectado: inicie um',
    queuePaused: queue => `${queue}: em pausa por alguém; retome no painel`,
    waiting: ({ waiting, delayed, age }) =>
      [
        `${waiting} aguardando`,
        ...(age === undefined ? [] : [`mais antigo há ${age}`]),
        ...(delayed === 0 ? [] : [counted('pt-BR', delayed, 'adiado', 'adiados')]),
      ].join(' · '),
    failed: count => counted('pt-BR', count, 'evento falhou:', 'eventos falharam:'),
    quiet: tenants => `${counted('pt-BR', tenants.length, 'empresa', 'empresas')} em dia: ${tenants.join(', ')}`,
    unreadable: 'O Redis não respondeu; a situação é desconhecida.',
    seeFailures: 'O que aconteceu e o que fazer: ponte failures',
  },
})
