import { counted } from '@ponte/runtime'
import { translated } from '@ponte/contracts'

/** What `failures` and `retry` say. */
export const failuresTexts = translated({
  en: {
    description: 'list the events that failed, by cause',
    retryOption: 'retry the events that failed with this code',
    none: 'Nothing has failed.',
    details: 'Technical details:',
    at: (time: string) => `failed ${time}`,
    between: (first: string, last: string) => `first ${first}, last ${last}`,
    assigned: (name: string) => `assigned to ${name}`,
    muted: (name: string) => `alerts muted by ${name}`,
    timesIn: (timeZone: string) => `Times in ${timeZone}.`,
    howToRetry: 'Fix the cause, then run: ponte retry CODE',
    retry: {
      description: 'retry the events that failed with a code, from the first attempt',
      code: 'a failure code, as listed by `ponte failures`',
      codeUnknown: (code: string, meant: string | undefined) =>
        `${code}: unknown failure code; ${meant === undefined ? '`ponte failures` lists those of the failed events.' : `did you mean ${meant}?`}`,
      nothing: (code: string) => `Nothing has failed with ${code}.`,
      working: (at: { tenant: string; queue: string; done: number; all: number }) =>
        `${at.tenant}  ${at.queue}: ${at.done} of ${at.all} retried…`,
      done: (count: { retried: number; left: number; notRetried: number; dryRun: boolean }) =>
        [
          `${count.retried} ${count.dryRun ? 'would be retried' : 'retried'}`,
          ...(count.left === 0 ? [] : [counted('en', count.left, 'is no longer failed', 'are no longer failed')]),
          ...(count.notRetried === 0 ? [] : [`${count.notRetried} not retried`]),
        ].join(', '),
      outcomeOnBoard: 'What becomes of them is on the board, under Failures; --wait waits for it.',
      wait: 'wait until they have ended, and show the outcome',
      timeout: 'seconds to wait at most (default: 600)',
      timeoutNeedsWait: '--timeout needs --wait.',
      ending: (at: { ended: number; asked: number; failed: number }) =>
        `${at.ended} of ${at.asked} ended${at.failed === 0 ? '' : `, ${at.failed} failed again`}…`,
      timeOver: (seconds: number) => `Stopped waiting after ${seconds} s; what is under way continues by itself.`,
      interrupted: 'Stopped waiting; what is under way continues by itself.',
    },
  },
  'pt-BR': {
    description: 'lista os eventos que falharam, por causa',
    retryOption: 'reenvia os eventos que falharam com este código',
    none: 'Nada falhou.',
    details: 'Detalhes técnicos:',
    at: time => `falhou em ${time}`,
    between: (first, last) => `primeira ${first}, última ${last}`,
    assigned: name => `com ${name}`,
    muted: name => `alertas silenciados por ${name}`,
    timesIn: timeZone => `Horários de ${timeZone}.`,
    howToRetry: 'Corrija a causa e execute: ponte retry CÓDIGO',
    retry: {
      description: 'reenvia os eventos que falharam com um código, desde a primeira tentativa',
      code: 'um código de falha, como listado por `ponte failures`',
      codeUnknown: (code, meant) =>
        `${code}: código de falha desconhecido; ${meant === undefined ? '`ponte failures` lista os dos eventos com falha.' : `seria ${meant}?`}`,
      nothing: code => `Nada falhou com ${code}.`,
      working: ({ tenant, queue, done, all }) => `${tenant}  ${queue}: ${done} de ${all} reenviados…`,
      done: ({ retried, left, notRetried, dryRun }) =>
        [
          dryRun
            ? counted('pt-BR', retried, 'seria reenviado', 'seriam reenviados')
            : counted('pt-BR', retried, 'reenviado', 'reenviados'),
          ...(left === 0 ? [] : [counted('pt-BR', left, 'já não está em falha', 'já não estão em falha')]),
          ...(notRetried === 0 ? [] : [counted('pt-BR', notRetried, 'não reenviado', 'não reenviados')]),
        ].join(', '),
      outcomeOnBoard: 'O resultado está no painel, em Falhas; com --wait o comando espera por ele.',
      wait: 'espera até que terminem e mostra o resultado',
      timeout: 'segundos de espera, no máximo (padrão: 600)',
      timeoutNeedsWait: '--timeout precisa de --wait.',
      ending: ({ ended, asked, failed }) =>
        `${ended} de ${asked} terminaram${failed === 0 ? '' : `, ${counted('pt-BR', failed, 'falhou de novo', 'falharam de novo')}`}…`,
      timeOver: seconds => `A espera terminou após ${seconds} s; o que está em andamento segue sozinho.`,
      interrupted: 'A espera foi interrompida; o que está em andamento segue sozinho.',
    },
  },
})
