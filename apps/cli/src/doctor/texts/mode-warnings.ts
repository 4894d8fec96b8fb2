import { translated } from '@ponte/contracts'

type Read = (name: string) => string

/** What `doctor` warns of about the mode of a tenant. */
export const modeWarnings = translated({
  en: {
    MODE_OTHER: {
      what: (facts: Read) =>
        `The tenants file says mode: ${facts('settings')}, and the workers run with ${facts('found')}.`,
      remedy: (_facts: Read) =>
        'The last worker that started decides: give all of them the same file, and start them again.',
    },
    LIVE_WITHOUT_SWITCH: {
      what: (_facts: Read) =>
        'It went live without `ponte switch`: what came after the package was switched off was not done.',
      remedy: (facts: Read) => `Run \`ponte switch\` before ${facts('until')}; the workers then do it.`,
    },
  },
  'pt-BR': {
    MODE_OTHER: {
      what: facts => `O arquivo de tenants diz mode: ${facts('settings')}, e os workers rodam com ${facts('found')}.`,
      remedy: () => 'Vale o último worker que iniciou: dê a todos o mesmo arquivo e inicie-os de novo.',
    },
    LIVE_WITHOUT_SWITCH: {
      what: () =>
        'Saiu do modo sombra sem `ponte switch`: o que chegou depois que o pacote foi desligado não foi feito.',
      remedy: facts => `Execute \`ponte switch\` antes de ${facts('until')}; os workers fazem o que ficou.`,
    },
  },
})
