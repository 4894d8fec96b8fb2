import { z } from 'zod'

/** What is wrong with the rules of a tenant. `what`: the value in quotes. */
export const ruleProblemWords = {
  en: {
    meant: (name: string) => `; did you mean ${name}?`,
    among: (names: readonly string[]) => `; there are: ${names.join(', ')}`,
    sourceUnknown: (what: string) => `${what} is not a source that Ponte knows`,
    targetForm: (what: string) =>
      `${what} is no target; write lead.<member>, opportunity.<member>, lead.customFields.<name> or opportunity.customFields.<name>`,
    targetMisspelled: (what: string) => `${what} is no target that TOTVS CRM is known to have`,
    targetRenamed: (what: string, name: string) => `${what} is called ${name} in TOTVS CRM`,
    targetOfPonte: (what: string) => `${what} is written by Ponte alone`,
    targetElsewhere: (what: string, instead: string) => `${what} is not written by a rule; use ${instead}`,
    targetOfStatus: (what: string) =>
      `${what} is the field for failed marks (statusRd.field), which Ponte alone writes; use another one`,
    targetOfMember: (what: string) =>
      `${what} has the name of a member of the record, beside which custom fields stand here (totvsCrm.customFields: flat)`,
    updateOfOpportunity: (what: string) =>
      `${what} belongs to an opportunity, which Ponte never updates; only leads are`,
    updateOfNothing: (what: string) => `nothing writes ${what}`,
    updateTwice: (what: string) => `${what} stands there twice, with and without "lead."`,
    nameTaken: (what: string, place: string) => `${what} is also the name of ${place}; give each its own`,
    filterEmpty: 'has no key, so that it would match every lead; say at least one',
    fieldEmpty: 'names no place; name one, or leave field out',
    thenEmpty: 'says nothing; there are: pipeline, stage, type, owner, ownerFromRdStation',
    impossibleName: 'the name __proto__ cannot be used',
  },
  'pt-BR': {
    meant: (name: string) => `; você quis dizer ${name}?`,
    among: (names: readonly string[]) => `; existem: ${names.join(', ')}`,
    sourceUnknown: (what: string) => `${what} não é uma origem que o Ponte conhece`,
    targetForm: (what: string) =>
      `${what} não é um destino; escreva lead.<membro>, opportunity.<membro>, lead.customFields.<nome> ou opportunity.customFields.<nome>`,
    targetMisspelled: (what: string) => `${what} não é um destino conhecido do TOTVS CRM`,
    targetRenamed: (what: string, name: string) => `${what} se chama ${name} no TOTVS CRM`,
    targetOfPonte: (what: string) => `${what} só é escrito pelo próprio Ponte`,
    targetElsewhere: (what: string, instead: string) => `${what} não é escrito por uma regra; use ${instead}`,
    targetOfStatus: (what: string) =>
      `${what} é o campo das marcações que falharam (statusRd.field), que só o Ponte escreve; use outro`,
    targetOfMember: (what: string) =>
      `${what} tem o nome de um membro do registro, ao lado do qual ficam aqui os campos personalizados (totvsCrm.customFields: flat)`,
    updateOfOpportunity: (what: string) =>
      `${what} pertence a uma oportunidade, que o Ponte nunca atualiza; só leads são atualizados`,
    updateOfNothing: (what: string) => `nada escreve ${what}`,
    updateTwice: (what: string) => `${what} aparece duas vezes, com e sem "lead."`,
    nameTaken: (what: string, place: string) => `${what} também é o nome de ${place}; dê a cada um o seu`,
    filterEmpty: 'não tem nenhuma chave e corresponderia a todos os leads; indique pelo menos uma',
    fieldEmpty: 'não indica nenhum lugar; indique um ou retire field',
    thenEmpty: 'não diz nada; existem: pipeline, stage, type, owner, ownerFromRdStation',
    impossibleName: 'o nome __proto__ não pode ser usado',
  },
} as const satisfies Record<ProblemLanguage, object>

/** The languages of the messages about a configuration. */
export type ProblemLanguage = 'en' | 'pt-BR'

/** Messages for problems that no schema describes. */
export const problemWords = {
  en: {
    notSet: 'is not set',
    notDerived: 'is not set, and there is no PONTE_SECRET_KEY of 32 bytes to derive it from',
    otherKey: (tenant: string) =>
      `what Redis holds of ${tenant} was written with another key; set that one in every process (docs/operating/care.md#the-fingerprint-key)`,
    file: '(file)',
    fileUnreadable: (path: string) => `the file ${path} cannot be read`,
    fileNotWritable: (path: string, code: string) =>
      `the file ${path} cannot be written (${code}); put the values into it by hand`,
    fileNotEditable: (path: string) =>
      `${path} shares these settings between tenants (&name and *name); put the values into it by hand`,
    variableNotSet: (name: string) => `the variable ${name} is not set`,
    referenceElsewhere:
      'holds ${…}, which is read only where a secret belongs (webhook tokens, credentials, webhookUrl); write the value itself',
    referenceNotWritten: 'is not written: the value holds ${…}, which would be read as a reference to a secret',
    tenantName: 'use 1 to 63 of a-z, 0-9 and "-" as the name',
    tokenShort: (least: number) =>
      `has fewer than ${least} characters and can be guessed; make one with openssl rand -hex 32`,
    tokenShared: (other: string) => `has a token that ${other} has as well; give each source a token of its own`,
    plainHttp: (system: string) =>
      `must be an https address; if credentials may cross the network in clear, set insecure: true in ${system}`,
    secretFileUnreadable: (path: string) => `the file ${path} is missing, empty, too long or cannot be read`,
    yamlUnreadable: ({ line, column, code }: { line: number; column: number; code: string }) =>
      `is no YAML: line ${line}, column ${column} (${code})`,
    aliasUnreadable: 'is no YAML that can be read: look at its aliases (*name)',
    settingUnknown: (names: readonly string[]) =>
      `has no setting called ${names.join(', ')} (of an unknown name only the beginning and the length are shown: it may be a secret at a wrong place)`,
    settingMisspelled: (names: readonly string[]) => `has no setting called ${names.join(', ')}`,
    bareVariable: 'inside { … } a variable has to stand in quotes: { clientId: "${NAME}" }',
  },
  'pt-BR': {
    notSet: 'não está definida',
    notDerived: 'não está definida, e não há uma PONTE_SECRET_KEY de 32 bytes da qual derivá-la',
    otherKey: (tenant: string) =>
      `o que o Redis guarda de ${tenant} foi gravado com outra chave; configure aquela em todos os processos (docs/operating/care.pt-BR.md#a-chave-dos-hashes)`,
    file: '(arquivo)',
    fileUnreadable: (path: string) => `o arquivo ${path} não pode ser lido`,
    fileNotWritable: (path: string, code: string) =>
      `não foi possível gravar o arquivo ${path} (${code}); coloque os valores nele à mão`,
    fileNotEditable: (path: string) =>
      `${path} compartilha essas configurações entre tenants (&nome e *nome); coloque os valores nele à mão`,
    variableNotSet: (name: string) => `a variável ${name} não está definida`,
    referenceElsewhere:
      'contém ${…}, que só é lido onde cabe um segredo (tokens de webhook, credenciais, webhookUrl); escreva o próprio valor',
    referenceNotWritten: 'não é gravado: o valor contém ${…}, que seria lido como referência a um segredo',
    tenantName: 'use no nome de 1 a 63 caracteres de a-z, 0-9 e "-"',
    tokenShort: (least: number) =>
      `tem menos de ${least} caracteres e pode ser adivinhado; crie um com openssl rand -hex 32`,
    tokenShared: (other: string) => `tem um token que ${other} também tem; dê a cada origem o seu próprio`,
    plainHttp: (system: string) =>
      `deve ser um endereço https; se as credenciais podem passar abertas pela rede, defina insecure: true em ${system}`,
    secretFileUnreadable: (path: string) =>
      `o arquivo ${path} não existe, está vazio, é longo demais ou não pode ser lido`,
    yamlUnreadable: ({ line, column, code }: { line: number; column: number; code: string }) =>
      `não é YAML: linha ${line}, coluna ${column} (${code})`,
    aliasUnreadable: 'não é um YAML legível: confira os aliases (*nome)',
    settingUnknown: (names: readonly string[]) =>
      `não tem uma configuração chamada ${names.join(', ')} (de um nome desconhecido só se mostram o começo e o tamanho: pode ser um segredo no lugar errado)`,
    settingMisspelled: (names: readonly string[]) => `não tem uma configuração chamada ${names.join(', ')}`,
    bareVariable: 'dentro de { … } uma variável precisa de aspas: { clientId: "${NOME}" }',
  },
} as const satisfies Record<ProblemLanguage, object>

/** The parse options of a schema: the library's own messages in that language. */
export const wordsOfLibrary = (language: ProblemLanguage) =>
  language === 'en' ? {} : { error: z.locales.ptBR().localeError }

/** A message in this language: English for the schemas' own messages, which are translated where a translation exists. */
export const wordsOfSchema = (message: string, language: ProblemLanguage): string =>
  language === 'en' ? message : (portuguese[message] ?? message)

/** The messages of the process settings and of the tenants file. A test finds those that are missing. */
const portuguese: Readonly<Record<string, string>> = {
  'must be an address such as redis://127.0.0.1:6379': 'deve ser um endereço como redis://127.0.0.1:6379',
  'must have nothing behind the port but the number of a database, as in redis://127.0.0.1:6379/1':
    'não pode ter nada depois da porta além do número de um banco, como em redis://127.0.0.1:6379/1',
  'must be addresses such as redis-1:6379,redis-2:6379': 'deve ter endereços como redis-1:6379,redis-2:6379',
  'must be set, exactly one of the three; none is': 'defina exatamente uma das três; nenhuma está definida',
  'must be set, exactly one of the three; several are': 'defina exatamente uma das três; há mais de uma definida',
  'must be set, because REDIS_SENTINELS is': 'deve estar definida, porque REDIS_SENTINELS está',
  'must name the tenants file': 'deve indicar o arquivo de tenants',
  'must be 32 bytes, as base64 or 64 hex digits': 'deve ter 32 bytes, em base64 ou 64 dígitos hexadecimais',
  'must name the board user': 'deve indicar o usuário do painel',
  'must have at least 8 characters': 'deve ter pelo menos 8 caracteres',
  'must be the name of a time zone such as America/Sao_Paulo':
    'deve ser o nome de um fuso horário, como America/Sao_Paulo',
  'must be an http(s) address': 'deve ser um endereço http(s)',
  'must be an address such as smtps://user:pass@host': 'deve ser um endereço como smtps://usuario:senha@servidor',
  'must be an address such as https://ponte.example.com': 'deve ser um endereço como https://ponte.example.com',
  'must have no path, query or login': 'não pode ter caminho, parâmetros nem login',
  'must begin with https://, unless it is on this machine': 'deve começar com https://, a não ser nesta máquina',
  'must be addresses or ranges such as 10.0.0.0/8, or "loopback"':
    'deve ter endereços ou faixas como 10.0.0.0/8, ou "loopback"',
  'must differ from BOARD_USER, because the audit trail names both':
    'deve ser diferente de BOARD_USER, porque a trilha de auditoria cita os dois',
  'must not be empty': 'não pode ficar em branco',
  'is not known yet: `ponte discover` finds it': 'ainda não é conhecido: o `ponte discover` descobre',
  'must start with "/"': 'deve começar com "/"',
  'must be a regular expression': 'deve ser uma expressão regular',
  'must be a token, or a list of one or two': 'deve ser um token, ou uma lista de um ou dois',
  'must be a time with its offset, such as 2026-11-01T00:00:00-03:00':
    'deve ser um horário com o fuso, como 2026-11-01T00:00:00-03:00',
  'must be the e-mail address of a user of TOTVS CRM': 'deve ser o endereço de e-mail de um usuário do TOTVS CRM',
  'must not be shorter than everyMinutes, or nobody looks at the time between':
    'não pode ser menor que everyMinutes, senão ninguém confere o tempo que fica entre um e outro',
  'name at least one tenant': 'indique pelo menos um tenant',
  'must be a shard such as 2/8 (the second of eight), or names of tenants, separated by commas':
    'deve ser uma parte como 2/8 (a segunda de oito), ou nomes de tenants, separados por vírgulas',
}
