import { translated } from '@ponte/contracts'
import { counted } from '@ponte/runtime'

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
