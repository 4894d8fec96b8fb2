import { translated } from '@ponte/contracts'
import { placeholders } from './help-texts.ts'

/** What any command may say when it cannot do its work. */
export const errorTexts = translated({
  en: {
    usage(code: string, message: string): string {
      const { subject, allowed, meant } = readUsageError(message)
      const sentences: Readonly<Record<string, string>> = {
        'commander.unknownOption': `Unknown option: ${subject}.`,
        'commander.unknownCommand': `Unknown command: ${subject}.`,
        'commander.optionMissingArgument': `The value of the option ${subject} is missing.`,
        'commander.missingArgument': `The argument ${subject} is missing.`,
        'commander.missingMandatoryOptionValue': `The option ${subject} is missing.`,
        'commander.excessArguments': 'Too many arguments.',
        'commander.invalidArgument': `Value not accepted in ${subject}. Possible values: ${allowed}.`,
      }
      return `${sentences[code] ?? message}${meant === '' ? '' : ` Did you mean ${meant}?`}`
    },
    seeHelp: (command: string) => `See \`${command} --help\`.`,
    yesNeeded: 'Nobody can be asked here: pass --yes if you are sure.',
    declined: 'Nothing was done.',
    configurationUnusable: 'The configuration cannot be used:',
    workGoesOn:
      'Processes that run go on with the tenants file as it was before. One that is restarted now does not start.',
    tenantUnknown: ({ name, names, meant }: { name: string; names: string; meant: string | undefined }) =>
      `There is no tenant "${name}"${meant === undefined ? '.' : `; did you mean ${meant}?`} Tenants: ${names}.`,
    tenantNeeded: (names: string) => `Choose a tenant with --tenant: ${names}.`,
    askDoctor: '`ponte doctor` checks addresses, logins and settings.',
    inShadow: (tenant: string) =>
      `"${tenant}" is in the shadow, where nothing is written: this works only with \`mode: live\`.`,
    redisUnreachable: 'Redis does not answer where REDIS_URL, REDIS_SENTINELS or REDIS_CLUSTER says that it is.',
    redisTlsFails: (trouble: string) => `Redis is there and cannot be reached by TLS: ${trouble}`,
    urlUnusable: (url: string) => `"${url}" is not an address such as https://ponte.acme.example.`,
  },
  'pt-BR': {
    usage(code, message) {
      const { subject, allowed, meant } = readUsageError(message)
      const sentences: Readonly<Record<string, string>> = {
        'commander.unknownOption': `Opção desconhecida: ${subject}.`,
        'commander.unknownCommand': `Comando desconhecido: ${subject}.`,
        'commander.optionMissingArgument': `Falta o valor da opção ${subject}.`,
        'commander.missingArgument': `Falta o argumento ${placeholders[subject] ?? subject}.`,
        'commander.missingMandatoryOptionValue': `Falta a opção ${subject}.`,
        'commander.excessArguments': 'Argumentos demais.',
        'commander.invalidArgument': `Valor não aceito em ${subject}. Valores possíveis: ${allowed}.`,
      }
      return `${sentences[code] ?? message}${meant === '' ? '' : ` Seria ${meant}?`}`
    },
    seeHelp: command => `Veja \`${command} --help\`.`,
    yesNeeded: 'Aqui ninguém pode responder: informe --yes se tem certeza.',
    declined: 'Nada foi feito.',
    configurationUnusable: 'A configuração não pode ser usada:',
    workGoesOn:
      'Os processos em execução seguem com o arquivo de tenants como era antes. Um processo reiniciado agora não inicia.',
    tenantUnknown: ({ name, names, meant }) =>
      `Não há empresa (tenant) "${name}"${meant === undefined ? '.' : `; seria ${meant}?`} Existem: ${names}.`,
    tenantNeeded: names => `Escolha uma empresa com --tenant: ${names}.`,
    askDoctor: '`ponte doctor` verifica endereços, logins e configurações.',
    inShadow: tenant => `"${tenant}" está em modo sombra, em que nada é gravado: isto só funciona com \`mode: live\`.`,
    redisUnreachable: 'O Redis não responde onde REDIS_URL, REDIS_SENTINELS ou REDIS_CLUSTER diz que ele está.',
    redisTlsFails: trouble => `O Redis está lá, mas não há como falar com ele por TLS: ${trouble}`,
    urlUnusable: url => `"${url}" não é um endereço como https://ponte.acme.example.`,
  },
})

/** The parts of one of Commander's sentences: what it is about, the values that are allowed and the names that may be meant. */
function readUsageError(message: string): { subject: string; allowed: string; meant: string } {
  const [, quoted = ''] = / for argument '([^']*)'/.exec(message) ?? /'([^']*)'/.exec(message) ?? []
  const [, allowed = ''] =
    / is invalid(?: for argument '[^']*')?\. (?:Allowed choices are )?(.*?)\.?$/s.exec(message) ?? []
  const [, meant = ''] = /\(Did you mean (?:one of )?(.*?)\?\)/.exec(message) ?? []
  return { subject: quoted.replace(/ <.*/, ''), allowed, meant }
}
