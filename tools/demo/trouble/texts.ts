import { CRM_FIELD, EMAIL_FIELD, type RepairName, SALE_LIMIT } from '@ponte/testbed'
import { troubleNames } from './names.ts'

interface DeskTexts {
  readonly title: string
  readonly intro: string
  readonly onBoard: string
  readonly button: string
  readonly done: string
  readonly repairs: Readonly<Record<RepairName, { readonly where: string; readonly what: string }>>
}

const { acme, nova } = troubleNames

/** What the help desk says. */
export const deskTexts: Readonly<Record<'pt-BR' | 'en', DeskTexts>> = {
  'pt-BR': {
    title: 'O que outros fazem',
    intro:
      'Estas mudanças são feitas nos dois sistemas e no servidor do Ponte. Depois, reenvie no painel o que falhou.',
    onBoard: `A conexão de ${acme} com o RD Station se refaz no painel: reconectar.`,
    button: 'Fazer',
    done: 'feito',
    repairs: {
      'give-role': { where: `TOTVS CRM · ${acme}`, what: 'Dar um papel ao usuário padrão.' },
      'make-field-optional': {
        where: `TOTVS CRM · ${nova}`,
        what: `Tornar opcional o campo personalizado ${CRM_FIELD}.`,
      },
      'raise-limit': {
        where: `RD Station · ${nova}`,
        what: `Aceitar vendas acima de R$ ${SALE_LIMIT.toLocaleString('pt-BR')}.`,
      },
      'bring-back': { where: `TOTVS CRM · ${nova}`, what: 'O sistema volta ao ar.' },
      'name-email-field': {
        where: `Ponte · ${acme}`,
        what: `Indicar o campo “${EMAIL_FIELD}” em <code>leadFields</code> e reiniciar.`,
      },
    },
  },
  en: {
    title: 'What others do',
    intro: "These changes are made in the two systems and on Ponte's server. Then retry on the board what failed.",
    onBoard: `The connection of ${acme} to RD Station is restored on the board: reconnect.`,
    button: 'Do it',
    done: 'done',
    repairs: {
      'give-role': { where: `TOTVS CRM · ${acme}`, what: 'Give the default user a role.' },
      'make-field-optional': { where: `TOTVS CRM · ${nova}`, what: `Make the custom field ${CRM_FIELD} optional.` },
      'raise-limit': {
        where: `RD Station · ${nova}`,
        what: `Take sales above R$ ${SALE_LIMIT.toLocaleString('en')}.`,
      },
      'bring-back': { where: `TOTVS CRM · ${nova}`, what: 'The system comes back.' },
      'name-email-field': {
        where: `Ponte · ${acme}`,
        what: `Name the field “${EMAIL_FIELD}” in <code>leadFields</code>, and restart.`,
      },
    },
  },
}
