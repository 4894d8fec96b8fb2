import { translated } from '@ponte/contracts'
import { counted } from '@ponte/runtime'
import type { Counts } from '@ponte/operations'

/** What `switch` says. */
export const switchTexts = translated({
  en: {
    description: "take over from TOTVS's package once it is off: what is open counts as marked in RD Station",
    offAt: "end of the package's last run, with its offset: 2026-11-28T14:03:00-03:00",
    timeNeeded: 'Pass --off-at with the end of the last run, as the monitor of the iPaaS shows it.',
    timeUnreadable:
      'The time of --off-at cannot be read. Write it with its offset, as in 2026-11-28T14:03:00-03:00 or "28/11/2026 14:03:00 -03:00".',
    timeInFuture: 'The time of --off-at is in the future. Switch the package off first, then run this.',
    refused: {
      'before-shadow': (at: string) =>
        `The shadow began at ${at}. What came before then Ponte does not have, so the package cannot have been off already.`,
      pruned: (at: string) =>
        `Of what came until ${at} nothing is kept any more. The package cannot have been off before that without a loss.`,
      earlier: (at: string) => `An earlier run named ${at}. Only that time or a later one can take its place.`,
      live: (at: string) =>
        `The tenant is live, with the package off since ${at}. Nothing can take its place any more.`,
    },
    undone: (left: number) =>
      `${counted('en', left, 'event of Ponte waits or runs', 'events of Ponte wait or run')} in the queues.`,
    decideFirst: 'Run switch again once that is done: an opportunity of it would count as marked without a mark.',
    refusedNow: 'The shadow has changed while this ran, so its end was not set. Run this again.',
    reading: 'Reading the open opportunities in TOTVS CRM …',
    comparing: 'Looking at what has changed since then …',
    nothingRecorded: 'Nothing was recorded.',
    unreadList: {
      'too-many': () => 'TOTVS CRM shows more than 10,000 opportunities for this question.',
      incomplete: () => 'TOTVS CRM did not send the list of open opportunities to its end.',
      missing: (id: string) =>
        `TOTVS CRM shows opportunity ${id} as open, but not in its list of open ones: the list cannot be trusted.`,
    },
    offSince: (at: string) => `the package is off since ${at}`,
    open: ({ read, known }: { readonly read: number; readonly known: number }) =>
      `${counted('en', read, 'opportunity is open', 'opportunities are open')} in TOTVS CRM; of ${known} Ponte has a record, which stays`,
    recorded: {
      done: (count: number) => `${counted('en', count, 'is', 'are')} recorded as told to RD Station as open`,
      dryRun: (count: number) =>
        `${counted('en', count, 'would be', 'would be')} recorded as told to RD Station as open`,
    },
    unread: (count: number) =>
      `${counted('en', count, 'record of the list', 'records of the list')} could not be read, and nothing was recorded of them`,
    doubtful: (count: number) =>
      `${counted('en', count, 'opportunity:', 'opportunities:')} was it created before the package was off?`,
    doubts: {
      'no-time': 'no time of creation: counts as new',
      'unreadable-time': 'time of creation unreadable: counts as new',
      'no-zone': "time of creation without an offset: read as Brasília's",
    },
    changed: (count: number) => `${counted('en', count, 'has', 'have')} changed since the package was off:`,
    changesUnread: 'What has changed since the package was off could not be read: something may have.',
    ended: (count: number, isDryRun: boolean) =>
      `${counted('en', count, 'of them has ended', 'of them have ended')}, and RD Station does not show it. These ${isDryRun ? 'would count' : 'count'} as open, so that Ponte tells the end:`,
    marked: (count: number) =>
      `${counted('en', count, 'opportunity', 'opportunities')} since then that RD Station shows as told already:`,
    tooEarly:
      'If these are many, the time of --off-at is probably too early: the package still told them after it. Look up the end of its last run in the monitor, and run this again with the later time.',
    unasked: (count: number) =>
      `${counted('en', count, 'opportunity', 'opportunities')} since then could not be looked up in RD Station: run this again before you go live`,
    more: (count: number) => `and ${count} more: --json lists all`,
    clear: 'Nothing has changed since then.',
    lookByHand:
      'Look at these in both systems once Ponte is live and nothing waits: what RD Station then does not show right, mark by hand. Sooner, Ponte would tell it once more.',
    nowLive: 'Next: set mode: live. What came since then is done first.',
    isLive: 'Ponte is live for this tenant. What it kept since then is done now.',
    withoutShadow: 'There was no shadow, so nothing that came since then was kept. Start the workers now.',
  },
  'pt-BR': {
    description: 'assume o lugar do pacote da TOTVS já desligado: o que está aberto conta como informado ao RD Station',
    offAt: 'fim da última execução do pacote, com o fuso: 2026-11-28T14:03:00-03:00',
    timeNeeded: 'Informe em --off-at o fim da última execução, como o monitor do iPaaS mostra.',
    timeUnreadable:
      'Não foi possível ler o horário de --off-at. Escreva com o fuso, como em 2026-11-28T14:03:00-03:00 ou "28/11/2026 14:03:00 -03:00".',
    timeInFuture: 'O horário de --off-at está no futuro. Primeiro desligue o pacote; depois execute isto.',
    refused: {
      'before-shadow': at =>
        `O modo sombra começou em ${at}. O Ponte não tem o que chegou antes; o pacote não pode ter sido desligado antes disso.`,
      pruned: at =>
        `Do que chegou até ${at} nada mais está guardado. O pacote não pode ter sido desligado antes disso sem perda.`,
      earlier: at => `Uma execução anterior informou ${at}. Só esse horário ou um posterior pode ficar no lugar.`,
      live: at => `A empresa já está em produção, com o pacote desligado desde ${at}. Nada mais pode ficar no lugar.`,
    },
    undone: left =>
      counted(
        'pt-BR',
        left,
        'evento do Ponte aguarda ou está em execução.',
        'eventos do Ponte aguardam ou estão em execução.',
      ),
    decideFirst:
      'Execute o switch de novo quando isso estiver feito: uma oportunidade deles contaria como marcada sem ter sido.',
    refusedNow: 'O modo sombra mudou durante a execução, e o fim dele não foi gravado. Execute de novo.',
    reading: 'Lendo as oportunidades abertas no TOTVS CRM …',
    comparing: 'Vendo o que mudou desde então …',
    nothingRecorded: 'Nada foi registrado.',
    unreadList: {
      'too-many': () => 'O TOTVS CRM mostra mais de 10.000 oportunidades para esta consulta.',
      incomplete: () => 'O TOTVS CRM não enviou a lista de oportunidades abertas até o fim.',
      missing: id =>
        `O TOTVS CRM mostra a oportunidade ${id} como aberta, mas não na lista das abertas: não dá para confiar na lista.`,
    },
    offSince: at => `pacote desligado desde ${at}`,
    open: ({ read, known }) =>
      `${counted('pt-BR', read, 'oportunidade aberta', 'oportunidades abertas')} no TOTVS CRM; de ${known} o Ponte já tem registro, que fica como está`,
    recorded: {
      done: count =>
        counted(
          'pt-BR',
          count,
          'registrada como informada ao RD Station como aberta',
          'registradas como informadas ao RD Station como abertas',
        ),
      dryRun: count =>
        counted(
          'pt-BR',
          count,
          'seria registrada como informada ao RD Station como aberta',
          'seriam registradas como informadas ao RD Station como abertas',
        ),
    },
    unread: count =>
      `${counted('pt-BR', count, 'registro da lista ilegível', 'registros da lista ilegíveis')}: deles nada foi registrado`,
    doubtful: count =>
      `${counted('pt-BR', count, 'oportunidade:', 'oportunidades:')} foi criada antes de o pacote ser desligado?`,
    doubts: {
      'no-time': 'sem horário de criação: conta como nova',
      'unreadable-time': 'horário de criação ilegível: conta como nova',
      'no-zone': 'horário de criação sem fuso: lido como o de Brasília',
    },
    changed: count =>
      `${counted('pt-BR', count, 'oportunidade mudou', 'oportunidades mudaram')} desde que o pacote foi desligado:`,
    changesUnread: 'Não foi possível ler o que mudou desde que o pacote foi desligado: algo pode ter mudado.',
    ended: (count, isDryRun) =>
      `${counted('pt-BR', count, 'delas terminou', 'delas terminaram')}, e o RD Station não mostra isso. ${isDryRun ? 'Contariam' : 'Contam'} como abertas, para que o Ponte informe o fim:`,
    marked: count =>
      `${counted('pt-BR', count, 'oportunidade', 'oportunidades')} desde então que o RD Station já mostra como informadas:`,
    tooEarly:
      'Se forem muitas, o horário de --off-at provavelmente é cedo demais: o pacote ainda as informou depois dele. Veja no monitor o fim da última execução, e execute isto de novo com o horário posterior.',
    unasked: count =>
      `${counted('pt-BR', count, 'oportunidade', 'oportunidades')} desde então não puderam ser consultadas no RD Station: execute de novo antes de passar para \`mode: live\``,
    more: count => `e mais ${count}: --json lista todas`,
    clear: 'Nada mudou desde então.',
    lookByHand:
      'Confira estas nos dois sistemas quando o Ponte estiver em produção e nada mais aguardar: o que o RD Station então não mostrar certo, marque à mão. Antes disso, o Ponte informaria de novo.',
    nowLive: 'A seguir: configure mode: live. O que chegou desde então é feito primeiro.',
    isLive: 'O Ponte já está em produção para esta empresa. O que ele guardou desde então é feito agora.',
    withoutShadow: 'Não houve modo sombra; nada do que chegou desde então foi guardado. Inicie os workers agora.',
  },
})

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
    coverage: ({ events, people, opportunities }: Record<'events' | 'people' | 'opportunities', number>) =>
      `${counted('en', events, 'event was', 'events were')} looked at: ${counted('en', people, 'person', 'people')} and ${counted('en', opportunities, 'opportunity', 'opportunities')} were decided again`,
    period: (from: string, to: string) => `received from ${from} to ${to}`,
    pruned: (at: string) => `what was received until ${at} may have been removed, and is not compared`,
    left: ({ superseded, tooYoung, unreadable }: Record<'superseded' | 'tooYoung' | 'unreadable', number>) =>
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

/** What `shadow` says. */
export const shadowTexts = translated({
  en: {
    description: 'the way back: another program takes over again, and Ponte writes nothing any more',
    now: 'write nothing from now on: what is undone waits outside the queues until --rest',
    restOption: 'send or drop what --now kept',
    nowOrRest: 'Pass --now or --rest, not both.',
    fileSaysLive: (tenant: string) =>
      `The tenants file says mode: live for ${tenant}. Write mode: shadow into its section first, then run this again.`,
    goesLive: 'The tenant still goes live: what came since the package was off is enqueued first …',
    packageOn: (at: string) => `From ${at} on the package has to be on: what comes since then is its work.`,
    draining: (left: number) =>
      `${counted('en', left, 'event is', 'events are')} Ponte's and not done yet. Ctrl-C is safe: the workers go on.`,
    inShadow: (at: string) => `in the shadow since ${at}`,
    running: (left: number) => `${counted('en', left, 'job of Ponte', 'jobs of Ponte')} still running or new`,
    rest: (rest: number, tenant: string) =>
      `${counted('en', rest, 'event waits', 'events wait')} outside the queues. ponte shadow --tenant ${tenant} --rest send does them although the package is on; --rest drop leaves them to you.`,
    decideFirst: 'That is left of an earlier way back: decide about it, then run this again.',
    switchLater: 'To go live again: ponte switch with a new time, then mode: live.',
    send: (jobs: number) => `${counted('en', jobs, 'event', 'events')} sent`,
    drop: (jobs: number) => `${counted('en', jobs, 'event', 'events')} dropped`,
    busy: 'Somebody else sends, drops or erases just now. Run this again.',
  },
  'pt-BR': {
    description: 'o caminho de volta: outro programa assume de novo, e o Ponte não grava mais nada',
    now: 'não gravar mais nada a partir de agora: o que falta aguarda fora das filas até o --rest',
    restOption: 'enviar (send) ou descartar (drop) o que o --now guardou',
    nowOrRest: 'Informe --now ou --rest, não os dois.',
    fileSaysLive: tenant =>
      `O arquivo de tenants diz mode: live para ${tenant}. Escreva primeiro mode: shadow na seção dela e execute de novo.`,
    goesLive: 'A empresa ainda está saindo do modo sombra: primeiro entra na fila o que chegou desde então …',
    packageOn: at => `A partir de ${at} o pacote tem de estar ligado: o que chega desde então é trabalho dele.`,
    draining: left =>
      `${counted('pt-BR', left, 'evento é', 'eventos são')} do Ponte e ainda não ${left === 1 ? 'foi feito' : 'foram feitos'}. Ctrl-C não perde nada: os workers continuam.`,
    inShadow: at => `em modo sombra desde ${at}`,
    running: left => counted('pt-BR', left, 'job do Ponte ainda em execução', 'jobs do Ponte ainda em execução'),
    rest: (rest, tenant) =>
      `${counted('pt-BR', rest, 'evento aguarda', 'eventos aguardam')} fora das filas. O ponte shadow --tenant ${tenant} --rest send os faz mesmo com o pacote ligado; o --rest drop os deixa para você.`,
    decideFirst: 'Isso sobrou de um caminho de volta anterior: decida sobre isso e depois execute este de novo.',
    switchLater: 'Para voltar à produção: ponte switch com um novo horário, depois mode: live.',
    send: jobs => counted('pt-BR', jobs, 'evento enviado', 'eventos enviados'),
    drop: jobs => counted('pt-BR', jobs, 'evento descartado', 'eventos descartados'),
    busy: 'Alguém está enviando, descartando ou apagando agora. Execute de novo.',
  },
})
