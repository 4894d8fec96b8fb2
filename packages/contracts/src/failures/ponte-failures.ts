import type { FailureRow, Remedy } from './failure-row.ts'

interface OwnFailure extends FailureRow {
  readonly remedy: Remedy
}

/** What goes wrong in Ponte itself. */
export const ponteFailures = {
  JOB_UNREADABLE: {
    remedy: 'tell-administrator',
    en: {
      happened: 'This version of Ponte cannot read the data of the event.',
      solution: 'Run one version of Ponte only, the newest; retry.',
    },
    pt: {
      happened: 'o evento contém dados que esta versão do Ponte não lê',
      solution: 'Use uma só versão do Ponte, a mais nova; reenvie.',
    },
  },
  JOB_ABANDONED: {
    remedy: 'correct-and-save',
    en: {
      happened: 'The worker that ran this event crashed several times; the event may be the cause.',
      solution: 'Find out why the worker ended (memory, crash), then retry.',
      steps:
        "Look at the memory limit, the system log and the worker's log. If the event kills the worker each time, keep it and report it with the worker's last log lines.",
      triedAgain: 'Not any more.',
    },
    pt: {
      happened: 'o worker que processava este evento caiu repetidas vezes',
      solution: 'Veja por que o worker terminou (memória, falha), depois reenvie.',
      steps:
        'Veja o limite de memória, o log do sistema e o log do worker. Se o evento derruba o worker toda vez, mantenha-o e relate com as últimas linhas do log do worker.',
      triedAgain: 'Não mais.',
    },
  },
  STATE_UNAVAILABLE: {
    isOfPonteState: true,
    remedy: 'correct-and-save',
    en: {
      happened: 'Redis did not answer while the event was processed.',
      solution: 'Fix Redis; retry.',
      steps: 'Only a delivery in quarantine with this code needs a *Retry*.',
      triedAgain: 'Yes, a second later and as often as needed.',
    },
    pt: {
      happened: 'o Redis não respondeu durante o processamento',
      solution: 'Recupere o Redis; reenvie.',
      steps: 'Só uma entrega em quarentena com este código precisa de *Reenviar*.',
      triedAgain: 'Sim, um segundo depois e quantas vezes for preciso.',
    },
  },
  STATE_UNREADABLE: {
    remedy: 'tell-administrator',
    en: {
      happened: "Ponte's own record is damaged or was written by a newer version.",
      details:
        'It is the record of this opportunity or lead. Ponte does not go on without it, because it would mark or open again.',
      solution: 'Run one version of Ponte only, the newest; retry.',
      steps:
        'If that says the same, look up in both systems what was done. Then delete the Redis key `{tenant}:ponte:mark:<opportunity id>` (of a lead `{tenant}:ponte:lead:<lead id>`), and *Retry*: Ponte acts as if nothing had been done.',
      triedAgain: 'Yes, up to 12 attempts over some hours.',
    },
    pt: {
      happened: 'o registro do Ponte sobre isto está danificado ou é de uma versão mais nova',
      details:
        'É o registro desta oportunidade ou deste lead. O Ponte não segue sem ele, porque marcaria ou abriria de novo.',
      solution: 'Use uma só versão do Ponte, a mais nova; reenvie.',
      steps:
        'Se ela disser o mesmo, veja nos dois sistemas o que foi feito. Então apague a chave `{tenant}:ponte:mark:<id da oportunidade>` do Redis (de um lead, `{tenant}:ponte:lead:<id do lead>`) e use *Reenviar*: o Ponte age como se nada tivesse sido feito.',
      triedAgain: 'Sim, até 12 tentativas ao longo de algumas horas.',
    },
  },
} as const satisfies Readonly<Record<string, OwnFailure>>
