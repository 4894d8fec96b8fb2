import { modeTexts } from '../bridge/mode-words.ts'
import { textRows } from '../findings/text-rows.ts'

/** As the overview says it. */
const { en, 'pt-BR': pt } = modeTexts

/** What is said of Redis, of the keys and modes of the workers, and of the ingress. */
export const ponteRows = textRows({
  REDIS_UNREACHABLE: {
    en: 'Redis does not answer where {setting} says that it is.',
    pt: 'O Redis não responde onde {setting} diz que ele está.',
    fix: {
      en: 'Start Redis, or correct {setting}, with user, password and TLS.',
      pt: 'Inicie o Redis ou corrija {setting}, com usuário, senha e TLS.',
    },
  },
  REDIS_TLS_FAILS: {
    en: 'Redis is there, and cannot be reached by TLS as {setting} says. Nothing was sent to it.',
    pt: 'O Redis está lá, mas não há como falar com ele por TLS como {setting} diz. Nada foi enviado a ele.',
    fix: {
      en: 'If nobody known here signed its certificate, name the file of who did in NODE_EXTRA_CA_CERTS; else let it hold the address (docs/operating/redis.md#with-tls).',
      pt: 'Se quem assinou o certificado não é conhecido aqui, indique o arquivo dele em NODE_EXTRA_CA_CERTS; senão, faça o certificado conter o endereço (docs/operating/redis.md#with-tls).',
    },
  },
  REDIS_PERSISTENCE_WEAK: {
    en: 'Redis may lose acknowledged events: it is set to {found}.',
    pt: 'O Redis pode perder eventos já confirmados: está com {found}.',
    fix: {
      en: 'Set {wanted} in redis.conf (or with CONFIG SET and CONFIG REWRITE).',
      pt: 'Defina {wanted} no redis.conf (ou com CONFIG SET e CONFIG REWRITE).',
    },
  },
  REDIS_EVICTS: {
    en: 'Redis may delete events when its memory is full: it is set to {found}.',
    pt: 'O Redis pode apagar eventos quando a memória acaba: está com {found}.',
    fix: {
      en: 'Set {wanted} in redis.conf (or with CONFIG SET and CONFIG REWRITE).',
      pt: 'Defina {wanted} no redis.conf (ou com CONFIG SET e CONFIG REWRITE).',
    },
  },
  FINGERPRINT_KEY_OTHER: {
    en: 'The workers use another PONTE_FINGERPRINT_KEY, or another PONTE_SECRET_KEY if it is derived from that: their data cannot be found with this one.',
    pt: 'Os workers usam outra PONTE_FINGERPRINT_KEY, ou outra PONTE_SECRET_KEY se ela deriva desta: os dados deles não são encontrados com esta chave.',
    fix: {
      en: 'Set the keys of the workers here as well. If a key is lost, see docs/operating/care.md#the-key-is-lost.',
      pt: 'Configure aqui também as chaves dos workers. Se uma se perdeu, veja docs/operating/care.pt-BR.md#a-chave-se-perdeu.',
    },
  },
  SECRET_KEY_OTHER: {
    en: 'PONTE_SECRET_KEY cannot decrypt the RD Station tokens of the workers: they use another key. Nothing was renewed.',
    pt: 'A PONTE_SECRET_KEY não abre os tokens do RD Station guardados pelos workers: eles usam outra chave. Nada foi renovado.',
    fix: {
      en: 'Set the PONTE_SECRET_KEY of the workers here, or the former one in PONTE_OTHER_SECRET_KEYS. If it is lost, see docs/operating/care.md#the-key-is-lost.',
      pt: 'Configure aqui a PONTE_SECRET_KEY dos workers, ou a anterior em PONTE_OTHER_SECRET_KEYS. Se ela se perdeu, veja docs/operating/care.pt-BR.md#a-chave-se-perdeu.',
    },
  },
  PROCESS_REFUSES_FILE: {
    en: 'Running processes ({processes}) do not take the tenants file: {problems}. They go on with the file as it was before.',
    pt: 'Processos em execução ({processes}) não usam o arquivo de tenants: {problems}. Eles seguem com o arquivo como era antes.',
    fix: {
      en: 'Correct the file, or set what it refers to. Restart nothing before: a process that is restarted now does not start.',
      pt: 'Corrija o arquivo, ou defina o que ele cita. Não reinicie nada antes: um processo reiniciado agora não inicia.',
    },
  },
  PROCESS_USES_OLD: {
    en: '{setting} was changed, and running processes ({processes}) do not use the new value yet.',
    pt: '{setting} mudou, e processos em execução ({processes}) ainda não usam o novo valor.',
    fix: { en: 'Restart them: {restart}', pt: 'Reinicie: {restart}' },
  },
  NOTHING_TO_COMPARE: {
    is: 'skipped',
    en: 'not checked: no running process of this tenant has credentials that can be compared now',
    pt: 'não verificado: nenhum processo em execução desta empresa tem credenciais que se possam comparar agora',
  },
  WEBHOOK_TOKEN_SHORT: {
    en: 'The token {setting} has fewer than {wanted} characters and can be guessed.',
    pt: 'O token {setting} tem menos de {wanted} caracteres e pode ser adivinhado.',
    fix: {
      en: 'Create a new token with `openssl rand -hex 32`. List it before the old one until the sender uses it.',
      pt: 'Crie outro token com `openssl rand -hex 32`. Liste-o antes do antigo até que o remetente use o novo.',
    },
  },
  WEBHOOK_TOKEN_MONOTONOUS: {
    en: 'The token {setting} repeats itself and can be guessed.',
    pt: 'O token {setting} se repete e pode ser adivinhado.',
    fix: {
      en: 'Create a new token with `openssl rand -hex 32`. List it before the old one until the sender uses it.',
      pt: 'Crie outro token com `openssl rand -hex 32`. Liste-o antes do antigo até que o remetente use o novo.',
    },
  },
  INGRESS_UNREACHABLE: {
    en: 'Nothing answers at {url}.',
    pt: 'Nada responde em {url}.',
    fix: {
      en: 'Check that the ingress is running and that DNS, proxy and firewall lead to it.',
      pt: 'Confira se a entrada (ingress) está no ar e se DNS, proxy e firewall levam até ela.',
    },
  },
  INGRESS_WITHOUT_TLS: {
    en: '{url} is not an https:// address.',
    pt: '{url} não é um endereço https://.',
    fix: {
      en: 'Put a proxy with a certificate in front of the ingress: RD Station accepts only https://.',
      pt: 'Coloque um proxy com certificado na frente da entrada: o RD Station só aceita https://.',
    },
  },
  INGRESS_NOT_PONTE: {
    en: "{url} answered {status}; Ponte's ingress would answer 202.",
    pt: '{url} respondeu {status}; a entrada do Ponte responderia 202.',
    fix: {
      en: 'Check that the address leads to the ingress (INGRESS_PORT) and not to the board, and that the proxy removes what comes before /webhooks.',
      pt: 'Confira se o endereço leva à entrada (INGRESS_PORT), e não ao painel, e se o proxy retira o que vem antes de /webhooks.',
    },
  },
  INGRESS_TOKEN_REFUSED: {
    en: 'The ingress at {url} refuses token {number} of {setting}.',
    pt: 'A entrada em {url} recusa o token {number} de {setting}.',
    fix: {
      en: 'Check that the ingress reads the same tenants file, and that its log refuses no change of it. Restart it if the token is a variable of its environment.',
      pt: 'Confira se a entrada lê o mesmo arquivo de tenants e se o log dela não recusa uma mudança dele. Reinicie-a se o token é uma variável do ambiente dela.',
    },
  },
  REPLICA_TO_SPARE_MISSING: {
    is: 'warning',
    en: 'A primary of Redis has {found} replicas in step; REDIS_WAIT_REPLICAS={waitReplicas} needs {wanted}, so that one may fail.',
    pt: 'Um primário do Redis tem {found} réplicas em dia; REDIS_WAIT_REPLICAS={waitReplicas} pede {wanted}, para que uma possa falhar.',
    fix: {
      en: 'Start another replica. Without it, deliveries are refused (503) while one replica is away.',
      pt: 'Inicie mais uma réplica. Sem ela, entregas são recusadas (503) enquanto uma réplica está fora.',
    },
  },
  PRIMARY_ALONE_WRITES: {
    is: 'warning',
    en: 'Redis has {settings} {found}: a primary that is cut off from its replicas goes on.',
    pt: 'O Redis tem {settings} {found}: um primário sem contato com suas réplicas continua gravando.',
    fix: {
      en: 'Set it to 1 on each server, and min-replicas-max-lag below the time after which another primary is named. Else workers may do the same at both.',
      pt: 'Defina 1 em cada servidor, e min-replicas-max-lag abaixo do tempo após o qual outro primário é nomeado. Sem isso, workers podem fazer o mesmo nos dois.',
    },
  },
  MODE_OTHER: {
    is: 'warning',
    en: 'The tenants file says mode: {settings}, and the workers run with {found}.',
    pt: 'O arquivo de tenants diz mode: {settings}, e os workers rodam com {found}.',
    fix: {
      en: 'Start the workers with this file.',
      pt: 'Inicie os workers com este arquivo.',
    },
  },
  SHADOW_NEEDED: {
    is: 'warning',
    en: `${en.shadowNeeded}.`,
    pt: `${pt.shadowNeeded}.`,
    fix: {
      en: 'Run `ponte shadow`. If the tenant stays live, write mode: live into the file.',
      pt: 'Execute `ponte shadow`. Se a empresa continua live, escreva mode: live no arquivo.',
    },
  },
  SWITCH_NEEDED: {
    is: 'warning',
    en: `${en.switchNeeded}.`,
    pt: `${pt.switchNeeded}.`,
    fix: {
      en: 'Run `ponte switch` once the package is off. If the tenant stays in the shadow, write mode: shadow into the file.',
      pt: 'Execute `ponte switch` quando o pacote estiver desligado. Se a empresa continua em modo sombra, escreva mode: shadow no arquivo.',
    },
  },
  DRAINING: {
    is: 'warning',
    en: `${en.draining('{since}')}.`,
    pt: `${pt.draining('{since}')}.`,
    fix: {
      en: 'Wait until it is done, or end it with `ponte shadow --now`.',
      pt: 'Espere até terminar, ou encerre com `ponte shadow --now`.',
    },
  },
  REST_UNDONE: {
    is: 'warning',
    en: `${en.rest('{rest}')}.`,
    pt: `${pt.rest('{rest}')}.`,
    fix: {
      en: 'Run `ponte shadow --rest send`, or drop where the package has done it.',
      pt: 'Execute `ponte shadow --rest send`, ou drop se o pacote já fez isso.',
    },
  },
  LIVE_WITHOUT_SWITCH: {
    is: 'warning',
    en: 'It went live without `ponte switch`: what came after the package was switched off was not done.',
    pt: 'Saiu do modo sombra sem `ponte switch`: o que chegou depois que o pacote foi desligado não foi feito.',
    fix: {
      en: 'Run `ponte switch` before {until}; the workers then do it.',
      pt: 'Execute `ponte switch` antes de {until}; os workers fazem o que ficou.',
    },
  },
  REDIS_HIDES_SETTING: {
    en: "cannot verify: this Redis does not show {settings}; check it in your provider's console",
    pt: 'não foi possível verificar: este Redis não mostra {settings}; confira no painel do provedor',
  },
  SHADOW_SHARES_NOTHING: {
    is: 'ok',
    en: "ok: nothing is written in the shadow. The app in RD Station ({app}) and the user in TOTVS CRM ({user}) have to be Ponte's own, never those of the package; that cannot be seen from here",
    pt: 'em ordem: em modo sombra nada é gravado. O aplicativo no RD Station ({app}) e o usuário no TOTVS CRM ({user}) têm de ser só do Ponte, nunca os do pacote; daqui não dá para ver isso',
  },
})
