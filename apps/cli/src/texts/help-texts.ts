import { translated } from '@ponte/contracts'

/** What commands say that ask the API of a board. */
export const apiTexts = translated({
  en: {
    option: 'ask the API of this board, with PONTE_API_TOKEN, in place of Redis (default: PONTE_API_URL)',
    tokenMissing: 'PONTE_API_TOKEN: is not set; the API of a board needs it',
    notReachable: (url: string) => `No board answers at ${url}.`,
    unreadable: (tenants: string) => `Redis did not answer about ${tenants}. What failed there is unknown.`,
    notUnderstood: (url: string) => `The board at ${url} answers in another form: use the same version of Ponte.`,
    noApi: ({ url, status }: { url: string; status: number }) =>
      `The API of a board does not answer like that (${status}): check the address ${url}.`,
  },
  'pt-BR': {
    option: 'consulta a API deste painel, com o PONTE_API_TOKEN, em vez do Redis (padrão: PONTE_API_URL)',
    tokenMissing: 'PONTE_API_TOKEN: não está definida; a API de um painel precisa dela',
    notReachable: url => `Nenhum painel responde em ${url}.`,
    unreadable: tenants => `O Redis não respondeu sobre ${tenants}. As falhas de lá são desconhecidas.`,
    notUnderstood: url => `O painel em ${url} responde em outro formato: use a mesma versão do Ponte.`,
    noApi: ({ url, status }) => `A API de um painel não responde assim (${status}): confira o endereço ${url}.`,
  },
})

/** What any command may say when it cannot do its work. */
export const errorTexts = translated({
  en: {
    usage: usageIn('Did you mean', (subject, allowed) => ({
      'commander.unknownOption': `Unknown option: ${subject}.`,
      'commander.unknownCommand': `Unknown command: ${subject}.`,
      'commander.optionMissingArgument': `The value of the option ${subject} is missing.`,
      'commander.missingArgument': `The argument ${subject} is missing.`,
      'commander.missingMandatoryOptionValue': `The option ${subject} is missing.`,
      'commander.excessArguments': 'Too many arguments.',
      'commander.invalidArgument': `Value not accepted in ${subject}. Possible values: ${allowed}.`,
    })),
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
    usage: usageIn('Seria', (subject, allowed) => ({
      'commander.unknownOption': `Opção desconhecida: ${subject}.`,
      'commander.unknownCommand': `Comando desconhecido: ${subject}.`,
      'commander.optionMissingArgument': `Falta o valor da opção ${subject}.`,
      'commander.missingArgument': `Falta o argumento ${placeholders[subject] ?? subject}.`,
      'commander.missingMandatoryOptionValue': `Falta a opção ${subject}.`,
      'commander.excessArguments': 'Argumentos demais.',
      'commander.invalidArgument': `Valor não aceito em ${subject}. Valores possíveis: ${allowed}.`,
    })),
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

/** One of Commander's sentences by its code. It names what it is about, the values that are allowed and the names that may be meant. */
function usageIn(
  didYouMean: string,
  sentencesOf: (subject: string, allowed: string) => Readonly<Record<string, string>>,
): (code: string, message: string) => string {
  return (code, message) => {
    const [, quoted = ''] = / for argument '([^']*)'/.exec(message) ?? /'([^']*)'/.exec(message) ?? []
    const [, allowed = ''] =
      / is invalid(?: for argument '[^']*')?\. (?:Allowed choices are )?(.*?)\.?$/s.exec(message) ?? []
    const [, meant = ''] = /\(Did you mean (?:one of )?(.*?)\?\)/.exec(message) ?? []
    const sentence = sentencesOf(quoted.replace(/ <.*/, ''), allowed)[code] ?? message
    return meant === '' ? sentence : `${sentence} ${didYouMean} ${meant}?`
  }
}

/** The Portuguese words for values in the help, by their names in the code. */
const placeholders: Readonly<Record<string, string>> = {
  options: 'opções',
  command: 'comando',
  language: 'idioma',
  name: 'nome',
  address: 'endereço',
  number: 'número',
  code: 'código',
  token: 'token',
  seconds: 'segundos',
  file: 'arquivo',
  path: 'caminho',
  what: 'arquivo ou chave',
  choice: 'escolha',
  winner: 'quem',
  event: 'evento',
  period: 'período',
  time: 'horário',
  duration: 'duração',
  shell: 'shell',
  id: 'id',
}

/** The parts of the help that all commands share. */
export const helpTexts = translated({
  en: {
    description: 'Check, connect, test and repair an installation of Ponte.',
    usage: 'Usage:',
    options: 'Options:',
    commands: 'Commands:',
    arguments: 'Arguments:',
    placeholder: (name: string): string => name,
    help: 'show this help',
    version: 'show the version',
    byDefault: (value: number) => `default: ${value}`,
    lang: 'language of the texts: en or pt-BR (default: that of LC_ALL, LC_MESSAGES or LANG)',
    json: 'print one JSON document instead of text',
    tenant: 'only this tenant (default: all)',
    theTenant: 'the tenant; optional if there is only one',
    dryRun: 'only show what would be done',
    yes: 'do it without asking; needed where no terminal can answer',
    environment: `
Reads the same environment variables as the processes of Ponte: REDIS_URL (or REDIS_SENTINELS, REDIS_CLUSTER), PONTE_CONFIG, PONTE_SECRET_KEY.

Exit codes:
  0  success
  1  problems were found, or part of the work was left undone
  2  the command line or the configuration is wrong
  3  Redis, an API or the ingress does not answer or is unavailable: try again later
  130  Ctrl-C (import)`,
    examples: 'Examples:',
  },
  'pt-BR': {
    description: 'Verifica, conecta, testa e conserta uma instalação do Ponte.',
    usage: 'Uso:',
    options: 'Opções:',
    commands: 'Comandos:',
    arguments: 'Argumentos:',
    placeholder: name => placeholders[name] ?? name,
    help: 'mostra esta ajuda',
    version: 'mostra a versão',
    byDefault: value => `padrão: ${value}`,
    lang: 'idioma dos textos: en ou pt-BR (padrão: o de LC_ALL, LC_MESSAGES ou LANG)',
    json: 'imprime um documento JSON em vez de texto',
    tenant: 'só esta empresa (tenant; padrão: todas)',
    theTenant: 'a empresa (tenant); opcional quando há uma só',
    dryRun: 'apenas mostra o que seria feito',
    yes: 'faz sem perguntar; necessário onde nenhum terminal pode responder',
    environment: `
Usa as mesmas variáveis de ambiente que os processos do Ponte: REDIS_URL (ou REDIS_SENTINELS, REDIS_CLUSTER), PONTE_CONFIG, PONTE_SECRET_KEY.

Códigos de saída:
  0  tudo em ordem
  1  encontrou problemas, ou não pôde fazer tudo
  2  a linha de comando ou a configuração está errada
  3  o Redis, uma API ou a entrada não responde ou está indisponível: tente mais tarde
  130  Ctrl-C (import)`,
    examples: 'Exemplos:',
  },
})
