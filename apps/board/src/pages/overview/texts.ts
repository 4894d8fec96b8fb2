import { bilingual } from '@ponte/contracts'
import { counted } from '@ponte/runtime'

export const overviewTexts = bilingual({
  connections: { en: 'Connections', pt: 'Conexões' },
  fine: {
    en: (count: number) => counted('en', count, 'connection is fine', 'connections are fine'),
    pt: count => counted('pt-BR', count, 'conexão em dia', 'conexões em dia'),
  },
  untried: {
    en: (count: number) =>
      counted('en', count, 'connection without an answered call yet', 'connections without an answered call yet'),
    pt: count =>
      counted(
        'pt-BR',
        count,
        'conexão sem nenhuma chamada respondida ainda',
        'conexões sem nenhuma chamada respondida ainda',
      ),
  },
  unknown: { en: 'unknown: Redis did not answer', pt: 'situação desconhecida: o Redis não respondeu' },
  seeConnections: { en: 'What to do', pt: 'O que fazer' },
  reconnect: { en: 'Reconnect', pt: 'Reconectar' },
  delivered: {
    en: { '24h': 'delivered in 24 hours', '7d': 'delivered in 7 days', '30d': 'delivered in 30 days' },
    pt: { '24h': 'entregues em 24 horas', '7d': 'entregues em 7 dias', '30d': 'entregues em 30 dias' },
  },
  firstTry: { en: (share: string) => `${share} at the first attempt`, pt: share => `${share} na primeira tentativa` },
  noneDelivered: { en: 'no event in this period', pt: 'nenhum evento no período' },
  failed: { en: 'failed', pt: 'com falha' },
  causes: {
    en: (causes: number, quarantined: number) =>
      [counted('en', causes, 'cause', 'causes'), ...(quarantined > 0 ? [`${quarantined} in quarantine`] : [])].join(
        ' · ',
      ),
    pt: (causes, quarantined) =>
      [counted('pt-BR', causes, 'causa', 'causas'), ...(quarantined > 0 ? [`${quarantined} em quarentena`] : [])].join(
        ' · ',
      ),
  },
  noneFailed: { en: 'nothing to retry', pt: 'nada para reenviar' },
  waiting: { en: 'waiting', pt: 'em espera' },
  oldest: { en: (age: string) => `oldest: ${age} ago`, pt: age => `mais antigo há ${age}` },
  later: {
    en: (count: number) => `${counted('en', count, 'is', 'are')} tried again later`,
    pt: count => `${counted('pt-BR', count, 'será tentado', 'serão tentados')} mais tarde`,
  },
  noneWaiting: { en: 'on time', pt: 'em dia' },
  time: { en: 'time to the destination (median)', pt: 'tempo até chegar ao destino (mediana)' },
  p95: { en: (time: string) => `95% within ${time}`, pt: time => `95% em até ${time}` },
  noFigures: {
    en: 'Redis did not answer: the figures of this period are unknown.',
    pt: 'O Redis não respondeu: os números do período são desconhecidos.',
  },
  events: {
    en: { '24h': 'Events by hour', '7d': 'Events by day', '30d': 'Events by day' },
    pt: { '24h': 'Eventos por hora', '7d': 'Eventos por dia', '30d': 'Eventos por dia' },
  },
  noEvents: {
    en: {
      '24h': 'No event was counted in the last 24 hours',
      '7d': 'No event was counted in the last 7 days',
      '30d': 'No event was counted in the last 30 days',
    },
    pt: {
      '24h': 'Nenhum evento contado nas últimas 24 horas',
      '7d': 'Nenhum evento contado nos últimos 7 dias',
      '30d': 'Nenhum evento contado nos últimos 30 dias',
    },
  },
  toBegin: {
    en: {
      operator:
        'To begin: send a test lead with `ponte send`, and check the webhooks with `ponte doctor`. The event shows here within seconds.',
      viewer: 'The first lead that converts in RD Station shows here within seconds.',
    },
    pt: {
      operator:
        'Para começar: envie um lead de teste com `ponte send` e confira os webhooks com `ponte doctor`. O evento aparece aqui em segundos.',
      viewer: 'O primeiro lead que converter no RD Station aparece aqui em segundos.',
    },
  },
  toSetUp: { en: 'See what is left to set up', pt: 'Ver o que falta configurar' },
  inShadow: {
    en: {
      operator:
        'What arrives in the shadow is not counted. Search for the e-mail of somebody who has converted: the timeline shows what Ponte would have done.',
      viewer: 'What arrives in the shadow is not counted.',
    },
    pt: {
      operator:
        'O que chega no modo sombra não é contado. Busque o e-mail de alguém que converteu: a linha do tempo mostra o que o Ponte teria feito.',
      viewer: 'O que chega no modo sombra não é contado.',
    },
  },
  layers: {
    en: { delivered: 'delivered', failed: 'failed', removed: 'failed and removed' },
    pt: { delivered: 'entregues', failed: 'falhas', removed: 'falhas removidas' },
  },
  quotaTitle: { en: 'RD Station quota used', pt: 'Cota do RD Station usada' },
  fullerQuota: { en: 'the fuller of both quotas', pt: 'a mais usada das duas cotas' },
  quotaOf: {
    en: (calls: number) =>
      `100% is ${new Intl.NumberFormat('en').format(calls)} calls a minute, of contacts and of events each.`,
    pt: calls =>
      `100% são ${new Intl.NumberFormat('pt-BR').format(calls)} chamadas por minuto, de contatos e de eventos cada.`,
  },
  results: { en: 'Results', pt: 'Resultados' },
  csv: { en: 'All figures of this period (CSV)', pt: 'Todos os números do período (CSV)' },
  asTable: { en: 'Show as a table', pt: 'Ver como tabela' },
  whatFailed: { en: 'What failed', pt: 'O que falhou' },
  otherCauses: {
    en: (count: number) => counted('en', count, 'more cause', 'more causes'),
    pt: count => `Mais ${counted('pt-BR', count, 'causa', 'causas')}`,
  },
  changed: { en: 'Changed by a vendor', pt: 'O que um fornecedor mudou' },
  reconciled: { en: 'Made up for', pt: 'O que foi compensado' },
  fix: { en: 'Fix', pt: 'Resolver' },
  see: { en: 'See', pt: 'Ver' },
  unnamedProxy: {
    en: 'The board is behind a proxy that BOARD_TRUSTED_PROXIES does not name: all count as one address, and wrong passwords of one make the others wait.',
    pt: 'O painel está atrás de um proxy que BOARD_TRUSTED_PROXIES não indica: todos contam como um só endereço, e quem erra a senha faz os outros esperarem.',
  },
})
