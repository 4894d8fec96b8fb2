import { counted } from '@ponte/runtime'
import { translated } from '@ponte/contracts'

/** A connection that does not work. */
interface Trouble {
  readonly tenant: string
  readonly code: string
  /** For how long. */
  readonly span: string
  /** Until Ponte asks again. */
  readonly left: string
}

export const statusTexts = translated({
  en: {
    description: 'show the connections, what waits and what failed',
    connections: {
      ok: 'connected',
      disconnected: ({ tenant, span }: Trouble) =>
        `disconnected ${span} ago: connect it again with \`ponte connect --tenant ${tenant}\``,
      'login-refused': ({ tenant, code, span }: Trouble) =>
        `login refused for ${span} (${code}): \`ponte doctor --tenant ${tenant}\` says what to correct`,
      down: ({ span, left }: Trouble) => `down for ${span}; next check in ${left}`,
      throttled: ({ left }: Trouble) => `asked Ponte to wait; it goes on in ${left}`,
      'no-answer-to-writes': ({ code, span, left }: Trouble) =>
        `does not answer to writes for ${span} (${code}); next check in ${left}`,
    },
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
    connections: {
      ok: 'conectado',
      disconnected: ({ tenant, span }) =>
        `desconectado há ${span}: conecte de novo com \`ponte connect --tenant ${tenant}\``,
      'login-refused': ({ tenant, code, span }) =>
        `login recusado há ${span} (${code}): \`ponte doctor --tenant ${tenant}\` diz o que corrigir`,
      down: ({ span, left }) => `fora do ar há ${span}; próxima verificação em ${left}`,
      throttled: ({ left }) => `pediu para aguardar; continua em ${left}`,
      'no-answer-to-writes': ({ code, span, left }) =>
        `não responde a gravações há ${span} (${code}); próxima verificação em ${left}`,
    },
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
