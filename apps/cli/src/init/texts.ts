import { translated } from '@ponte/contracts'
import type { EnvProblem } from '@ponte/runtime'
import type { FileName } from './plan-files.ts'

interface Login {
  readonly file: string
  readonly user: string
  readonly password: string
}

export const initTexts = translated({
  en: {
    description: 'write the settings files with new secrets, or what is still missing in them; overwrites nothing',
    tenant: 'short name of the tenant to add: a-z, 0-9 and -',
    url: 'address of this installation on the Internet, for webhooks and the board',
    sandbox: 'a new tenant speaks to the sandbox at this address instead of the real systems',
    folder: 'where the files are written (default: the current folder)',
    noFolder: (folder: string) => `${folder} is not a folder.`,
    notWritable: (folder: string) =>
      `${folder} cannot be written by this user. In Docker: PONTE_RUN=docker ./ponte init`,
    tenantNeeded: 'Nobody can be asked here: name the tenant with --tenant.',
    tenantName: 'A name has 1 to 63 of a-z, 0-9 and -, and neither begins nor ends with -.',
    notYaml: 'ponte.config.yaml is not a tenants file: correct it, or move it away.',
    ask: {
      tenant: 'Short name of your company, for addresses and queues (e.g. acme):',
      url: 'Address on the Internet, e.g. https://ponte.example.com (Enter: not yet):',
      rdClientId: 'RD Station: Client ID of your app (Enter: later):',
      rdClientSecret: 'RD Station: Client Secret (not shown; Enter: later):',
      crmUsername: 'TOTVS CRM: user name of the integration (Enter: later):',
      crmPassword: 'TOTVS CRM: its password (not shown; Enter: later):',
      crmTenant: 'TOTVS CRM: company code, the third field of its login page (Enter: later):',
      defaultUser: 'TOTVS CRM: e-mail of the default user for leads (Enter: later; discover lists them):',
    },
    noReference: 'This value cannot hold ${…}: type the value itself.',
    problems: {
      statement: () => 'this is not NAME=value. Nothing was written.',
      quote: (name: string) => `the quote of ${name} has no end. Nothing was written.`,
      twice: (name: string) => `${name} is set twice: remove one of the lines. Nothing was written.`,
      braces: () =>
        'what stands in ${…} cannot be replaced: put the value in single quotes to keep it as it is. Nothing was written.',
      missing: (name: string) => `it needs a value for ${name}. Nothing was written.`,
    } satisfies Readonly<Record<EnvProblem, (name: string) => string>>,
    cannotBeWritten:
      'A value may have no line break. Put such a secret into a file: ${file:/path} (docs/configuration.md).',
    outcome: {
      written: (file: FileName) => `✓ ${file}: written`,
      completed: (file: FileName) => `✓ ${file}: completed; what was there is kept`,
      kept: (file: FileName) => `· ${file}: kept as it is`,
    },
    access: {
      narrowed: (file: string) => `✓ ${file}: others could read it; now only its owner can (mode 600)`,
      open: (file: string) =>
        `! ${file}: others can read it, and this user or the file system does not let that be changed. As its owner run: chmod 600 ${file}`,
    },
    otherUrl: 'BOARD_PUBLIC_URL in .env has another address and keeps it: change it there.',
    missing: 'Still missing:',
    boardLogin: ({ file, user, password }: Login) => `The board's login stands in ${file}: ${user}, ${password}.`,
    again: 'Write them there, or run init again in a terminal. `ponte doctor` checks all of it.',
    changed: 'A file was changed while the questions were answered. Nothing was written: run it again.',
    discover: (tenant: string) =>
      `Next: \`ponte discover --tenant ${tenant} --write\` finds the variables in TOTVS CRM. No process starts without them.`,
    next: 'Next: start Ponte, then `ponte doctor` (docs/installing.md).',
  },
  'pt-BR': {
    description:
      'grava os arquivos de configuração com segredos novos, ou o que ainda falta neles; não sobrescreve nada',
    tenant: 'nome curto da empresa (tenant) a incluir: a-z, 0-9 e -',
    url: 'endereço desta instalação na Internet, para os webhooks e o painel',
    sandbox: 'a empresa nova fala com o sandbox deste endereço em vez dos sistemas reais',
    folder: 'onde os arquivos são gravados (padrão: a pasta atual)',
    noFolder: folder => `${folder} não é uma pasta.`,
    notWritable: folder => `Este usuário não pode gravar em ${folder}. No Docker: PONTE_RUN=docker ./ponte init`,
    tenantNeeded: 'Aqui ninguém pode responder: indique a empresa com --tenant.',
    tenantName: 'Um nome tem de 1 a 63 caracteres de a-z, 0-9 e -, e não começa nem termina com -.',
    notYaml: 'ponte.config.yaml não é um arquivo de tenants: corrija-o ou tire-o dali.',
    ask: {
      tenant: 'Nome curto da sua empresa, para endereços e filas (ex.: acme):',
      url: 'Endereço na Internet, ex.: https://ponte.example.com (Enter: ainda não):',
      rdClientId: 'RD Station: Client ID do seu aplicativo (Enter: depois):',
      rdClientSecret: 'RD Station: Client Secret (não aparece; Enter: depois):',
      crmUsername: 'TOTVS CRM: nome do usuário da integração (Enter: depois):',
      crmPassword: 'TOTVS CRM: a senha dele (não aparece; Enter: depois):',
      crmTenant: 'TOTVS CRM: código da empresa, o terceiro campo do login (Enter: depois):',
      defaultUser: 'TOTVS CRM: e-mail do usuário padrão dos leads (Enter: depois; discover os lista):',
    },
    noReference: 'Este valor não pode conter ${…}: digite o próprio valor.',
    problems: {
      statement: () => 'isto não é NOME=valor. Nada foi gravado.',
      quote: name => `as aspas de ${name} não fecham. Nada foi gravado.`,
      twice: name => `${name} aparece duas vezes: tire uma das linhas. Nada foi gravado.`,
      braces: () =>
        'o que está em ${…} não pode ser substituído: ponha o valor entre aspas simples para mantê-lo. Nada foi gravado.',
      missing: name => `falta um valor para ${name}. Nada foi gravado.`,
    },
    cannotBeWritten:
      'Um valor não pode ter quebra de linha. Ponha um segredo assim em um arquivo: ${file:/caminho} (docs/configuration.md).',
    outcome: {
      written: file => `✓ ${file}: gravado`,
      completed: file => `✓ ${file}: completado; o que estava lá foi mantido`,
      kept: file => `· ${file}: mantido como está`,
    },
    access: {
      narrowed: file => `✓ ${file}: outros podiam lê-lo; agora só o dono pode (modo 600)`,
      open: file =>
        `! ${file}: outros podem lê-lo, e este usuário ou o sistema de arquivos não deixa mudar isso. Como o dono, execute: chmod 600 ${file}`,
    },
    otherUrl: 'BOARD_PUBLIC_URL no .env tem outro endereço, que foi mantido: mude-o lá.',
    missing: 'Ainda falta:',
    boardLogin: ({ file, user, password }) => `O login do painel está em ${file}: ${user}, ${password}.`,
    again: 'Escreva nesses arquivos, ou execute o init de novo em um terminal. O `ponte doctor` verifica tudo.',
    changed: 'Um arquivo mudou enquanto as perguntas eram respondidas. Nada foi gravado: rode de novo.',
    discover: tenant =>
      `A seguir: \`ponte discover --tenant ${tenant} --write\` descobre as variáveis no TOTVS CRM. Sem elas, nenhum processo inicia.`,
    next: 'A seguir: inicie o Ponte, depois `ponte doctor` (docs/installing.pt-BR.md).',
  },
})
