import { translated, bilingual } from '@ponte/contracts'

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

/** What the help of a command says beside its options: when to use it, what it leaves alone, what its exit codes mean. */
export const commandNotes = bilingual({
  init: {
    en: 'Asks for what the options do not give; Enter leaves a value for later. Where no terminal can answer, and with --json, it asks nothing: then the first run needs --tenant. A value that is there is never changed. Needs no Redis.\n\n1: values are still missing, and are listed.',
    pt: 'Pergunta o que as opções não dizem; Enter deixa um valor para depois. Onde nenhum terminal pode responder, e com --json, não pergunta nada: a primeira vez precisa então de --tenant. Nunca muda um valor que já existe. Não precisa do Redis.\n\n1: ainda faltam valores, que são listados.',
  },
  doctor: {
    en: 'Writes nothing into TOTVS CRM or RD Station. It renews the tokens of RD Station once, and stores them as a worker would.\n\n! works, and probably not as it was meant; the exit code stays. ? cannot be verified: the other system does not show it. With --json the status is ok, problem, warning, skipped or not-checkable.',
    pt: 'Não grava nada no TOTVS CRM nem no RD Station. Renova os tokens do RD Station uma vez e os guarda como um worker faria.\n\n! funciona, e provavelmente não como se queria; o código de saída não muda. ? não se pode verificar: o outro sistema não mostra. Com --json a situação é ok, problem, warning, skipped ou not-checkable.',
  },
  discover: {
    en: 'Only reads, and works while variables are empty. The six ids come from one lead: name one with --lead that has the situation and the origin of new leads, an e-mail, a landline, a mobile phone and an address. What is ambiguous is shown with its choices; a terminal asks. --write keeps comments, references and values.\n\n1: something is ambiguous or missing.\n2: also a refused login, no integration API at any known path, or a file that cannot be written.',
    pt: 'Só lê, e funciona enquanto há variáveis vazias. Os seis ids vêm de um lead: indique com --lead um que tenha a situação e a origem de leads novos, e-mail, telefone fixo, celular e endereço. O que é ambíguo aparece com as opções; um terminal pergunta. --write mantém comentários, referências e valores.\n\n1: algo é ambíguo ou falta.\n2: também um login recusado, nenhuma API de integração nos caminhos conhecidos, ou um arquivo que não se pode gravar.',
  },
  status: {
    en: '0: nothing needs a person; a system that is down or asked for a pause is waited for.\n1: something needs a person: a refused connection or login, failed events, a paused queue, no worker, a tenant that starts no job before a command, a refused tenants file, a changed credential that is not used yet.\n3: Redis does not answer, or not for every tenant.',
    pt: '0: nada precisa de alguém; um sistema fora do ar, ou que pediu uma pausa, é esperado.\n1: algo precisa de alguém: conexão ou login recusado, eventos com falha, fila pausada, nenhum worker, empresa que não inicia nada antes de um comando, arquivo de tenants recusado, credencial mudada que ainda não é usada.\n3: o Redis não responde, ou não por todas as empresas.',
  },
  connect: {
    en: 'With Docker, or where the browser runs on another machine: --code - shows the address to open. A code is good for an hour. Running workers use the new tokens at once, and events that waited go on.\n\n--webhook leaves one webhook at the public address, however often it is called. It corrects one that is suspended, has another token or event type, or leaves company or funnel out. One of this tenant at a former address is named, and removed only if you agree. RD Station shows neither webhooks of its own screens nor flows: what leads to Ponte from there, remove there.',
    pt: 'Com Docker, ou com o navegador em outra máquina: --code - mostra o endereço a abrir. Um código vale por uma hora. Os workers em execução usam os tokens novos na hora, e os eventos que aguardavam seguem.\n\n--webhook deixa um só webhook no endereço público, por mais que seja executado. Corrige um que esteja suspenso, tenha outro token ou tipo de evento, ou omita empresa ou funil. Um desta empresa em um endereço anterior é citado, e só é removido se você concordar. O RD Station não mostra os webhooks das próprias telas nem os fluxos: o que leva de lá ao Ponte, remova lá.',
  },
  send: {
    en: 'A lead that you send is created in TOTVS CRM, so the command asks first, unless both systems are simulated. In Docker the ingress is http://ingress:3000.\n\n1: the ingress refused or quarantined the delivery.\n3: it does not answer, or answered 503.',
    pt: 'Um lead enviado é criado no TOTVS CRM, por isso o comando pergunta antes, a não ser que os dois sistemas sejam simulados. No Docker a entrada é http://ingress:3000.\n\n1: a entrada recusou a entrega ou a pôs em quarentena.\n3: ela não responde, ou respondeu 503.',
  },
  rehearse: {
    en: 'Ingress and worker must run, and the webhooks of both systems be set up. The address must be new to both; a plus-address of your own will do. It takes about ten minutes.\n\nIt makes a contact, three conversions and marks in RD Station, a lead and three opportunities in TOTVS CRM: one won for R$ 0.01, one lost, one left open. Flows, notifications and reports see all of it, and a sale and a loss stay in the reports of RD Station. The rest is removed at the end, after an error and after Ctrl-C; what cannot be removed is named. Nothing else is ever changed.\n\n1: something does not hold, or an event failed.\n2: refused: a system holds something of the address that no rehearsal made, another run was cut off, you said no.\n3: a system or a webhook did not answer, or Ctrl-C.',
    pt: 'A entrada e um worker precisam estar em execução, e os webhooks dos dois sistemas, configurados. O endereço precisa ser novo nos dois; um seu com + serve. Leva uns dez minutos.\n\nCria no RD Station um contato, três conversões e marcações; no TOTVS CRM um lead e três oportunidades: uma ganha por R$ 0,01, uma perdida, uma aberta. Fluxos, avisos e relatórios veem tudo isso, e uma venda e uma perda ficam nos relatórios do RD Station. O resto é removido no fim, depois de um erro e de Ctrl-C; o que não se pode remover é citado. Nada mais é mudado.\n\n1: algo não vale, ou um evento falhou.\n2: recusado: um sistema tem algo do endereço que nenhum ensaio criou, outro ensaio foi interrompido, você disse não.\n3: um sistema ou um webhook não respondeu, ou Ctrl-C.',
  },
  reconcile: {
    en: 'May be run at any time and repeated: what has come meanwhile is not done twice. It looks back 400d at most, never before the work of Ponte for the tenant began, and passes over tenants in the shadow. A conversion is looked for once it is 15 minutes old. Only what the quota of RD Station has to spare is used, so it may take a while.\n\n0: nothing is missing, or all of it is enqueued.\n1: something could not be read, or a person has to decide.\n3: a system or Redis could not be asked.',
    pt: 'Pode ser executado a qualquer hora e repetido: o que chegou nesse meio tempo não é feito duas vezes. Olha no máximo 400d para trás, nunca antes do início do Ponte na empresa, e deixa de fora as empresas em modo sombra. Uma conversão é procurada depois de 15 minutos. Usa só a cota do RD Station que sobra, por isso pode demorar.\n\n0: nada falta, ou tudo está na fila.\n1: algo não pôde ser lido, ou alguém precisa decidir.\n3: um sistema ou o Redis não pôde ser consultado.',
  },
  preview: {
    en: 'Reads TOTVS CRM, takes no turn of a route, and reads nothing from RD Station. With a body Redis need not answer; then what Ponte has recorded of the person does not count. A custom field that TOTVS CRM does not have looks as if it were written: `ponte doctor` finds that.\n\n1: a lead would fail, a part of the body would go into quarantine, or TOTVS CRM refuses the login.\n3: TOTVS CRM does not answer; what the rules make of the lead is shown all the same.',
    pt: 'Lê o TOTVS CRM, não avança o rodízio de uma rota e não lê nada do RD Station. Com um corpo o Redis não precisa responder; o que o Ponte registrou da pessoa então não conta. Um campo personalizado que o TOTVS CRM não tem parece gravado: `ponte doctor` encontra isso.\n\n1: um lead falharia, uma parte do corpo iria para a quarentena, ou o TOTVS CRM recusa o login.\n3: o TOTVS CRM não responde; o que as regras fazem do lead aparece mesmo assim.',
  },
  compare: {
    en: 'Leaves out what came in the last 10 minutes: the other program may still be at work. Each run costs one of the 24 calls that RD Station allows a day for the funnel of a contact.\n\n0: all that was compared agrees.\n1: something differs or is not shown, or nothing could be compared.\n2: the tenant was never in the shadow.\n3: a system did not answer; what it did not answer is counted.',
    pt: 'Deixa de fora o que chegou nos últimos 10 minutos: o outro programa ainda pode estar trabalhando. Cada execução gasta uma das 24 consultas que o RD Station permite por dia ao funil de um contato.\n\n0: tudo o que foi comparado está de acordo.\n1: algo difere ou não aparece, ou nada pôde ser comparado.\n2: a empresa nunca esteve em modo sombra.\n3: um sistema não respondeu; o que ele não respondeu é contado.',
  },
  switch: {
    en: 'Run it once the package is off, at once, and as often as you like until the tenant is live; within 7 days also afterwards. The time may be written as iPaaS shows it, with the offset: "28/11/2026 14:03:00 -03:00".\n\n0: recorded, and nothing has changed since.\n1: recorded; a person should look at what is listed, or could not be read.\n2: the time cannot be used, or something is undone after a way back.\n3: nothing was recorded: TOTVS CRM did not answer, or its list cannot be trusted.',
    pt: 'Execute assim que o pacote estiver desligado, e quantas vezes quiser até a empresa entrar no ar; por 7 dias também depois. O horário pode ser escrito como o iPaaS o mostra, com a diferença: "28/11/2026 14:03:00 -03:00".\n\n0: registrado, e nada mudou desde então.\n1: registrado; alguém precisa olhar o que é listado ou não pôde ser lido.\n2: o horário não serve, ou há algo por fazer depois de uma volta.\n3: nada foi registrado: o TOTVS CRM não respondeu, ou a lista dele não é confiável.',
  },
  shadow: {
    en: 'The tenants file has to say `mode: shadow` before. Ctrl-C is safe: the workers go on, and running it again shows the rest of the way.\n\n0: the tenant is in the shadow, or the rest is sent or dropped.\n2: the file says `mode: live`, or the rest of an earlier way back is to be decided about first.\n3: Redis did not answer, or somebody else was sending, dropping or erasing.',
    pt: 'O arquivo de tenants precisa dizer `mode: shadow` antes. Ctrl-C não faz mal: os workers seguem, e executar de novo mostra o resto do caminho.\n\n0: a empresa está em modo sombra, ou o resto foi enviado ou descartado.\n2: o arquivo diz `mode: live`, ou é preciso decidir antes sobre o resto de uma volta anterior.\n3: o Redis não respondeu, ou outra pessoa estava enviando, descartando ou apagando.',
  },
  failures: {
    en: 'What another system said is shown without the words of persons. The marks of an opportunity count once, by their newest failure.',
    pt: 'O que outro sistema respondeu aparece sem as palavras de pessoas. As marcações de uma oportunidade contam uma vez, pela falha mais nova.',
  },
  retry: {
    en: 'The marks of an opportunity are retried once. Ctrl-C ends the waiting, not the events: they go on, and the board shows the rest.\n\n1: with --wait, some failed again or are still under way; without it, some were not retried.',
    pt: 'As marcações de uma oportunidade são reenviadas uma vez. Ctrl-C encerra a espera, não os eventos: eles seguem, e o painel mostra o resto.\n\n1: com --wait, algumas falharam de novo ou ainda não terminaram; sem ele, algumas não foram reenviadas.',
  },
  report: {
    en: 'Only reads Redis; the exit code is 0 also when there were failures. With --lang pt-BR the CSV has ; between columns and 1234,5, else , and 1234.5. The 40 most frequent names of a kind have a column each, all others one together.',
    pt: 'Só lê o Redis; o código de saída é 0 também quando houve falhas. Com --lang pt-BR o CSV tem ; entre as colunas e 1234,5, senão , e 1234.5. Os 40 nomes mais frequentes de um tipo têm uma coluna cada, e todos os outros uma só.',
  },
  import: {
    en: 'Use the file as RD Station exported it: Excel rounds phones, and writes dates that cannot be read. A row without a date only fills what is empty. It needs a column Email, Telefone or Celular. A row that cannot be read is named by its number, and the others go on. A worker must run.\n\n1: some rows cannot be read; all others were sent.\n2: also a tenant in the shadow.\n3: Redis or RD Station does not answer. After 3 and 130, run it again for the rest.',
    pt: 'Use o arquivo como o RD Station o exportou: o Excel arredonda telefones e grava datas que não se podem ler. Uma linha sem data só preenche o que está vazio. É preciso uma coluna Email, Telefone ou Celular. Uma linha que não se pode ler é citada pelo número, e as outras seguem. Um worker precisa estar em execução.\n\n1: algumas linhas não se podem ler; todas as outras foram enviadas.\n2: também uma empresa em modo sombra.\n3: o Redis ou o RD Station não responde. Depois de 3 e 130, execute de novo para o resto.',
  },
  erase: {
    en: 'Erase the person in RD Station and TOTVS CRM first, or their webhooks bring the data back. It cannot be undone. Backups keep the person until they expire.\n\n1: something stays that a person has to look at: a job that was running, or a quarantined delivery that cannot be read or names nobody.\n2: also where no terminal can answer, without --yes.',
    pt: 'Apague antes a pessoa no RD Station e no TOTVS CRM, senão os webhooks deles trazem os dados de volta. Não se pode desfazer. Os backups mantêm a pessoa até serem apagados.\n\n1: ficou algo que alguém precisa olhar: um job em execução, ou uma entrega em quarentena que não se pode ler ou não diz de quem é.\n2: também onde nenhum terminal pode responder, sem --yes.',
  },
  'forget-tenant': {
    en: '1: a worker is connected for the tenant or runs a job of it.\n2: the tenant is still in the tenants file.',
    pt: '1: um worker está conectado para a empresa ou executa algo dela.\n2: a empresa ainda está no arquivo de tenants.',
  },
  'rotate-key': {
    en: 'Takes the former keys from PONTE_OTHER_SECRET_KEYS. Workers may keep running.\n\n1: a secret that no key opens is named, and stays as it is.',
    pt: 'Usa as chaves anteriores de PONTE_OTHER_SECRET_KEYS. Os workers podem seguir em execução.\n\n1: um segredo que nenhuma chave abre é citado e fica como está.',
  },
  'fingerprint-key': {
    en: 'Put the line into .env in place of the one of that name, and into no log.',
    pt: 'Ponha a linha no .env no lugar da que tem esse nome, e em nenhum log.',
  },
  completion: {
    en: 'In this shell: source <(ponte completion bash). In fish: ponte completion fish | source. Where no program is called ponte, the word then stands for this command line.',
    pt: 'Neste shell: source <(ponte completion bash). No fish: ponte completion fish | source. Onde nenhum programa se chama ponte, a palavra passa a ser esta linha de comando.',
  },
})
