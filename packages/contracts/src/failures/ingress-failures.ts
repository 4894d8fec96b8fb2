import { type FailureRow, type FailureTexts, triedAgain } from './failure-row.ts'

interface IngressFailure extends FailureRow {
  readonly status: number
  readonly en: IngressTexts
  readonly pt: IngressTexts
}
interface IngressTexts extends FailureTexts {
  readonly advice: string
}

/** What the ingress answers with, as `application/problem+json`. */
export const ingressFailures = {
  REQUEST_MALFORMED: {
    status: 400,
    en: {
      happened: 'The request is not valid HTTP.',
      solution: 'Fix the sender; percent-encode the token in the address.',
      steps: 'If it was a port scanner, do nothing.',
      advice: 'Send a valid HTTP request; check the address first.',
    },
    pt: {
      happened: 'requisição HTTP inválida',
      solution: 'Corrija o remetente; codifique o token no endereço.',
      steps: 'Se foi uma varredura de portas, não há o que fazer.',
      advice: 'Envie uma requisição HTTP válida; confira primeiro o endereço.',
    },
  },
  UNAUTHORIZED: {
    status: 401,
    en: {
      happened: 'The webhook token is missing or wrong.',
      details: 'Or there is no such tenant.',
      solution: 'Compare address and token in the sender with the tenants file.',
      steps:
        'The token goes into the header `apiToken`, into `Authorization: Bearer …`, or percent-encoded into `?token=…`. Then send again from there what was missed.',
      triedAgain: triedAgain.senderGivesUp.en,
      advice:
        'Send the webhook token of this tenant and source in the header apiToken, as Authorization: Bearer or as ?token=, and check the name of the tenant in the address.',
    },
    pt: {
      happened: 'token do webhook ausente ou incorreto',
      details: 'Ou a empresa não existe.',
      solution: 'Compare o endereço e o token do remetente com o arquivo de tenants.',
      steps:
        'O token vai no cabeçalho `apiToken`, em `Authorization: Bearer …`, ou codificado em `?token=…`. Depois, envie de novo de lá o que faltou.',
      triedAgain: triedAgain.senderGivesUp.pt,
      advice:
        'Envie o token de webhook desta empresa e desta origem no cabeçalho apiToken, em Authorization: Bearer ou em ?token=, e confira o nome da empresa no endereço.',
    },
  },
  NOT_FOUND: {
    status: 404,
    en: {
      happened: 'There is nothing at this address.',
      solution: 'Correct the address of the webhook.',
      steps:
        'It is `POST /webhooks/{tenant}/rd-station` or `POST /webhooks/{tenant}/totvs-crm/{intent}` with one of the [intents](installing.md#totvs-crm-the-workflows).',
      advice: 'Check the address: the description of this API lists all of them.',
    },
    pt: {
      happened: 'endereço inexistente',
      solution: 'Corrija o endereço do webhook.',
      steps:
        'Ele é `POST /webhooks/{tenant}/rd-station` ou `POST /webhooks/{tenant}/totvs-crm/{intent}` com uma das [intenções](installing.pt-BR.md#totvs-crm-os-workflows).',
      advice: 'Confira o endereço: a descrição desta API lista todos.',
    },
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    en: {
      happened: 'This address does not accept this HTTP method.',
      solution: 'Send webhooks with POST.',
      advice: 'Send webhooks with POST. The header Allow lists what this address accepts.',
    },
    pt: {
      happened: 'método HTTP não aceito neste endereço',
      solution: 'Envie webhooks com POST.',
      advice: 'Envie webhooks com POST. O cabeçalho Allow lista o que este endereço aceita.',
    },
  },
  REQUEST_TIMEOUT: {
    status: 408,
    en: {
      happened: 'The request took too long to arrive.',
      solution: 'Check the network and the proxy in front of the ingress.',
      triedAgain: 'RD Station delivers again. Nothing was accepted.',
      advice: 'Send the whole request within a few seconds.',
    },
    pt: {
      happened: 'a requisição demorou demais para chegar',
      solution: 'Verifique a rede e o proxy à frente da entrada.',
      triedAgain: 'O RD Station entrega de novo. Nada foi aceito.',
      advice: 'Envie a requisição inteira em poucos segundos.',
    },
  },
  BODY_TOO_LARGE: {
    status: 413,
    en: {
      happened: 'The body is larger than 1 MiB.',
      solution: 'Send smaller bodies (at most 1 MiB).',
      advice: 'Send fewer leads in one delivery.',
    },
    pt: {
      happened: 'corpo maior que 1 MiB',
      solution: 'Envie corpos menores (até 1 MiB).',
      advice: 'Envie menos leads em cada entrega.',
    },
  },
  BODY_TYPE_UNSUPPORTED: {
    status: 415,
    en: {
      happened: 'The body must be JSON or a form, in UTF-8 and not compressed.',
      details: 'A form is `application/x-www-form-urlencoded` with a field `leads`.',
      solution: 'Send `Content-Type: application/json`, uncompressed.',
      steps: 'RD Station and TOTVS CRM send it so: look for another tool.',
      advice: 'Send the body as application/json in UTF-8, without Content-Encoding.',
    },
    pt: {
      happened: 'o corpo precisa ser JSON ou formulário, em UTF-8 e sem compressão',
      details: 'Um formulário é `application/x-www-form-urlencoded` com um campo `leads`.',
      solution: 'Envie `Content-Type: application/json`, sem compressão.',
      steps: 'O RD Station e o TOTVS CRM já enviam assim: procure outra ferramenta.',
      advice: 'Envie o corpo como application/json em UTF-8, sem Content-Encoding.',
    },
  },
  TOO_MANY_WRONG_TOKENS: {
    status: 429,
    en: {
      happened: 'This address sent too many wrong webhook tokens.',
      details: 'Further wrong ones are answered 429 until the minute is over; the right token is still taken.',
      solution: 'Find out who sends them (the log has the address); correct the token in the sender.',
      steps:
        "In the ingress's log the line is `wrong webhook token`. Behind a proxy it has the address only when `INGRESS_TRUSTED_PROXIES` names the proxy.",
      advice:
        'Send the right token: it is accepted at once, also from this address. After the seconds in Retry-After, wrong tokens are answered 401 again.',
    },
    pt: {
      happened: 'este endereço enviou muitos tokens de webhook incorretos',
      details: 'Outros incorretos recebem 429 até o minuto acabar; o token certo continua aceito.',
      solution: 'Veja quem os envia (o endereço está no log); corrija o token no remetente.',
      steps:
        'No log da entrada, a linha é `wrong webhook token`. Atrás de um proxy, ela só tem o endereço se `INGRESS_TRUSTED_PROXIES` indicar o proxy.',
      advice:
        'Envie o token certo: ele é aceito na hora, também deste endereço. Após os segundos em Retry-After, tokens incorretos voltam a receber 401.',
    },
  },
  INTAKE_LIMITED: {
    status: 429,
    en: {
      happened: 'The tenant sends more than its intake limit allows; the delivery was not accepted as a whole.',
      details:
        '`intake` of the tenants file holds for one source in each ingress process: 6,000 events a minute after a burst of 3,000, and 64 MiB after 32 MiB. So is every delivery with a new event of a tenant that has [as much waiting as may wait](behaviour/deliveries.md#what-may-wait): 200,000 events or 256 MiB, and at most a quarter of the memory of Redis.',
      solution: 'Find out who sends so much; the sender repeats the delivery; raise `intake` if it is wanted.',
      triedAgain: triedAgain.rdRepeats.en,
      advice: 'Repeat the delivery after the seconds in Retry-After, and send less at a time.',
    },
    pt: {
      happened: 'a empresa envia mais do que o limite de recepção permite; a entrega não foi aceita por inteiro',
      details:
        '`intake` do arquivo de tenants vale para uma origem em cada processo da entrada: 6.000 eventos por minuto após uma rajada de 3.000, e 64 MiB após 32 MiB. O mesmo vale para toda entrega com um evento novo de uma empresa que tem [tanto aguardando quanto pode](behaviour/deliveries.md#what-may-wait): 200.000 eventos ou 256 MiB, e no máximo um quarto da memória do Redis.',
      solution: 'Veja quem envia tanto; o remetente repete a entrega; aumente `intake` se for esperado.',
      triedAgain: triedAgain.rdRepeats.pt,
      advice: 'Repita a entrega após os segundos em Retry-After e envie menos por vez.',
    },
  },
  QUARANTINE_FULL: {
    status: 429,
    en: {
      happened: "The tenant's quarantine is full; what Ponte could not read was not accepted.",
      details:
        'It holds 10,000 deliveries or 256 MiB (`intake.quarantineMaxDeliveries`, `intake.quarantineMaxMebibytes`), over all processes.',
      solution: 'Fix the sender; retry or remove what is in quarantine; raise `intake.quarantineMaxMebibytes`.',
      steps:
        'Usually one sender has sent the same wrong shape for long: see quarantine under *Failures*. Retry what can be read by now and remove the rest: there is room within seconds.',
      triedAgain: triedAgain.senderGivesUp.en,
      advice:
        'Send bodies that Ponte can read: those are still accepted. Repeat this delivery after the operator has made room.',
    },
    pt: {
      happened: 'a quarentena da empresa está cheia; o que o Ponte não conseguiu ler não foi aceito',
      details:
        'Nela cabem 10.000 entregas ou 256 MiB (`intake.quarantineMaxDeliveries`, `intake.quarantineMaxMebibytes`), somando todos os processos.',
      solution:
        'Corrija o remetente; reenvie ou remova o que está na quarentena; aumente `intake.quarantineMaxMebibytes`.',
      steps:
        'Em geral um remetente envia há muito tempo o mesmo formato errado: veja a quarentena em *Falhas*. Reenvie o que já pode ser lido e remova o resto: em segundos há espaço.',
      triedAgain: triedAgain.senderGivesUp.pt,
      advice:
        'Envie corpos que o Ponte consiga ler: esses continuam sendo aceitos. Repita esta entrega depois que o operador liberar espaço.',
    },
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    en: {
      happened: 'The headers of the request are too large.',
      solution: 'Reduce what the proxy adds to the headers.',
      advice: 'Send fewer or shorter headers.',
    },
    pt: {
      happened: 'cabeçalhos grandes demais',
      solution: 'Reduza o que o proxy acrescenta aos cabeçalhos.',
      advice: 'Envie menos cabeçalhos, ou cabeçalhos menores.',
    },
  },
  INGRESS_BUSY: {
    status: 503,
    en: {
      happened: 'The ingress receives as much at once as it has memory for; nothing was accepted.',
      solution:
        'Find out who sends so much at once; the sender repeats by itself; start another ingress if it is wanted.',
      steps: "The ingress's log says of which tenants.",
      triedAgain: triedAgain.rdRepeats.en,
      advice: 'Repeat the delivery after the seconds in Retry-After.',
    },
    pt: {
      happened: 'a entrada recebe ao mesmo tempo tudo o que a sua memória comporta; nada foi aceito',
      solution:
        'Veja quem envia tanto ao mesmo tempo; o remetente repete sozinho; inicie outra entrada se for esperado.',
      steps: 'O log da entrada diz de quais empresas.',
      triedAgain: triedAgain.rdRepeats.pt,
      advice: 'Repita a entrega após os segundos em Retry-After.',
    },
  },
  QUEUE_UNAVAILABLE: {
    status: 503,
    en: {
      happened: 'Redis did not confirm all of the delivery.',
      solution: 'Fix Redis; the sender repeats by itself.',
      steps:
        'See whether it runs, has memory and disk left, and can be reached [where the settings say](operating/redis.md); `/readyz` of the ingress says what it sees.',
      triedAgain: 'RD Station repeats. An event that Redis had stored after all is recognised as a duplicate.',
      advice: 'Repeat the delivery after the seconds in Retry-After. The operator checks Redis.',
    },
    pt: {
      happened: 'o Redis não confirmou a entrega por inteiro',
      solution: 'Recupere o Redis; o remetente repete sozinho.',
      steps:
        'Veja se ele está rodando, se tem memória e disco e responde [onde a configuração diz (em inglês)](operating/redis.md); o `/readyz` da entrada diz o que ela vê.',
      triedAgain: 'O RD Station repete. Um evento que o Redis guardou mesmo assim é reconhecido como duplicado.',
      advice: 'Repita a entrega após os segundos em Retry-After. O operador verifica o Redis.',
    },
  },
  REPLICAS_MISSING: {
    status: 503,
    en: {
      happened: 'Too few replicas of Redis confirmed the event; it may be lost in a failover, so it was not accepted.',
      details: 'Redis has the event; `REDIS_WAIT_REPLICAS` says how many replicas must confirm it in time.',
      solution:
        'Bring the replicas of Redis back; the sender repeats by itself. `REDIS_WAIT_REPLICAS=0` accepts without them.',
      steps:
        '`redis-cli info replication` on the primary shows which replica is away. See [how many replicas are needed](operating/failover.md#how-many-replicas).',
      triedAgain:
        'RD Station repeats. The repeat is recognised as a duplicate, and accepted once enough replicas have the event.',
      advice: 'Repeat the delivery after the seconds in Retry-After. The operator checks the replicas of Redis.',
    },
    pt: {
      happened:
        'poucas réplicas do Redis confirmaram o evento; ele poderia se perder em uma troca de servidor, por isso não foi aceito',
      details: 'O Redis tem o evento; `REDIS_WAIT_REPLICAS` diz quantas réplicas precisam confirmá-lo a tempo.',
      solution: 'Recupere as réplicas do Redis; o remetente repete sozinho. `REDIS_WAIT_REPLICAS=0` aceita sem elas.',
      steps:
        '`redis-cli info replication` no primário mostra que réplica está fora. Veja [quantas réplicas são precisas (em inglês)](operating/failover.md#how-many-replicas).',
      triedAgain:
        'O RD Station repete. A repetição é reconhecida como duplicado e aceita quando réplicas suficientes têm o evento.',
      advice: 'Repita a entrega após os segundos em Retry-After. O operador verifica as réplicas do Redis.',
    },
  },
  INTERNAL_ERROR: {
    status: 500,
    remedy: 'tell-administrator',
    en: {
      happened: 'Unexpected error in Ponte.',
      details: 'The log of the process has it (`unexpected error`).',
      solution: 'Collect what the support check list asks for and report it; then retry.',
      steps:
        'Report the log line too ([CONTRIBUTING.md](../CONTRIBUTING.md#reporting), *Reporting*), and *Retry* with a corrected version.',
      triedAgain: 'Yes, up to `retry.attempts` times. RD Station repeats a delivery that was answered 500.',
      advice: 'Repeat the delivery. The log of the ingress says what happened.',
    },
    pt: {
      happened: 'erro inesperado no Ponte',
      details: 'O log do processo tem o erro (`unexpected error`).',
      solution: 'Reúna o que o checklist de suporte pede e informe; depois reenvie.',
      steps:
        'Relate também a linha do log ([CONTRIBUTING.md](../CONTRIBUTING.md#reporting), *Reporting*), e use *Reenviar* com uma versão corrigida.',
      triedAgain: 'Sim, até `retry.attempts` vezes. O RD Station repete uma entrega que recebeu 500.',
      advice: 'Repita a entrega. O log da entrada diz o que aconteceu.',
    },
  },
} as const satisfies Readonly<Record<string, IngressFailure>>
