import type { Language } from '@ponte/contracts'
import { formatDuration } from '@ponte/runtime'
import type { Connection } from '@ponte/report'

interface Words {
  readonly states: Readonly<Record<Connection['state'], (since: string) => string>>
  readonly left: (span: string) => string
  readonly checking: string
}

const words: Readonly<Record<Language, Words>> = {
  'pt-BR': {
    states: {
      ok: () => 'ok',
      disconnected: since => `desconectada há ${since}: reconecte a conta`,
      'login-refused': since => `recusa o login do Ponte há ${since}: corrija usuário ou senha`,
      down: since => `fora do ar há ${since}`,
      throttled: since => `pediu há ${since} para aguardar`,
      'no-answer-to-writes': since => `não responde a gravações há ${since}`,
    },
    left: span => `próxima verificação em ${span}`,
    checking: 'verificando agora',
  },
  en: {
    states: {
      ok: () => 'ok',
      disconnected: since => `disconnected ${since} ago: reconnect the account`,
      'login-refused': since => `has refused Ponte's login for ${since}: correct user or password`,
      down: since => `down for ${since}`,
      throttled: since => `asked Ponte to wait ${since} ago`,
      'no-answer-to-writes': since => `has not answered to writes for ${since}`,
    },
    left: span => `next check in ${span}`,
    checking: 'checking now',
  },
}

/** How a connection stands, in words that follow its name. When Ponte checks by itself is said only where that can help. */
export function connectionText({ state, since = 0, until = 0 }: Connection, language: Language, now: number): string {
  const { states, left, checking } = words[language]
  const text = states[state](formatDuration(Math.max(0, now - since), language))
  if (state === 'ok' || state === 'disconnected' || state === 'login-refused') return text
  return `${text} · ${until > now ? left(formatDuration(until - now, language)) : checking}`
}
