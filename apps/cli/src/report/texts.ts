import { translated } from '@ponte/contracts'

/** What `report` says; the names of its figures are those of the board, in `@ponte/operations`. */
export const reportTexts = translated({
  en: {
    description:
      'say what became of the events of a period: leads, opportunities, sales, losses, failures, times, quotas',
    since: 'the last 24 hours, 7 days or 30 days, with the current hour or day',
    csv: 'print CSV that a spreadsheet opens, a row for each hour or day and a column for each figure',
    allTenants: 'All tenants',
    nothing: 'Nothing was counted. Events count from the day on which they run with this version of Ponte.',
    columns: {
      leadsCreated: 'New leads',
      opportunities: 'Opportunities',
      sales: 'Sales',
      saleValue: 'Value',
      losses: 'Losses',
      failures: 'Failures',
    },
    busiest: (when: string, share: string) => `most: ${share}, ${when}`,
    more: (count: number) => `and ${count} more: --csv lists all`,
  },
  'pt-BR': {
    description:
      'diz o que foi feito dos eventos de um período: leads, oportunidades, vendas, perdas, falhas, tempos, cotas',
    since: 'as últimas 24 horas, os últimos 7 ou 30 dias, com a hora ou o dia atual',
    csv: 'imprime um CSV que uma planilha abre, uma linha para cada hora ou dia e uma coluna para cada indicador',
    allTenants: 'Todas as empresas',
    nothing: 'Nada foi contado. Os eventos contam a partir do dia em que são executados com esta versão do Ponte.',
    columns: {
      leadsCreated: 'Leads novos',
      opportunities: 'Oportunidades',
      sales: 'Vendas',
      saleValue: 'Valor',
      losses: 'Perdas',
      failures: 'Falhas',
    },
    busiest: (when, share) => `maior uso: ${share}, ${when}`,
    more: count => `e mais ${count}: --csv lista todos`,
  },
})
