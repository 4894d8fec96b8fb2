import { bilingual } from '@ponte/contracts'
import { formatCount } from '../../ui/shell.ts'

/** The words around the tenants' figures. The names of figures are in `@ponte/report`, because the command line uses them too. */
export const reportTexts = bilingual({
  title: { en: 'Results', pt: 'Resultados' },
  all: { en: 'All tenants', pt: 'Todas as empresas' },
  leadsTitle: { en: 'Leads created', pt: 'Leads criados' },
  withOwner: { en: 'with an owner', pt: 'com responsável' },
  withDefaultUser: { en: 'with the default user', pt: 'com o usuário padrão' },
  lossesTitle: { en: 'Losses by reason', pt: 'Perdas por motivo' },
  otherReasons: { en: 'other reasons', pt: 'demais motivos' },
  identifiersTitle: { en: 'Most frequent conversions', pt: 'Conversões mais frequentes' },
  sharedOnly: {
    en: "Names that fewer than 5 events of the period share are counted as “(others)”: they may be a person's.",
    pt: 'Nomes que menos de 5 eventos do período têm em comum são contados como “(outros)”: podem ser de uma pessoa.',
  },
  conversions: { en: 'Conversions', pt: 'Conversões' },
  quotaTitle: { en: 'RD Station quota used', pt: 'Cota do RD Station usada' },
  fullerQuota: { en: 'the fuller of both quotas', pt: 'a mais usada das duas cotas' },
  identifier: { en: 'Identifier', pt: 'Identificador' },
  quotaOf: {
    en: (calls: number) =>
      `100% is ${new Intl.NumberFormat('en').format(calls)} calls a minute, of contacts and of events each.`,
    pt: calls =>
      `100% são ${new Intl.NumberFormat('pt-BR').format(calls)} chamadas por minuto, de contatos e de eventos cada.`,
  },
  asTable: { en: 'Show numbers', pt: 'Ver números' },
  csvOf: { en: (figure: string) => `CSV: ${figure}`, pt: figure => `CSV: ${figure}` },
  csvOfAll: { en: 'Download all (CSV)', pt: 'Baixar tudo (CSV)' },
  none: {
    en: {
      leads: 'No lead was created in this period.',
      opportunities: 'No opportunity was opened in this period.',
      sales: 'No sale was marked in this period.',
      losses: 'No loss was marked in this period.',
      identifiers: 'No conversion in this period.',
      quota: 'No call to RD Station in this period.',
    },
    pt: {
      leads: 'Nenhum lead criado no período.',
      opportunities: 'Nenhuma oportunidade aberta no período.',
      sales: 'Nenhuma venda marcada no período.',
      losses: 'Nenhuma perda marcada no período.',
      identifiers: 'Nenhuma conversão no período.',
      quota: 'Nenhuma chamada ao RD Station no período.',
    },
  },
  nothing: {
    en: 'Nothing was counted in this period. Choose a longer one, or send a test lead: `ponte send`. What came before Ponte was upgraded was not counted.',
    pt: 'Nada foi contado no período. Escolha um período maior, ou envie um lead de teste: `ponte send`. O que veio antes da atualização do Ponte não foi contado.',
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
  noTenant: { en: 'There is no such tenant.', pt: 'Não há essa empresa.' },
})
