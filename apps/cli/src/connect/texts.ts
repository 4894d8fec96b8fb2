import { translated } from '@ponte/contracts'

export const connectTexts = translated({
  en: {
    description: 'connect a tenant to its RD Station account (OAuth)',
    port: 'port of the callback on 127.0.0.1; register the address in the app',
    code: '-: paste the authorization code, or the whole address that contains it, on stdin or at the prompt',
    refreshToken: '-: a refresh token from elsewhere, on stdin or at the prompt',
    secretInArguments:
      'Everybody on this machine can see a code or token in the arguments. Write - instead, and paste it at the prompt or pass it on stdin.',
    authUrl: "RD Station's authorization page (default: derived from rdStation.tokenUrl)",
    redirectUri: 'the registered callback, if another address leads here',
    noOpen: 'do not open the browser',
    timeout: 'seconds to wait for the browser',
    open: (url: string, callback: string) =>
      `Open this address and allow the connection:\n\n  ${url}\n\nWaiting for the browser to return to ${callback} …`,
    paste: (url: string) =>
      `Open this address and allow the connection:\n\n  ${url}\n\nThe browser ends on a page that may not load. Paste the address of that page, or the code in it, and press Enter:`,
    done: (tenant: string) => `${tenant} is connected to RD Station.`,
    resumed: 'The events that waited for the connection continue by themselves.',
    kept: 'The tokens are stored in Redis, encrypted. Do not change rdStation.refreshToken in the tenants file: another value counts as another connection.',
    oneOfBoth: 'Use either --code or --refresh-token.',
    secretEmpty: 'The code or token is empty.',
    portTaken: (port: number) => `Port ${port} of 127.0.0.1 cannot be used. Choose another one with --port.`,
    authUrlNeeded:
      "Set the address of RD Station's authorization page with --auth-url: it cannot be derived from rdStation.tokenUrl.",
    late: (seconds: number) => `Timed out waiting for authorization (${seconds} s). Start again.`,
    refused: (error: string) => `RD Station sent no code${error === '' ? '' : ` (${error})`}. Start again.`,
    pageDone: 'Ponte is connected. You can close this page.',
    pageRefused: 'RD Station did not allow the connection. Close this page and start again.',
    pageForeign: 'This answer belongs to another connection attempt.',
    pageUnknown: 'Page not found.',
    webhookOption:
      'also have RD Station send its conversions to Ponte; an account that is connected is not connected again',
    identifier: 'only these conversions; without a name all of them (default: as registered already, else all)',
    url: 'public address of the ingress (default: INGRESS_PUBLIC_URL, else BOARD_PUBLIC_URL)',
    yes: 'with --webhook: remove the webhooks at former addresses without asking',
    identifierAlone: '--identifier needs --webhook.',
    urlNeeded: 'Say with --url at which public address Ponte receives webhooks, or set BOARD_PUBLIC_URL.',
    urlWithoutTls: (url: string) => `${url} is not an https:// address: RD Station accepts no other.`,
    webhook: {
      created: (address: string) => `RD Station now sends its conversions to ${address}: the webhook was registered.`,
      updated: (address: string) => `RD Station now sends its conversions to ${address}: the webhook was changed.`,
      kept: (address: string) => `RD Station sends its conversions to ${address}: the webhook was registered already.`,
    },
    allConversions:
      'All conversions come, of every form and landing page. For some only: `--identifier` with their names in RD Station.',
    someConversions: (names: string) =>
      `Only these conversions come: ${names}. For all: \`--identifier\` without a name.`,
    otherWays: (address: string) =>
      `If an automation flow or a webhook made on RD Station's screens also sends leads to ${address}, remove it there: the API does not show those.`,
    packageStays:
      "Leave what sends leads to TOTVS's package (iPaaS) as it is: it has another address, and the package still needs it.",
    removeOthers: (addresses: string) =>
      `RD Station also sends this tenant's conversions to ${addresses}, with one of its tokens for Ponte. Remove that, because it is this installation's former address?`,
    otherRemoved: (address: string) => `The webhook at ${address} was removed.`,
    otherStays: (address: string) =>
      `Ponte's webhook at ${address} stays. If that address leads here too, conversions come twice, and Ponte recognises the repeats. If it is only a former one, \`ponte connect --webhook --yes\` removes it.`,
    webhookBusy: 'Somebody else is registering this webhook now. Try again in a minute.',
    webhookRefused: (address: string) =>
      `RD Station registered no webhook: it called ${address} and did not get the answer of Ponte's ingress.`,
    worksFromHere:
      'From here the address answers as it should. So look at what RD Station meets on the Internet: DNS, the firewall, and a certificate that every browser accepts, with its whole chain.',
    workflows:
      'TOTVS CRM, module Workflow: add one workflow for each trigger, with the action Webhook and this address:',
    header: (name: string, place: string) =>
      `Each with the header ${name}; its value is ${place}. If the screen offers no header, append ?token= and the value to the address.`,
    tokenInVariable: (name: string) => `the secret ${name}, which stands in .env.webhooks`,
    tokenInFile: (file: string) => `the content of ${file}`,
    tokenInTenantsFile: 'webhookTokens.totvsCrm of the tenants file',
  },
  'pt-BR': {
    description: 'conecta uma empresa à sua conta do RD Station (OAuth)',
    port: 'porta do retorno em 127.0.0.1; registre o endereço no aplicativo',
    code: '-: cole o código de autorização, ou o endereço inteiro que o contém, na entrada padrão ou quando for pedido',
    refreshToken: '-: um refresh token obtido em outro lugar, na entrada padrão ou quando for pedido',
    secretInArguments:
      'Todos nesta máquina podem ver um código ou token nos argumentos. Escreva - no lugar dele e cole-o quando for pedido, ou passe-o pela entrada padrão.',
    authUrl: 'a página de autorização do RD Station (padrão: deduzida de rdStation.tokenUrl)',
    redirectUri: 'o retorno registrado, quando outro endereço leva até aqui',
    noOpen: 'não abre o navegador',
    timeout: 'segundos de espera pelo navegador',
    open: (url, callback) =>
      `Abra este endereço e permita a conexão:\n\n  ${url}\n\nAguardando o navegador voltar a ${callback} …`,
    paste: url =>
      `Abra este endereço e permita a conexão:\n\n  ${url}\n\nO navegador termina em uma página que talvez não abra. Cole o endereço dessa página, ou o código que ele contém, e tecle Enter:`,
    done: tenant => `${tenant} está conectada ao RD Station.`,
    resumed: 'Os eventos que esperavam pela conexão continuam sozinhos.',
    kept: 'Os tokens ficam no Redis, cifrados. Não mude rdStation.refreshToken no arquivo de tenants: outro valor conta como outra conexão.',
    oneOfBoth: 'Use --code ou --refresh-token, não os dois.',
    secretEmpty: 'O código ou token está vazio.',
    portTaken: port => `A porta ${port} de 127.0.0.1 não pode ser usada. Escolha outra com --port.`,
    authUrlNeeded:
      'Informe a página de autorização do RD Station com --auth-url: ela não pode ser deduzida de rdStation.tokenUrl.',
    late: seconds => `O tempo de espera pela autorização acabou (${seconds} s). Comece de novo.`,
    refused: error => `O RD Station não enviou um código${error === '' ? '' : ` (${error})`}. Comece de novo.`,
    pageDone: 'O Ponte está conectado. Você pode fechar esta página.',
    pageRefused: 'O RD Station não permitiu a conexão. Feche esta página e comece de novo.',
    pageForeign: 'Esta resposta pertence a outra tentativa de conexão.',
    pageUnknown: 'Página não encontrada.',
    webhookOption:
      'também faz o RD Station enviar as conversões ao Ponte; uma conta já conectada não é conectada de novo',
    identifier: 'só estas conversões; sem nome, todas (padrão: as já cadastradas; se não houver, todas)',
    url: 'endereço público da entrada (padrão: INGRESS_PUBLIC_URL; se não houver, BOARD_PUBLIC_URL)',
    yes: 'com --webhook: remove os webhooks em endereços anteriores sem perguntar',
    identifierAlone: '--identifier precisa de --webhook.',
    urlNeeded: 'Informe com --url o endereço público em que o Ponte recebe webhooks, ou defina BOARD_PUBLIC_URL.',
    urlWithoutTls: url => `${url} não é um endereço https://: o RD Station não aceita outro.`,
    webhook: {
      created: address => `O RD Station agora envia as conversões para ${address}: o webhook foi cadastrado.`,
      updated: address => `O RD Station agora envia as conversões para ${address}: o webhook foi alterado.`,
      kept: address => `O RD Station envia as conversões para ${address}: o webhook já estava cadastrado.`,
    },
    allConversions:
      'Vêm todas as conversões, de todos os formulários e landing pages. Para só algumas: `--identifier` com os nomes delas no RD Station.',
    someConversions: names => `Vêm só estas conversões: ${names}. Para todas: \`--identifier\` sem nome.`,
    otherWays: address =>
      `Se um fluxo de automação ou um webhook criado nas telas do RD Station também envia leads a ${address}, retire-o lá: a API não os mostra.`,
    packageStays:
      'Deixe como está o que envia leads ao pacote da TOTVS (iPaaS): o endereço é outro, e o pacote ainda precisa disso.',
    removeOthers: addresses =>
      `O RD Station também envia as conversões desta empresa para ${addresses}, com um dos tokens dela para o Ponte. Remover esse webhook, por ser o endereço anterior desta instalação?`,
    otherRemoved: address => `O webhook em ${address} foi removido.`,
    otherStays: address =>
      `O webhook do Ponte em ${address} continua. Se esse endereço também chega aqui, as conversões vêm duas vezes, e o Ponte reconhece as repetidas. Se é só um endereço anterior, \`ponte connect --webhook --yes\` o remove.`,
    webhookBusy: 'Outra pessoa está cadastrando este webhook agora. Tente de novo em um minuto.',
    webhookRefused: address =>
      `O RD Station não cadastrou o webhook: chamou ${address} e não recebeu a resposta da entrada do Ponte.`,
    worksFromHere:
      'Daqui o endereço responde como deve. Veja então o que o RD Station encontra na internet: o DNS, o firewall e um certificado que todo navegador aceite, com a cadeia completa.',
    workflows:
      'TOTVS CRM, módulo Workflow: adicione um workflow para cada gatilho, com a ação Webhook e este endereço:',
    header: (name, place) =>
      `Cada um com o cabeçalho ${name}; o valor é ${place}. Se a tela não oferece cabeçalhos, acrescente ?token= e o valor ao endereço.`,
    tokenInVariable: name => `o segredo ${name}, que está em .env.webhooks`,
    tokenInFile: file => `o conteúdo de ${file}`,
    tokenInTenantsFile: 'webhookTokens.totvsCrm do arquivo de tenants',
  },
})
