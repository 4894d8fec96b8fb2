import { bilingual } from './bilingual.ts'
import { placeholders } from './help-texts.ts'

/** What any command may say when it cannot do its work. */
export const errorTexts = bilingual({
  en: {
    usage: (_code: string, message: string): string => message,
    seeHelp: 'See `ponte --help`.',
    configurationUnusable: 'The configuration cannot be used:',
    tenantUnknown: ({ name, names, meant }: { name: string; names: string; meant: string | undefined }) =>
      `There is no tenant "${name}"${meant === undefined ? '.' : `; did you mean ${meant}?`} Tenants: ${names}.`,
    tenantNeeded: (names: string) => `Choose a tenant with --tenant: ${names}.`,
    askDoctor: '`ponte doctor` checks addresses, logins and settings.',
    redisUnreachable: 'Redis does not answer at the address in REDIS_URL.',
    urlUnusable: (url: string) => `"${url}" is not an address such as https://ponte.acme.example.`,
  },
  'pt-BR': {
    usage(code, message) {
      const [, quoted = ''] = /'([^']*)'/.exec(message) ?? []
      const subject = quoted.replace(/ <.*/, '')
      const [, allowed = ''] = / is invalid\. (?:Allowed choices are )?(.*?)\.?$/s.exec(message) ?? []
      const [, meant = ''] = /\(Did you mean (?:one of )?(.*?)\?\)/.exec(message) ?? []
      const sentences: Readonly<Record<string, string>> = {
        'commander.unknownOption': `Opção desconhecida: ${subject}.`,
        'commander.unknownCommand': `Comando desconhecido: ${subject}.`,
        'commander.optionMissingArgument': `Falta o valor da opção ${subject}.`,
        'commander.missingArgument': `Falta o argumento ${placeholders[subject] ?? subject}.`,
        'commander.excessArguments': 'Argumentos demais.',
        'commander.invalidArgument': `Valor não aceito em ${subject}. Valores possíveis: ${allowed}.`,
      }
      const hint = meant === '' ? '' : ` Seria ${meant}?`
      return `${sentences[code] ?? message}${hint}`
    },
    seeHelp: 'Veja `ponte --help`.',
    configurationUnusable: 'A configuração não pode ser usada:',
    tenantUnknown: ({ name, names, meant }) =>
      `Não há empresa (tenant) "${name}"${meant === undefined ? '.' : `; seria ${meant}?`} Existem: ${names}.`,
    tenantNeeded: names => `Escolha uma empresa com --tenant: ${names}.`,
    askDoctor: '`ponte doctor` verifica endereços, logins e configurações.',
    redisUnreachable: 'O Redis não responde no endereço de REDIS_URL.',
    urlUnusable: url => `"${url}" não é um endereço como https://ponte.acme.example.`,
  },
})
