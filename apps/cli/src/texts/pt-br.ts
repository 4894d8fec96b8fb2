import { counted } from '@ponte/runtime'
import type { Texts } from './en.ts'

const newToken = 'Crie outro com `openssl rand -hex 32` e liste-o antes do antigo até que o remetente use o novo.'

/** O que está no lugar de um valor. */
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
  event: 'evento',
  id: 'id',
}

/** O que a linha de comando diz, em português. */
export const ptBr: Texts = {
  program: {
    description: 'Verifica, conecta, experimenta e conserta uma instalação do Ponte.',
    usage: 'Uso:',
    options: 'Opções:',
    commands: 'Comandos:',
    arguments: 'Argumentos:',
    placeholder: name => placeholders[name] ?? name,
    help: 'mostra esta ajuda',
    byDefault: value => `padrão: ${value}`,
    lang: 'idioma dos textos: en ou pt-BR (padrão: o de LC_ALL, LC_MESSAGES ou LANG)',
    json: 'imprime um documento JSON em vez de texto',
    tenant: 'só este tenant (padrão: todos)',
    theTenant: 'o tenant; pode ser omitido quando há um só',
    dryRun: 'apenas mostra o que seria feito',
    environment: `
Usa as mesmas variáveis de ambiente que os processos do Ponte: REDIS_URL, PONTE_CONFIG, PONTE_SECRET_KEY.

Códigos de saída:
  0  tudo em ordem
  1  encontrou problemas, ou não pôde fazer tudo
  2  a linha de comando ou a configuração não pode ser usada
  3  o Redis, uma API ou a entrada não responde`,
    examples: 'Exemplos:',
  },
  usageError(code, message) {
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
  tenantUnknown: (name, names) => `Não há tenant "${name}". Existem: ${names}.`,
  tenantNeeded: names => `Escolha um tenant com --tenant. Existem: ${names}.`,
  redisUnreachable: 'O Redis não responde no endereço de REDIS_URL.',
  urlUnusable: url => `"${url}" não é um endereço como https://ponte.acme.example.`,
  doctor: {
    description: 'verifica a configuração de cada tenant: o que está errado e o que fazer',
    url: 'envia também uma entrega vazia à entrada neste endereço, com cada token, e procura o endereço entre os webhooks do RD Station',
    installation: 'instalação',
    checking: tenant => `${tenant}: verificando…`,
    fine: 'em ordem',
    seePage: (solution, page) => `${solution} Mais: ${page}`,
    refusedReads: {
      CRM_REJECTED: facts =>
        `Compare ${facts('setting')} e totvsCrm.integrationPath com os endereços do seu TOTVS CRM.`,
      RD_REJECTED: () =>
        'Corrija rdStation.baseUrl e rdStation.tokenUrl; veja se nenhum proxy responde no lugar deles.',
    },
    summary: ({ checks, problems, unknown, skipped }) =>
      [
        `${counted('pt-BR', checks, 'verificação', 'verificações')}: ${problems === 0 ? 'nenhum problema' : counted('pt-BR', problems, 'problema', 'problemas')}`,
        ...(unknown === 0 ? [] : [counted('pt-BR', unknown, 'não verificável', 'não verificáveis')]),
        ...(skipped === 0 ? [] : [counted('pt-BR', skipped, 'não verificada', 'não verificadas')]),
      ].join(', '),
    problems: {
      REDIS_UNREACHABLE: {
        what: () => 'O Redis não responde no endereço de REDIS_URL.',
        remedy: () => 'Inicie o Redis ou corrija REDIS_URL (servidor, porta, senha, rediss:// para TLS).',
      },
      REDIS_PERSISTENCE_WEAK: {
        what: facts => `O Redis pode perder eventos já confirmados: tem ${facts('found')}.`,
        remedy: facts => `Defina ${facts('wanted')} no redis.conf (ou com CONFIG SET e CONFIG REWRITE).`,
      },
      REDIS_EVICTS: {
        what: facts => `O Redis pode descartar eventos quando a memória acaba: tem ${facts('found')}.`,
        remedy: facts => `Defina ${facts('wanted')} no redis.conf (ou com CONFIG SET e CONFIG REWRITE).`,
      },
      FINGERPRINT_KEY_OTHER: {
        what: () =>
          'A PONTE_FINGERPRINT_KEY, ou a PONTE_SECRET_KEY de que ela deriva, não é a dos workers: o que eles gravaram não é encontrado com ela.',
        remedy: () =>
          'Configure aqui as chaves dos workers; se uma se perdeu: docs/operating/care/secret-key.pt-BR.md.',
      },
      SECRET_KEY_OTHER: {
        what: () =>
          'A PONTE_SECRET_KEY não abre os tokens do RD Station que os workers guardam: não é a deles. Nada foi renovado.',
        remedy: () =>
          'Configure aqui a PONTE_SECRET_KEY dos workers, ou a anterior em PONTE_OTHER_SECRET_KEYS. Se ela se perdeu: docs/operating/care/secret-key.pt-BR.md.',
      },
      WEBHOOK_TOKEN_SHORT: {
        what: facts => `O token ${facts('setting')} tem menos de ${facts('wanted')} caracteres e pode ser adivinhado.`,
        remedy: () => newToken,
      },
      WEBHOOK_TOKEN_MONOTONOUS: {
        what: facts => `O token ${facts('setting')} varia pouco e pode ser adivinhado.`,
        remedy: () => newToken,
      },
      CRM_LOGIN_ADDRESS_WRONG: {
        what: facts => `Nada do TOTVS CRM responde em ${facts('url')}: a resposta ao login foi ${facts('status')}.`,
        remedy: () => 'Corrija totvsCrm.baseUrl ou totvsCrm.loginPath; veja se nenhum proxy responde no lugar dele.',
      },
      CRM_ID_NOT_FOUND: {
        what: facts => `O TOTVS CRM não conhece o id ${facts('value')} de variables.${facts('variable')}.`,
        remedy: () =>
          'Copie o id do TOTVS CRM para a variável e reinicie os workers. Os valores padrão são só exemplos.',
      },
      CRM_STAGE_OUTSIDE_PIPELINE: {
        what: facts => `A etapa "${facts('value')}" não é do pipeline de variables.totvs_crm_pipeline.`,
        remedy: () => 'Indique em variables.totvs_crm_oportunity_stage uma etapa desse pipeline, ou o outro pipeline.',
      },
      CRM_STATUS_FIELD_MISSING: {
        what: facts => `Nenhuma das oportunidades lidas (${facts('opportunities')}) tem o campo ${facts('field')}.`,
        remedy: facts =>
          `No TOTVS CRM, crie o campo customizado ${facts('field')} (texto, 255) em oportunidades, ou corrija statusRd.field.`,
      },
      CRM_CUSTOM_FIELDS_FORM: {
        what: facts =>
          `${facts('setting')} é "${facts('found')}", e o TOTVS CRM mostra os campos customizados como "${facts('wanted')}".`,
        remedy: facts => `Defina ${facts('setting')}: ${facts('wanted')} e reinicie os workers.`,
      },
      CRM_FILTER_IGNORED: {
        what: facts =>
          `O TOTVS CRM envia registros de ${facts('setting')} que não atendem a um filtro por ${facts('field')}.`,
        remedy: () =>
          'Pergunte ao suporte da TOTVS por que o Integration-Filter não é aplicado. Com mais de 10.000 registros, nenhum lead novo é criado.',
      },
      RD_CALLS_PER_MINUTE_TOO_HIGH: {
        what: facts =>
          `${facts('setting')} é ${facts('found')}; nenhum plano do RD Station permite mais de ${facts('most')}.`,
        remedy: facts => `Defina ${facts('common')}, ou ${facts('most')} no plano Advanced.`,
      },
      RD_WEBHOOK_TOKEN_WRONG: {
        what: facts =>
          `O webhook ${facts('uuid')} do RD Station envia para ${facts('url')} sem um token de ${facts('setting')}: toda entrega é recusada.`,
        remedy: facts =>
          `Troque o endereço por ${facts('url')}?token=… com um token de ${facts('setting')} (API do RD: PUT /integrations/webhooks/${facts('uuid')}).`,
      },
      RD_WEBHOOK_SUSPENDED: {
        what: facts => `O RD Station suspendeu o webhook ${facts('uuid')}, que envia para ${facts('url')}.`,
        remedy: () =>
          'Veja se o endereço responde (verificações ingress-…); depois exclua o webhook no RD Station e cadastre-o de novo.',
      },
      RD_WEBHOOK_OTHER_ADDRESS: {
        what: facts =>
          `O webhook ${facts('uuid')} do RD Station envia para ${facts('found')}, e nenhum para ${facts('url')}.`,
        remedy: facts =>
          `Troque o endereço por ${facts('url')}?token=… (API do RD: PUT /integrations/webhooks/${facts('uuid')}), ou execute doctor com o --url certo.`,
      },
      INGRESS_UNREACHABLE: {
        what: facts => `Nada responde em ${facts('url')}.`,
        remedy: () => 'Veja se a entrada (ingress) está no ar e se DNS, proxy e firewall levam até ela.',
      },
      INGRESS_WITHOUT_TLS: {
        what: facts => `${facts('url')} não é um endereço https://.`,
        remedy: () => 'Coloque um proxy com certificado na frente da entrada: o RD Station só aceita https://.',
      },
      INGRESS_NOT_PONTE: {
        what: facts => `${facts('url')} respondeu ${facts('status')} onde a entrada do Ponte responde 202.`,
        remedy: () =>
          'Veja aonde o endereço leva: à entrada (INGRESS_PORT), não ao painel; o proxy retira o que vem antes de /webhooks.',
      },
      INGRESS_TOKEN_REFUSED: {
        what: facts => `A entrada em ${facts('url')} recusa o token ${facts('number')} de ${facts('setting')}.`,
        remedy: () => 'Reinicie a entrada: ela lê o arquivo de tenants no início. Veja se ela lê este arquivo.',
      },
    },
    notes: {
      REDIS_HIDES_SETTING: facts =>
        `não verificável: este Redis não informa ${facts('settings')}; veja no painel do provedor`,
      SEEN_IN_USE: facts => `visto em uso: um lead do CRM tem o id de ${facts('variable')}`,
      NOT_SEEN_IN_USE: facts =>
        `não verificável: nenhum dos leads lidos (${facts('leads')}) tem o id de ${facts('variable')}, e ${facts('setting')} não indica uma lista para comparar`,
      SAMPLE_NOT_SEEN_IN_USE: facts =>
        `não verificável: variables.${facts('variable')} ficou com o valor de exemplo, e nenhum dos leads lidos (${facts('leads')}) o tem; coloque ali o id do seu TOTVS CRM, ou indique a lista em ${facts('setting')}`,
      NO_OPPORTUNITY: () => 'não verificável: não há oportunidade para olhar; crie uma e tente de novo',
      STATUS_FIELD_NOT_SHOWN: facts =>
        `não verificável: nenhuma oportunidade mostra ${facts('field')} nem outro campo customizado vazio; preencha ${facts('field')} em uma e tente de novo`,
      STAGE_TELLS_NO_PIPELINE: () => 'não verificável: a etapa não informa o seu pipeline',
      PLAN_UNKNOWN: facts => `não verificável: ${facts('found')} chamadas por minuto exigem o plano Advanced`,
      RD_WEBHOOKS_NOT_SHOWN: () => 'não verificável: o RD Station não mostra os webhooks a esta conta',
      RD_WEBHOOK_NOT_LISTED: facts =>
        `não verificável: a API do RD Station não lista nenhum webhook para ${facts('url')}. Está certo se quem envia os leads é um fluxo de automação ou um webhook criado na tela do RD (a API não os lista); senão nenhum lead chega: cadastre um`,
      ACCOUNT_BUSY: () => 'não verificável: um worker está renovando os tokens; tente de novo',
      AFTER_OTHER_PROBLEM: facts => `não verificado: ${facts('check')} vem antes`,
    },
  },
  connect: {
    description: 'conecta um tenant à sua conta do RD Station (OAuth)',
    port: 'porta do retorno em 127.0.0.1; o endereço deve estar registrado no aplicativo',
    code: '-: cole um código, ou o endereço inteiro com ele, na entrada padrão ou quando for pedido',
    refreshToken: '-: um refresh token obtido em outro lugar, na entrada padrão ou quando for pedido',
    secretInArguments:
      'Um código ou token nos argumentos pode ser visto por todos nesta máquina. Escreva - no lugar dele e cole-o quando for pedido, ou passe-o pela entrada padrão.',
    authUrl: 'a página de autorização do RD Station (padrão: ao lado de rdStation.tokenUrl)',
    redirectUri: 'o retorno registrado, quando outro endereço leva até aqui',
    noOpen: 'não abre o navegador',
    timeout: 'segundos de espera pelo navegador',
    open: (url, callback) =>
      `Abra este endereço e permita a conexão:\n\n  ${url}\n\nEsperando o navegador voltar a ${callback} …`,
    paste: url =>
      `Abra este endereço e permita a conexão:\n\n  ${url}\n\nO navegador termina em um endereço que talvez não abra. Cole esse endereço inteiro, ou o código que ele contém, e tecle Enter:`,
    done: tenant => `${tenant} está conectado ao RD Station.`,
    breakerClosed: 'Os eventos que esperavam pela conexão continuam sozinhos.',
    kept: 'Os tokens ficam no Redis, cifrados. Deixe rdStation.refreshToken como está no arquivo de tenants: outro valor conta como outra conexão.',
    oneOfBoth: 'Informe --code ou --refresh-token, não os dois.',
    secretEmpty: 'O código ou token está vazio.',
    portTaken: port => `A porta ${port} de 127.0.0.1 não pode ser usada. Escolha outra com --port.`,
    authUrlNeeded: 'Informe a página de autorização com --auth-url: rdStation.tokenUrl não permite deduzi-la.',
    late: seconds => `Ninguém voltou do RD Station em ${seconds} s. Comece de novo.`,
    refused: error => `O RD Station não deu um código${error === '' ? '' : ` (${error})`}. Comece de novo.`,
    accessDenied:
      'O RD Station recusou o acesso: quem abriu o endereço não permitiu a conexão, ou não pode permiti-la. Comece de novo, como administrador da conta.',
    busy: 'Um worker está renovando os tokens desta conta. Tente de novo em um minuto.',
    failures: {
      RD_REJECTED: 'O RD Station recusou o código: já foi usado ou tem mais de uma hora. Comece de novo.',
      RD_CLIENT_REJECTED: 'O RD Station recusou o client id, o client secret ou o código. Compare com o aplicativo.',
      RD_TOKEN_REVOKED: 'O RD Station recusou o refresh token. Conecte pelo navegador.',
    },
    pageDone: 'O Ponte está conectado. Pode fechar esta página.',
    pageRefused: 'O RD Station não permitiu a conexão. Feche esta página e comece de novo.',
    pageForeign: 'Esta resposta não pertence à conexão em andamento.',
    pageUnknown: 'Não há nada aqui.',
  },
  send: {
    description: 'envia uma entrega de exemplo à entrada; ela é processada como uma verdadeira',
    file: 'um arquivo, ou o nome de um exemplo (veja --list)',
    url: 'onde está a entrada (padrão: INGRESS_HOST e INGRESS_PORT)',
    event: 'o que aconteceu: lead, created, won, lost ou updated',
    opportunity: 'id de uma oportunidade no TOTVS CRM',
    list: 'lista os exemplos',
    opportunityNeeded: event => `--event ${event} precisa de --opportunity ID.`,
    fileUnreadable: file => `${file} não é um exemplo nem um arquivo legível.`,
    notReachable: url => `Nada responde em ${url}.`,
    duplicates: (count, isLead) =>
      `${counted('pt-BR', count, 'evento já foi enviado', 'eventos já foram enviados')} antes (nos últimos 7 dias): nada mais é feito. Se falhou, ponte retry CÓDIGO tenta de novo. Para enviar como novo, mude ${isLead ? 'o horário da conversão (event_timestamp; em "leads", event_uuid ou last_conversion.created_at)' : 'eventId'} em uma cópia do arquivo.`,
  },
  failures: {
    description: 'lista o que falhou de vez, agrupado por causa',
    retry: 'tenta de novo o que falhou com este código',
    none: 'Nada falhou.',
    withoutCode: 'O motivo não começa com um código do Ponte: veja o evento no painel.',
    between: (first, last) => `primeira ${first}, última ${last}`,
    howToRetry: 'Corrija a causa e depois: ponte retry CÓDIGO',
    reading: count => `${count} eventos com falha lidos…`,
  },
  password: {
    description:
      'gera o hash de uma senha para o BOARD_ACCOUNTS; lê a senha da entrada padrão ou, sem mostrá-la, do terminal',
    prompt: 'Senha:',
    noArgument: 'A senha não é aceita como argumento: históricos os guardam.',
    tooShort: least => `Uma senha tem ao menos ${least} caracteres.`,
  },
  retry: {
    description: 'recomeça a série inteira de tentativas do que falhou com um código',
    code: 'um código de falha, como `ponte failures` os lista',
    codeUnknown: code => `${code} não é um código de falha do Ponte.`,
    nothing: code => `Nada falhou com ${code}.`,
    working: (done, all) => `${done} de ${all}…`,
    done: ({ retried, left, dryRun }) =>
      [
        dryRun
          ? counted('pt-BR', retried, 'seria tentado de novo', 'seriam tentados de novo')
          : counted('pt-BR', retried, 'tentado de novo', 'tentados de novo'),
        ...(left === 0 ? [] : [counted('pt-BR', left, 'já não está em falha', 'já não estão em falha')]),
      ].join(', '),
  },
  erase: {
    description: 'remove uma pessoa de tudo o que o Ponte guarda (LGPD)',
    email: 'o e-mail da pessoa',
    phone: 'o telefone da pessoa: remove também tudo o mais que o contém; não informe um telefone compartilhado',
    personNeeded: 'Diga quem: --email, --phone ou os dois.',
    emailInvalid: '--email não é um e-mail.',
    phoneInvalid: '--phone tem menos de 8 dígitos.',
    searching: tenant => `${tenant}: procurando…`,
    reading: ({ tenant, look, keys }) => `${tenant}: busca ${look}, ${keys} chaves lidas…`,
    former: tenant => `${tenant} (não está mais no arquivo de tenants; ponte forget-tenant remove o que resta dele)`,
    nothing: 'nada encontrado',
    removed: ({ kind, count, dryRun }) =>
      `${kind}: ${
        dryRun
          ? counted('pt-BR', count, 'seria removido', 'seriam removidos')
          : counted('pt-BR', count, 'removido', 'removidos')
      }`,
    unread: jobId =>
      `a entrega ${jobId} em quarentena não pode ser lida: a pessoa pode estar nela. Remova-a no painel, a não ser que seja necessária.`,
    nameless: jobId =>
      `a entrega ${jobId} em quarentena tem palavras e nenhum e-mail ou telefone que se pudesse ler: a pessoa pode ser citada nela. Veja-a no painel e, se for o caso, remova-a ali.`,
    withOthers: ({ count, dryRun }) =>
      counted(
        'pt-BR',
        count,
        `entrega em quarentena contém também e-mails de outras pessoas e ${dryRun ? 'sairia' : 'saiu'} por inteiro: peça novo envio dos outros leads`,
        `entregas em quarentena contêm também e-mails de outras pessoas e ${dryRun ? 'sairiam' : 'saíram'} por inteiro: peça novo envio dos outros leads`,
      ),
    left: (queue, jobId) => `${queue} ${jobId} está em processamento e não foi removido: execute o comando de novo`,
    shared: count =>
      counted(
        'pt-BR',
        count,
        'mantido: contém o mesmo telefone junto do e-mail de outra pessoa',
        'mantidos: contêm o mesmo telefone junto do e-mail de outra pessoa',
      ),
    rewritten:
      'O Redis reescreve o seu arquivo append-only, que ainda continha o que foi removido. Os backups ainda contêm esses dados até serem descartados.',
    notRewritten:
      'O Redis não reescreveu o seu arquivo append-only: até que isso seja feito (BGREWRITEAOF), o arquivo ainda contém o que foi removido.',
    elsewhere:
      'O TOTVS CRM e o RD Station guardam os próprios registros da pessoa: apague-os lá, antes que um webhook os traga de volta.',
  },
  forgetTenant: {
    description: 'remove tudo o que o Redis guarda de um tenant que não está mais no arquivo de tenants',
    name: 'o nome que ele tinha',
    yes: 'sim, remova: não há volta',
    nameInvalid: name => `"${name}" não pode ser o nome de um tenant.`,
    configured: name =>
      `O tenant "${name}" está no arquivo de tenants. Retire-o de lá antes e reinicie a entrada, os workers e o painel.`,
    yesNeeded: 'Confirme com --yes, ou veja com --dry-run o que seria removido.',
    working: name =>
      `Há um worker conectado para "${name}": antes, reinicie os workers (e também a entrada e o painel) com o arquivo de tenants atual.`,
    keys: ({ count, dryRun }) =>
      dryRun
        ? `ao todo, ${counted('pt-BR', count, 'chave seria removida', 'chaves seriam removidas')}`
        : `ao todo, ${counted('pt-BR', count, 'chave removida', 'chaves removidas')}`,
    left: count =>
      `${counted('pt-BR', count, 'chave voltou', 'chaves voltaram')}: um processo ainda trabalha para o tenant. Reinicie-o com o arquivo de tenants atual e execute o comando de novo.`,
  },
}
