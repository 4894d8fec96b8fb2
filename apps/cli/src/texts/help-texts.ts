import { translated } from '@ponte/contracts'

/** The Portuguese words for values in the help, by their names in the code. */
export const placeholders: Readonly<Record<string, string>> = {
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
