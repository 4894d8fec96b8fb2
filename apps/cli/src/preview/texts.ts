import { translated } from '@ponte/contracts'

export const previewTexts = translated({
  en: {
    description: 'show what would become of a lead, field by field, with the rule that says so; sends nothing',
    what: 'a file with the body of a webhook, the name of an example, the key of an event, or - for stdin',
    missing: 'Name a file, the key of an event, or - for stdin.',
    unknown: (what: string) =>
      `${what} is neither a readable file nor an example nor the key of an event that is still kept.`,
    notALead: (event: string) => `This is ${event}: only leads have a preview.`,
    withoutRedis:
      'Redis does not answer: what Ponte has recorded of the person is left out, and the audit trail does not hold this preview.',
    previewing: (count: number) => `Reading TOTVS CRM for lead ${count}…`,
    nothing: 'The body holds nothing.',
  },
  'pt-BR': {
    description: 'mostra o que seria feito de um lead, campo a campo, com a regra que o determina; não envia nada',
    what: 'um arquivo com o corpo de um webhook, o nome de um exemplo, a chave de um evento, ou - para a entrada padrão',
    missing: 'Indique um arquivo, a chave de um evento, ou - para a entrada padrão.',
    unknown: what =>
      `${what} não é um arquivo legível, nem um exemplo, nem a chave de um evento que ainda está guardado.`,
    notALead: event => `Isto é ${event}: só leads têm prévia.`,
    withoutRedis:
      'O Redis não responde: fica de fora o que o Ponte registrou da pessoa, e a auditoria não guarda esta prévia.',
    previewing: count => `Lendo o TOTVS CRM para o lead ${count}…`,
    nothing: 'O corpo não contém nada.',
  },
})
