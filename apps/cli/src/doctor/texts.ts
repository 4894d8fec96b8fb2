import { bilingual } from '@ponte/contracts'
import { counted } from '@ponte/runtime'

interface Counts {
  readonly checks: number
  readonly problems: number
  readonly warnings: number
  readonly unknown: number
  readonly skipped: number
}

/** `parts`: how many there are of what is not in order, in words. */
const inOneLine = (checks: string, parts: readonly (readonly [count: number, words: string])[]): string =>
  `${checks}: ${parts.flatMap(([count, words], index) => (index === 0 || count > 0 ? [words] : [])).join(', ')}`

export const doctorTexts = bilingual({
  description: {
    en: "check each tenant's set-up: what is wrong, and what to do",
    pt: 'verifica a configuração de cada empresa: o que está errado e o que fazer',
  },
  url: {
    en: "also send an empty delivery to the ingress at this address, with each token, and look for the address in RD Station's webhooks",
    pt: 'envia também uma entrega vazia à entrada neste endereço, com cada token, e procura o endereço nos webhooks do RD Station',
  },
  installation: { en: 'installation', pt: 'instalação' },
  checking: { en: (tenant: string) => `${tenant}: checking…`, pt: tenant => `${tenant}: verificando…` },
  summary: {
    en: ({ checks, problems, warnings, unknown, skipped }: Counts) =>
      inOneLine(counted('en', checks, 'check', 'checks'), [
        [problems, problems === 0 ? 'no problem' : counted('en', problems, 'problem', 'problems')],
        [warnings, counted('en', warnings, 'warning', 'warnings')],
        [unknown, `${unknown} not verified`],
        [skipped, `${skipped} skipped`],
      ]),
    pt: ({ checks, problems, warnings, unknown, skipped }) =>
      inOneLine(counted('pt-BR', checks, 'verificação', 'verificações'), [
        [problems, problems === 0 ? 'nenhum problema' : counted('pt-BR', problems, 'problema', 'problemas')],
        [warnings, counted('pt-BR', warnings, 'aviso', 'avisos')],
        [unknown, `${unknown} sem verificação possível`],
        [skipped, counted('pt-BR', skipped, 'não verificada', 'não verificadas')],
      ]),
  },
})
