import { bilingual } from '@ponte/contracts'
import { counted } from '@ponte/runtime'
import { formatCount } from '../../ui/common-texts.ts'

/** The words around results. The names of figures are in `@ponte/operations`, because the command line uses them too. */
export const resultsTexts = bilingual({
  period: { en: 'Period', pt: 'Período' },
  periods: {
    en: {
      'this-week': 'This week',
      '7d': 'Last 7 days',
      '30d': 'Last 30 days',
      'this-month': 'This month',
      'last-month': 'Last month',
    },
    pt: {
      'this-week': 'Esta semana',
      '7d': 'Últimos 7 dias',
      '30d': 'Últimos 30 dias',
      'this-month': 'Este mês',
      'last-month': 'Mês passado',
    },
  },
  choices: { en: 'Filters', pt: 'Filtros' },
  from: { en: 'From', pt: 'De' },
  to: { en: 'To', pt: 'Até' },
  show: { en: 'Show', pt: 'Mostrar' },
  tenant: { en: 'Tenant', pt: 'Empresa' },
  allTenants: { en: 'All tenants', pt: 'Todas as empresas' },
  compared: {
    en: (range: string, before: string) => `${range}, compared with ${before}.`,
    pt: (range, before) => `${range}, em comparação com ${before}.`,
  },
  unfinished: {
    en: 'Today has not ended: it counts until now, the days before count whole.',
    pt: 'O dia de hoje não terminou: conta até agora; os dias anteriores contam inteiros.',
  },
  notCompared: {
    en: (range: string) => `${range}. There is no comparison: the days before are no longer kept.`,
    pt: range => `${range}. Sem comparação: os dias anteriores já não são guardados.`,
  },
  before: { en: (value: string) => `before: ${value}`, pt: value => `antes: ${value}` },
  otherReasons: { en: 'other reasons', pt: 'demais motivos' },
  sharedOnly: {
    en: "Names that fewer than 5 events of the period share are counted as “(others)”: they may be a person's.",
    pt: 'Nomes que menos de 5 eventos do período têm em comum são contados como “(outros)”: podem ser de uma pessoa.',
  },
  fewerThanShared: { en: 'fewer than 5', pt: 'menos de 5' },
  name: { en: 'Name', pt: 'Nome' },
  count: { en: 'Number', pt: 'Quantidade' },
  moreNames: {
    en: (count: number) => `${counted('en', count, 'more name', 'more names')} in the file.`,
    pt: count => `Mais ${counted('pt-BR', count, 'nome', 'nomes')} no arquivo.`,
  },
  asTable: { en: 'Show numbers', pt: 'Ver números' },
  csv: { en: 'Download by day (CSV)', pt: 'Baixar por dia (CSV)' },
  none: {
    en: {
      leads: 'No lead was created in this period.',
      opportunities: 'No opportunity was opened in this period.',
      sales: 'No sale was marked in this period.',
      losses: 'No loss was marked in this period.',
    },
    pt: {
      leads: 'Nenhum lead criado no período.',
      opportunities: 'Nenhuma oportunidade aberta no período.',
      sales: 'Nenhuma venda marcada no período.',
      losses: 'Nenhuma perda marcada no período.',
    },
  },
  noNames: { en: 'None in this period.', pt: 'Nenhum no período.' },
  nothing: {
    en: {
      operators:
        'Nothing was counted in this period or before it. Choose a longer one, or send a test lead: `ponte send`.',
      anybody: 'Nothing was counted in this period or before it. Choose a longer one.',
    },
    pt: {
      operators:
        'Nada foi contado no período nem antes dele. Escolha um período maior, ou envie um lead de teste: `ponte send`.',
      anybody: 'Nada foi contado no período nem antes dele. Escolha um período maior.',
    },
  },
  defaultUser: {
    en: (count: number) =>
      count === 1
        ? '1 lead was given to the default user: it has no owner in RD Station, or TOTVS CRM has no such user.'
        : `${formatCount(count, 'en')} leads were given to the default user: they have no owner in RD Station, or TOTVS CRM has no such user.`,
    pt: count =>
      count === 1
        ? '1 lead ficou com o usuário padrão: não tem responsável no RD Station, ou ele não está entre os usuários do TOTVS CRM.'
        : `${formatCount(count, 'pt-BR')} leads ficaram com o usuário padrão: não têm responsável no RD Station, ou ele não está entre os usuários do TOTVS CRM.`,
  },
  unreadable: {
    en: 'Redis does not answer: the results cannot be read now.',
    pt: 'O Redis não responde: os resultados não podem ser lidos agora.',
  },
  tooMuch: {
    en: 'These are too many tenants and days to be read at once. Choose a tenant, or fewer days.',
    pt: 'São empresas e dias demais para ler de uma vez. Escolha uma empresa, ou menos dias.',
  },
})
