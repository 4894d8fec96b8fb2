import type { Language } from '../../ui/language.ts'

/** The words of the tenants' figures that are no figure's name. Those are in `@ponte/report`, as the command line says them. */
export const reportTexts = {
  'pt-BR': {
    title: 'Resultados',
    tenant: 'Empresa',
    all: 'Todas as empresas',
    hour: 'Hora',
    day: 'Dia',
    leadsTitle: 'Leads criados',
    withOwner: 'com responsável',
    withDefaultUser: 'com o usuário padrão',
    lossesTitle: 'Perdas por motivo',
    otherReasons: 'demais motivos',
    identifiersTitle: 'Conversões mais frequentes',
    sharedOnly:
      'Nomes que menos de 5 eventos do período têm em comum são contados como “(outros)”: podem ser de uma pessoa.',
    conversions: 'Conversões',
    quotaTitle: 'Cota do RD Station usada',
    fullerQuota: 'a mais usada das duas cotas',
    identifier: 'Identificador',
    quotaOf: (calls: number) =>
      `100% são ${new Intl.NumberFormat('pt-BR').format(calls)} chamadas por minuto, de contatos e de eventos cada.`,
    asTable: 'Ver números',
    csvOf: (figure: string) => `CSV: ${figure}`,
    csvOfAll: 'Baixar tudo (CSV)',
    none: {
      leads: 'Nenhum lead criado no período.',
      opportunities: 'Nenhuma oportunidade aberta no período.',
      sales: 'Nenhuma venda marcada no período.',
      losses: 'Nenhuma perda marcada no período.',
      identifiers: 'Nenhuma conversão no período.',
      quota: 'Nenhuma chamada ao RD Station no período.',
    },
    nothing:
      'Nada foi contado no período. Escolha um período maior, ou envie um lead de teste: pnpm ponte send. O que veio antes da atualização do Ponte não foi contado.',
    defaultUser: (count: number) =>
      count === 1
        ? '1 lead ficou com o usuário padrão: não tem responsável no RD Station, ou ele não está entre os usuários do TOTVS CRM.'
        : `${count} leads ficaram com o usuário padrão: não têm responsável no RD Station, ou ele não está entre os usuários do TOTVS CRM.`,
    unreadable: 'O Redis não responde: os resultados não podem ser lidos agora.',
    noTenant: 'Não há essa empresa.',
  },
  en: {
    title: 'Results',
    tenant: 'Tenant',
    all: 'All tenants',
    hour: 'Hour',
    day: 'Day',
    leadsTitle: 'Leads created',
    withOwner: 'with an owner',
    withDefaultUser: 'with the default user',
    lossesTitle: 'Losses by reason',
    otherReasons: 'other reasons',
    identifiersTitle: 'Most frequent conversions',
    sharedOnly: "Names that fewer than 5 events of the period share are counted as “(others)”: they may be a person's.",
    conversions: 'Conversions',
    quotaTitle: 'RD Station quota used',
    fullerQuota: 'the fuller of both quotas',
    identifier: 'Identifier',
    quotaOf: (calls: number) =>
      `100% is ${new Intl.NumberFormat('en').format(calls)} calls a minute, of contacts and of events each.`,
    asTable: 'Show numbers',
    csvOf: (figure: string) => `CSV: ${figure}`,
    csvOfAll: 'Download all (CSV)',
    none: {
      leads: 'No lead was created in this period.',
      opportunities: 'No opportunity was opened in this period.',
      sales: 'No sale was marked in this period.',
      losses: 'No loss was marked in this period.',
      identifiers: 'No conversion in this period.',
      quota: 'No call to RD Station in this period.',
    },
    nothing:
      'Nothing was counted in this period. Choose a longer one, or send a test lead: pnpm ponte send. What came before Ponte was upgraded was not counted.',
    defaultUser: (count: number) =>
      count === 1
        ? '1 lead fell to the default user: it has no owner in RD Station, or TOTVS CRM has no such user.'
        : `${count} leads fell to the default user: they have no owner in RD Station, or TOTVS CRM has no such user.`,
    unreadable: 'Redis does not answer: the results cannot be read now.',
    noTenant: 'There is no such tenant.',
  },
} satisfies Record<Language, unknown>
