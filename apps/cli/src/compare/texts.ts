import { translated } from '@ponte/contracts'
import { counted } from '@ponte/runtime'
import type { Counts } from '@ponte/operations'

interface Coverage {
  readonly events: number
  readonly people: number
  readonly opportunities: number
}
interface Left {
  readonly superseded: number
  readonly tooYoung: number
  readonly unreadable: number
}

const results = ['agrees', 'differs', 'skipped', 'unknown', 'unasked'] as const
const countsIn =
  (...words: readonly string[]) =>
  (counts: Counts): string =>
    results.flatMap((name, at) => (at > 1 && counts[name] === 0 ? [] : [`${counts[name]} ${words[at]}`])).join(', ')
const enCounts = countsIn('agree', 'differ', 'that Ponte leaves alone', 'not shown by the systems', 'not answered')
const ptCounts = countsIn(
  ...['conferem', 'divergem', 'que o Ponte deixa de lado', 'que os sistemas não mostram', 'sem resposta'],
)

const enFields: Readonly<Record<string, string>> = {
  lead: 'no lead in TOTVS CRM',
  opportunity: 'no opportunity in TOTVS CRM',
  event: 'Ponte would fail',
  contact: 'no contact in RD Station',
  'events.opportunity': 'never marked as opportunity in RD Station',
  'funnel.opportunity': 'opportunity in RD Station (funnel.opportunity)',
  'funnel.lifecycle_stage': 'client in RD Station (funnel.lifecycle_stage)',
  'sale.value': 'the sale was told with another value',
  'loss.reason': 'the loss was told with another reason',
  'state-of-contact': 'the contact has one state for all its opportunities, and sales cannot be listed',
  'quota-of-contact': 'RD Station was asked for the contact too often today',
}
const ptFields: typeof enFields = {
  lead: 'sem lead no TOTVS CRM',
  opportunity: 'sem oportunidade no TOTVS CRM',
  event: 'o Ponte falharia',
  contact: 'sem contato no RD Station',
  'events.opportunity': 'nunca marcado como oportunidade no RD Station',
  'funnel.opportunity': 'oportunidade no RD Station (funnel.opportunity)',
  'funnel.lifecycle_stage': 'cliente no RD Station (funnel.lifecycle_stage)',
  'sale.value': 'a venda foi informada com outro valor',
  'loss.reason': 'a perda foi informada com outro motivo',
  'state-of-contact': 'o contato tem um só estado para todas as oportunidades, e vendas não podem ser listadas',
  'quota-of-contact': 'o RD Station já foi consultado vezes demais hoje sobre o contato',
}

const ptRecords = { lead: 'lead', opportunity: 'oportunidade', event: 'evento' }

/** What an opportunity is in TOTVS CRM, and what RD Station shows of its contact. */
const ptStates: Readonly<Record<string, string>> = {
  open: 'aberta',
  won: 'ganha',
  lost: 'perdida',
  opportunity: 'oportunidade',
  'no opportunity': 'sem oportunidade',
  client: 'cliente',
}

/** What `compare` says. */
export const compareTexts = translated({
  en: {
    description: 'compare what Ponte would have done in the shadow with what both systems hold; writes nothing',
    last: 'how many of the last events are looked at',
    show: 'print values: personal data',
    noShadow: (tenant: string) =>
      `${tenant} was never in the shadow, so there is nothing to compare. Set mode: shadow in the tenants file before its first start; a tenant that is live goes back with ponte shadow.`,
    comparing: (done: number, total: number) => `${done} of ${total} …`,
    shadowSince: (at: string) => `shadow since ${at}`,
    coverage: ({ events, people, opportunities }: Coverage) =>
      `${counted('en', events, 'event was', 'events were')} looked at: ${counted('en', people, 'person', 'people')} and ${counted('en', opportunities, 'opportunity', 'opportunities')} were decided again`,
    period: (from: string, to: string) => `received from ${from} to ${to}`,
    pruned: (at: string) => `what was received until ${at} may have been removed, and is not compared`,
    left: ({ superseded, tooYoung, unreadable }: Left) =>
      `not compared: ${superseded} that a newer one replaces, ${tooYoung} younger than 10 minutes, ${unreadable} unreadable`,
    counts: {
      leads: (counts: Counts) => `People: ${enCounts(counts)}`,
      opportunities: (counts: Counts) => `Opportunities: ${enCounts(counts)}`,
    },
    differences: 'Differences',
    unknown: 'Not shown by the systems',
    byDesign: 'Different by design',
    fields: enFields,
    legend: '"a" ← "b": what Ponte would write ← what TOTVS CRM holds',
    record: (of: keyof typeof ptRecords): string => of,
    state: (word: string) => word,
    nothing: 'nothing',
    more: (count: number) => `and ${count} more: --json lists all`,
    results: {
      agrees: 'What was compared agrees.',
      differs: 'The systems differ from what Ponte would have made of them.',
      unknown: 'What the systems do not show may differ: look at it by hand.',
      empty: 'The shadow has no event to compare yet.',
      tooYoung:
        'Nothing was compared yet: the package may still be at work with what came in the last 10 minutes. Run this again later.',
      nothing: 'Nothing could be compared, so it is not known whether the systems agree.',
      unasked: 'A system did not answer, so the comparison is not complete.',
    },
  },
  'pt-BR': {
    description: 'compara o que o Ponte teria feito no modo sombra com o que há nos dois sistemas; não grava nada',
    last: 'quantos dos últimos eventos são vistos',
    show: 'mostra os valores: dados pessoais',
    noShadow: tenant =>
      `${tenant} nunca esteve no modo sombra; não há o que comparar. Configure mode: shadow no arquivo de tenants antes do primeiro início; um tenant que está em live volta com ponte shadow.`,
    comparing: (done, total) => `${done} de ${total} …`,
    shadowSince: at => `modo sombra desde ${at}`,
    coverage: ({ events, people, opportunities }) =>
      `${counted('pt-BR', events, 'evento visto', 'eventos vistos')}: ${counted('pt-BR', people, 'pessoa', 'pessoas')} e ${counted('pt-BR', opportunities, 'oportunidade decididas', 'oportunidades decididas')} de novo`,
    period: (from, to) => `recebidos de ${from} a ${to}`,
    pruned: at => `o que foi recebido até ${at} pode ter sido removido e não é comparado`,
    left: ({ superseded, tooYoung, unreadable }) =>
      `sem comparação: ${superseded} com um evento mais novo, ${tooYoung} com menos de 10 minutos, ${unreadable} ilegíveis`,
    counts: {
      leads: counts => `Pessoas: ${ptCounts(counts)}`,
      opportunities: counts => `Oportunidades: ${ptCounts(counts)}`,
    },
    differences: 'Divergências',
    unknown: 'Não aparece nos sistemas',
    byDesign: 'Diferente de propósito',
    fields: ptFields,
    legend: '"a" ← "b": o que o Ponte gravaria ← o que há no TOTVS CRM',
    record: of => ptRecords[of],
    state: word => ptStates[word] ?? word,
    nothing: 'nada',
    more: count => `e mais ${count}: --json lista todas`,
    results: {
      agrees: 'O que foi comparado confere.',
      differs: 'Os sistemas não estão como o Ponte os teria deixado.',
      unknown: 'O que os sistemas não mostram pode divergir: confira à mão.',
      empty: 'O modo sombra ainda não tem eventos para comparar.',
      tooYoung:
        'Nada foi comparado ainda: o pacote pode estar trabalhando com o que chegou nos últimos 10 minutos. Execute de novo mais tarde.',
      nothing: 'Nada pôde ser comparado; não se sabe se os sistemas conferem.',
      unasked: 'Um sistema não respondeu; a comparação não está completa.',
    },
  },
})
