import type { FailureRow, Remedy } from './failure-row.ts'

interface OwnFailure extends FailureRow {
  readonly remedy: Remedy
}

/** What goes wrong in Ponte itself. */
export const ponteFailures = {
  JOB_UNREADABLE: {
    en: 'This version of Ponte cannot read the data of the event.',
    pt: 'o evento contém dados que esta versão do Ponte não lê',
    solution: {
      en: 'Run one version of Ponte only, the newest; retry.',
      pt: 'Use uma só versão do Ponte, a mais nova; reenvie.',
    },
    remedy: 'tell-administrator',
  },
  JOB_ABANDONED: {
    en: 'The worker that ran this event crashed several times; the event may be the cause.',
    pt: 'o worker que processava este evento caiu repetidas vezes',
    solution: {
      en: 'Find out why the worker ended (memory, crash), then retry.',
      pt: 'Veja por que o worker terminou (memória, falha), depois reenvie.',
    },
    remedy: 'correct-and-save',
  },
  STATE_UNAVAILABLE: {
    en: 'Redis did not answer while the event was processed.',
    pt: 'o Redis não respondeu durante o processamento',
    isOfPonteState: true,
    solution: { en: 'Fix Redis; retry.', pt: 'Recupere o Redis; reenvie.' },
    remedy: 'correct-and-save',
  },
  STATE_UNREADABLE: {
    en: "Ponte's own record is damaged or was written by a newer version.",
    pt: 'o registro do Ponte sobre isto está danificado ou é de uma versão mais nova',
    solution: {
      en: 'Run one version of Ponte only, the newest; retry.',
      pt: 'Use uma só versão do Ponte, a mais nova; reenvie.',
    },
    remedy: 'tell-administrator',
  },
} as const satisfies Readonly<Record<string, OwnFailure>>
