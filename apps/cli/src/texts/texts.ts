import { type Language, translated, bilingual } from '@ponte/contracts'
import { apiTexts, helpTexts, errorTexts } from './help-texts.ts'
import { compareTexts, switchTexts, shadowTexts } from './shadow-texts.ts'
import { connectTexts } from '../connect/texts.ts'
import { discoverTexts } from '../discover/texts.ts'
import { eraseTexts, forgetTenantTexts } from '../erase/texts.ts'
import { failuresTexts } from '../failures/texts.ts'
import { importTexts } from '../import/texts.ts'
import { initTexts } from '../init/texts.ts'
import { reconcileTexts } from '../reconcile/texts.ts'
import { rehearseTexts } from '../rehearse/texts.ts'
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

const doctorTexts = bilingual({
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

/** What `report` says; the names of its figures are those of the board, in `@ponte/operations`. */
const reportTexts = translated({
  en: {
    description:
      'say what became of the events of a period: leads, opportunities, sales, losses, failures, times, quotas',
    since: 'the last 24 hours, 7 days or 30 days, with the current hour or day',
    csv: 'print CSV that a spreadsheet opens, a row for each hour or day and a column for each figure',
    allTenants: 'All tenants',
    nothing: 'Nothing was counted. Events count from the day on which they run with this version of Ponte.',
    columns: {
      leadsCreated: 'New leads',
      opportunities: 'Opportunities',
      sales: 'Sales',
      saleValue: 'Value',
      losses: 'Losses',
      failures: 'Failures',
    },
    busiest: (when: string, share: string) => `most: ${share}, ${when}`,
    more: (count: number) => `and ${count} more: --csv lists all`,
  },
  'pt-BR': {
    description:
      'diz o que foi feito dos eventos de um período: leads, oportunidades, vendas, perdas, falhas, tempos, cotas',
    since: 'as últimas 24 horas, os últimos 7 ou 30 dias, com a hora ou o dia atual',
    csv: 'imprime um CSV que uma planilha abre, uma linha para cada hora ou dia e uma coluna para cada indicador',
    allTenants: 'Todas as empresas',
    nothing: 'Nada foi contado. Os eventos contam a partir do dia em que são executados com esta versão do Ponte.',
    columns: {
      leadsCreated: 'Leads novos',
      opportunities: 'Oportunidades',
      sales: 'Vendas',
      saleValue: 'Valor',
      losses: 'Perdas',
      failures: 'Falhas',
    },
    busiest: (when, share) => `maior uso: ${share}, ${when}`,
    more: count => `e mais ${count}: --csv lista todos`,
  },
})

/** A command line follows each. */
const npmTexts = translated({
  en: {
    kept: (options: string): string =>
      `npm took ${options} for itself, and the command would run without. Nothing was done. Write:`,
    'own-lines': (_options: string): string =>
      'npm writes lines of its own before this output. Nothing was done. Write:',
  },
  'pt-BR': {
    kept: options => `O npm ficou com ${options}, e o comando rodaria sem isso. Nada foi feito. Escreva:`,
    'own-lines': _options => 'O npm escreve linhas próprias antes desta saída. Nada foi feito. Escreva:',
  },
})

const passwordTexts = translated({
  en: {
    description: 'make the hash of a password for BOARD_ACCOUNTS; reads it from stdin, or hidden from the terminal',
    prompt: 'Password:',
    noArgument: 'Do not pass a password as an argument: shell histories keep arguments.',
    tooShort: (least: number) => `A password needs at least ${least} characters.`,
    token: 'make a token of the API and its hash instead',
    newToken: (token: string) => `The token, shown only now: ${token}`,
    newHash: (hash: string) => `Its hash, for \`tokens\` in the file of BOARD_ACCOUNTS: '${hash}'`,
  },
  'pt-BR': {
    description:
      'gera o hash de uma senha para o BOARD_ACCOUNTS; lê a senha da entrada padrão ou, sem mostrá-la, do terminal',
    prompt: 'Senha:',
    noArgument: 'Não passe uma senha como argumento: os históricos do shell guardam argumentos.',
    tooShort: least => `Uma senha precisa de ao menos ${least} caracteres.`,
    token: 'gera, em vez disso, um token da API e o seu hash',
    newToken: token => `O token, mostrado só agora: ${token}`,
    newHash: hash => `O hash dele, para \`tokens\` no arquivo do BOARD_ACCOUNTS: '${hash}'`,
  },
})

const completionTexts = translated({
  en: {
    description: 'print what a shell reads at its start to complete `ponte` with the Tab key',
    shell: 'bash, zsh or fish',
  },
  'pt-BR': {
    description: 'imprime o que um shell lê ao iniciar para completar `ponte` com a tecla Tab',
    shell: 'bash, zsh ou fish',
  },
})

const sendTexts = translated({
  en: {
    description: 'post an example delivery to the ingress; it is processed like a real one',
    file: 'a file, or the name of an example (see --list)',
    url: 'address of the ingress (default: INGRESS_HOST and INGRESS_PORT)',
    event: (events: string) => `what happened: ${events}`,
    opportunity: 'id of an opportunity in TOTVS CRM',
    list: 'list the examples',
    opportunityNeeded: (event: string) => `--event ${event} needs --opportunity ID.`,
    opportunityUnusable: '--opportunity is not an id of TOTVS CRM.',
    fileUnreadable: (file: string) => `${file} is neither an example nor a readable file.`,
    consent: ({ tenant, crm, rd, isLead }: { tenant: string; crm: string; rd: string; isLead: boolean }) =>
      isLead
        ? `This creates or changes a lead in the real TOTVS CRM of ${tenant} (${crm}), and opens its opportunity. Send it?`
        : `This has the opportunity marked in the real RD Station of ${tenant} (${rd}). Send it?`,
    notReachable: (url: string) => `Nothing answers at ${url}.`,
    duplicates: (count: number, isLead: boolean) =>
      `${counted('en', count, 'event was', 'events were')} sent before, in the last 7 days, and will not be processed again. If it failed, retry it with ponte retry CODE. To send it as a new event, change ${isLead ? 'the time of the conversion (event_timestamp; in "leads", event_uuid or last_conversion.created_at)' : 'eventId'} in a copy of the file.`,
  },
  'pt-BR': {
    description: 'envia uma entrega de exemplo à entrada; ela é processada como uma verdadeira',
    file: 'um arquivo, ou o nome de um exemplo (veja --list)',
    url: 'endereço da entrada (padrão: INGRESS_HOST e INGRESS_PORT)',
    event: events => `o que aconteceu: ${events}`,
    opportunity: 'id de uma oportunidade no TOTVS CRM',
    list: 'lista os exemplos',
    opportunityNeeded: event => `--event ${event} precisa de --opportunity ID.`,
    opportunityUnusable: '--opportunity não é um id do TOTVS CRM.',
    fileUnreadable: file => `${file} não é um exemplo nem um arquivo legível.`,
    consent: ({ tenant, crm, rd, isLead }) =>
      isLead
        ? `Isto cria ou altera um lead no TOTVS CRM real de ${tenant} (${crm}) e abre a oportunidade dele. Enviar?`
        : `Isto faz marcar a oportunidade no RD Station real de ${tenant} (${rd}). Enviar?`,
    notReachable: url => `Nada responde em ${url}.`,
    duplicates: (count, isLead) =>
      `${counted('pt-BR', count, 'evento já foi enviado', 'eventos já foram enviados')} nos últimos 7 dias: nada mais é feito. Se falhou, reenvie com ponte retry CÓDIGO. Para enviar como evento novo, mude ${isLead ? 'o horário da conversão (event_timestamp; em "leads", event_uuid ou last_conversion.created_at)' : 'eventId'} em uma cópia do arquivo.`,
  },
})

/** What `rotate-key` and `fingerprint-key` say. */
const keyTexts = translated({
  en: {
    rotateKey: 'encrypt the secrets in Redis again, with the current PONTE_SECRET_KEY',
    resealed: ({ count, dryRun }: { count: number; dryRun: boolean }) =>
      `${counted('en', count, 'secret', 'secrets')} ${dryRun ? 'would be encrypted again' : 'encrypted again'}`,
    current: (count: number) => `${counted('en', count, 'secret', 'secrets')} already encrypted with this key`,
    unreadable: (key: string) =>
      `${key} was encrypted with a key that is neither PONTE_SECRET_KEY nor one of PONTE_OTHER_SECRET_KEYS. Add that key and run the command again, or connect the tenant again.`,
    done: 'You can empty PONTE_OTHER_SECRET_KEYS once every process runs with this PONTE_SECRET_KEY.',
    fingerprintKey: 'print the line for .env with the fingerprint key that Redis uses: a secret',
    adopt: 'use the configured key from now on; what was stored under the former one is no longer found',
    noKey: (tenant: string) =>
      `The data of ${tenant} in Redis uses a fingerprint key that is not among the configured ones. Configure that key; if it is lost, stop all processes and run \`ponte fingerprint-key --adopt\`.`,
    workerConnected: (tenant: string) => `A worker for "${tenant}" is connected: stop all workers first.`,
    adopted: (tenants: number) =>
      `${counted('en', tenants, 'tenant uses', 'tenants use')} the configured key from now on.`,
  },
  'pt-BR': {
    rotateKey: 'cifra de novo os segredos do Redis, com a PONTE_SECRET_KEY atual',
    resealed: ({ count, dryRun }) =>
      dryRun
        ? counted('pt-BR', count, 'segredo seria cifrado de novo', 'segredos seriam cifrados de novo')
        : counted('pt-BR', count, 'segredo cifrado de novo', 'segredos cifrados de novo'),
    current: count => counted('pt-BR', count, 'segredo já usava esta chave', 'segredos já usavam esta chave'),
    unreadable: key =>
      `${key} foi cifrado com uma chave que não é a PONTE_SECRET_KEY nem uma das PONTE_OTHER_SECRET_KEYS. Inclua essa chave e execute o comando de novo, ou conecte a empresa outra vez.`,
    done: 'Você pode esvaziar a PONTE_OTHER_SECRET_KEYS quando todos os processos usarem esta PONTE_SECRET_KEY.',
    fingerprintKey: 'mostra a linha do .env com a chave dos hashes usada no Redis: um segredo',
    adopt: 'passa a usar a chave configurada; o que foi guardado com a anterior não é mais encontrado',
    noKey: tenant =>
      `Os dados de ${tenant} no Redis usam uma chave dos hashes que não está entre as configuradas. Configure essa chave; se ela se perdeu, pare todos os processos e execute \`ponte fingerprint-key --adopt\`.`,
    workerConnected: tenant => `Há um worker conectado para "${tenant}": antes, pare todos os workers.`,
    adopted: tenants =>
      counted(
        'pt-BR',
        tenants,
        'empresa usa a chave configurada a partir de agora.',
        'empresas usam a chave configurada a partir de agora.',
      ),
  },
})

const previewTexts = translated({
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

const statusTexts = translated({
  en: {
    description: 'show the connections, what waits and what failed',
    connected: 'connected',
    since: (time: string) => `since ${time}`,
    noWorker: 'no worker connected: start one',
    queuePaused: (queue: string) => `${queue}: paused by somebody; resume it on the board`,
    waiting: ({ waiting, delayed, age }: { waiting: number; delayed: number; age: string | undefined }) =>
      [
        `${waiting} waiting`,
        ...(age === undefined ? [] : [`oldest: ${age} ago`]),
        ...(delayed === 0 ? [] : [`${delayed} delayed`]),
      ].join(' · '),
    failed: (count: number) => `${counted('en', count, 'event', 'events')} failed:`,
    quiet: (tenants: readonly string[]) =>
      `${counted('en', tenants.length, 'tenant', 'tenants')} up to date: ${tenants.join(', ')}`,
    untried: (tenants: readonly string[]) =>
      `${counted('en', tenants.length, 'tenant', 'tenants')} without an answered call yet (ponte doctor): ${tenants.join(', ')}`,
    unreadable: 'Redis did not answer; the status is unknown.',
    seeFailures: 'What happened and what to do: ponte failures',
  },
  'pt-BR': {
    description: 'mostra as conexões, o que aguarda e o que falhou',
    connected: 'conectado',
    since: time => `desde ${time}`,
    noWorker: 'nenhum worker conectado: inicie um',
    queuePaused: queue => `${queue}: em pausa por alguém; retome no painel`,
    waiting: ({ waiting, delayed, age }) =>
      [
        `${waiting} aguardando`,
        ...(age === undefined ? [] : [`mais antigo há ${age}`]),
        ...(delayed === 0 ? [] : [counted('pt-BR', delayed, 'adiado', 'adiados')]),
      ].join(' · '),
    failed: count => counted('pt-BR', count, 'evento falhou:', 'eventos falharam:'),
    quiet: tenants => `${counted('pt-BR', tenants.length, 'empresa', 'empresas')} em dia: ${tenants.join(', ')}`,
    untried: tenants =>
      `${counted('pt-BR', tenants.length, 'empresa', 'empresas')} sem nenhuma chamada respondida ainda (ponte doctor): ${tenants.join(', ')}`,
    unreadable: 'O Redis não respondeu; a situação é desconhecida.',
    seeFailures: 'O que aconteceu e o que fazer: ponte failures',
  },
})

const textsIn = (language: Language) => ({
  api: apiTexts[language],
  help: helpTexts[language],
  errors: errorTexts[language],
  npm: npmTexts[language],
  doctor: doctorTexts[language],
  discover: discoverTexts[language],
  status: statusTexts[language],
  connect: connectTexts[language],
  send: sendTexts[language],
  preview: previewTexts[language],
  compare: compareTexts[language],
  shadow: shadowTexts[language],
  switch: switchTexts[language],
  failures: failuresTexts[language],
  reconcile: reconcileTexts[language],
  rehearse: rehearseTexts[language],
  report: reportTexts[language],
  password: passwordTexts[language],
  erase: eraseTexts[language],
  forgetTenant: forgetTenantTexts[language],
  keys: keyTexts[language],
  import: importTexts[language],
  init: initTexts[language],
  completion: completionTexts[language],
})

/** Everything that the command line says, in one language. */
export type Texts = ReturnType<typeof textsIn>

export const textsOf: Readonly<Record<Language, Texts>> = { en: textsIn('en'), 'pt-BR': textsIn('pt-BR') }
