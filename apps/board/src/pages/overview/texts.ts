import { counted } from '@ponte/runtime'
import type { Period } from '@ponte/state'
import type { User } from '../../auth/credentials.ts'
import type { Language } from '../../ui/language.ts'

interface Words {
  readonly title: string
  readonly connections: string
  readonly fine: (count: number) => string
  readonly unknown: string
  readonly reconnect: string
  readonly checkNow: string
  readonly delivered: Readonly<Record<Period, string>>
  readonly firstTry: (share: string) => string
  readonly noneDelivered: string
  readonly failed: string
  readonly causes: (causes: number, quarantined: number) => string
  readonly noneFailed: string
  readonly waiting: string
  readonly oldest: (age: string) => string
  readonly noneWaiting: string
  readonly time: string
  readonly p95: (time: string) => string
  readonly noFigures: string
  readonly events: Readonly<Record<Period, string>>
  readonly noEvents: Readonly<Record<Period, string>>
  readonly toBegin: Readonly<Record<User['role'], string>>
  readonly layers: { readonly delivered: string; readonly failed: string }
  readonly hour: string
  readonly day: string
  readonly asTable: string
  readonly whatFailed: string
  readonly otherCauses: (count: number) => string
  readonly inADay: (count: number) => string
  readonly fix: string
  readonly see: string
  readonly unnamedProxy: string
}

export const overviewTexts: Readonly<Record<Language, Words>> = {
  'pt-BR': {
    title: 'Visão geral',
    connections: 'Conexões',
    fine: count => counted('pt-BR', count, 'conexão em dia', 'conexões em dia'),
    unknown: 'situação desconhecida: o Redis não respondeu',
    reconnect: 'Reconectar',
    checkNow: 'Verificar agora',
    delivered: {
      '24h': 'entregues em 24 horas',
      '7d': 'entregues em 7 dias',
      '30d': 'entregues em 30 dias',
    },
    firstTry: share => `${share} na primeira tentativa`,
    noneDelivered: 'nenhum evento no período',
    failed: 'com falha',
    causes: (causes, quarantined) =>
      [counted('pt-BR', causes, 'causa', 'causas'), ...(quarantined > 0 ? [`${quarantined} em quarentena`] : [])].join(
        ' · ',
      ),
    noneFailed: 'nada espera por você',
    waiting: 'em espera',
    oldest: age => `mais antigo há ${age}`,
    noneWaiting: 'sem atraso',
    time: 'da entrega ao efeito (mediana)',
    p95: time => `95% em até ${time}`,
    noFigures: 'O Redis não respondeu: os números do período são desconhecidos.',
    events: { '24h': 'Eventos por hora', '7d': 'Eventos por dia', '30d': 'Eventos por dia' },
    noEvents: {
      '24h': 'Nenhum evento contado nas últimas 24 horas',
      '7d': 'Nenhum evento contado nos últimos 7 dias',
      '30d': 'Nenhum evento contado nos últimos 30 dias',
    },
    toBegin: {
      operator:
        'Para começar: envie um lead de teste com “ponte send” e confira os webhooks com “ponte doctor”. O evento aparece aqui em segundos.',
      viewer: 'O primeiro lead que converter no RD Station aparece aqui em segundos.',
    },
    layers: { delivered: 'entregues', failed: 'falhas' },
    hour: 'Hora',
    day: 'Dia',
    asTable: 'Ver como tabela',
    whatFailed: 'O que falhou',
    otherCauses: count => `Mais ${counted('pt-BR', count, 'causa', 'causas')}`,
    inADay: count => `${counted('pt-BR', count, 'falha', 'falhas')} nas últimas 24 horas`,
    fix: 'Corrigir e reenviar',
    see: 'Ver',
    unnamedProxy:
      'O painel está atrás de um proxy que BOARD_TRUSTED_PROXIES não indica: todos contam como um só endereço, e quem erra a senha faz os outros esperarem.',
  },
  en: {
    title: 'Overview',
    connections: 'Connections',
    fine: count => counted('en', count, 'connection is fine', 'connections are fine'),
    unknown: 'unknown: Redis did not answer',
    reconnect: 'Reconnect',
    checkNow: 'Check now',
    delivered: { '24h': 'delivered in 24 hours', '7d': 'delivered in 7 days', '30d': 'delivered in 30 days' },
    firstTry: share => `${share} at the first attempt`,
    noneDelivered: 'no event in this period',
    failed: 'failed',
    causes: (causes, quarantined) =>
      [counted('en', causes, 'cause', 'causes'), ...(quarantined > 0 ? [`${quarantined} in quarantine`] : [])].join(
        ' · ',
      ),
    noneFailed: 'nothing waits for you',
    waiting: 'waiting',
    oldest: age => `oldest ${age}`,
    noneWaiting: 'on time',
    time: 'delivery to effect (median)',
    p95: time => `95% within ${time}`,
    noFigures: 'Redis did not answer: the figures of this period are unknown.',
    events: { '24h': 'Events by hour', '7d': 'Events by day', '30d': 'Events by day' },
    noEvents: {
      '24h': 'No event was counted in the last 24 hours',
      '7d': 'No event was counted in the last 7 days',
      '30d': 'No event was counted in the last 30 days',
    },
    toBegin: {
      operator:
        'To begin: send a test lead with “ponte send”, and check the webhooks with “ponte doctor”. The event shows here within seconds.',
      viewer: 'The first lead that converts in RD Station shows here within seconds.',
    },
    layers: { delivered: 'delivered', failed: 'failed' },
    hour: 'Hour',
    day: 'Day',
    asTable: 'Show as a table',
    whatFailed: 'What failed',
    otherCauses: count => counted('en', count, 'more cause', 'more causes'),
    inADay: count => `${counted('en', count, 'failure', 'failures')} in the last 24 hours`,
    fix: 'Fix and retry',
    see: 'See',
    unnamedProxy:
      'The board is behind a proxy that BOARD_TRUSTED_PROXIES does not name: all count as one address, and wrong passwords of one make the others wait.',
  },
}
