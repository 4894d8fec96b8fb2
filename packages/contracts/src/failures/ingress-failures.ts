import type { FailureRow, Refusal } from './failure-row.ts'

interface IngressFailure extends FailureRow {
  readonly refusal: Refusal
}

/** What the ingress answers with, as `application/problem+json`. */
export const ingressFailures = {
  REQUEST_MALFORMED: {
    en: 'The request is not valid HTTP.',
    pt: 'requisição HTTP inválida',
    solution: {
      en: 'Fix the sender; percent-encode the token in the address.',
      pt: 'Corrija o remetente; codifique o token no endereço.',
    },
    refusal: {
      status: 400,
      advice: {
        en: 'Send a valid HTTP request; check the address first.',
        pt: 'Envie uma requisição HTTP válida; confira primeiro o endereço.',
      },
    },
  },
  UNAUTHORIZED: {
    en: 'The webhook token is missing or wrong.',
    pt: 'token do webhook ausente ou incorreto',
    solution: {
      en: 'Compare address and token in the sender with the tenants file.',
      pt: 'Compare o endereço e o token do remetente com o arquivo de tenants.',
    },
    refusal: {
      status: 401,
      advice: {
        en: 'Send the webhook token of this tenant and source in the header apiToken, as Authorization: Bearer or as ?token=, and check the name of the tenant in the address.',
        pt: 'Envie o token de webhook desta empresa e desta origem no cabeçalho apiToken, em Authorization: Bearer ou em ?token=, e confira o nome da empresa no endereço.',
      },
    },
  },
  NOT_FOUND: {
    en: 'There is nothing at this address.',
    pt: 'endereço inexistente',
    solution: { en: 'Correct the address of the webhook.', pt: 'Corrija o endereço do webhook.' },
    refusal: {
      status: 404,
      advice: {
        en: 'Check the address: the description of this API lists all of them.',
        pt: 'Confira o endereço: a descrição desta API lista todos.',
      },
    },
  },
  METHOD_NOT_ALLOWED: {
    en: 'This address does not accept this HTTP method.',
    pt: 'método HTTP não aceito neste endereço',
    solution: { en: 'Send webhooks with POST.', pt: 'Envie webhooks com POST.' },
    refusal: {
      status: 405,
      advice: {
        en: 'Send webhooks with POST. The header Allow lists what this address accepts.',
        pt: 'Envie webhooks com POST. O cabeçalho Allow lista o que este endereço aceita.',
      },
    },
  },
  REQUEST_TIMEOUT: {
    en: 'The request took too long to arrive.',
    pt: 'a requisição demorou demais para chegar',
    solution: {
      en: 'Check the network and the proxy in front of the ingress.',
      pt: 'Verifique a rede e o proxy à frente da entrada.',
    },
    refusal: {
      status: 408,
      advice: {
        en: 'Send the whole request within a few seconds.',
        pt: 'Envie a requisição inteira em poucos segundos.',
      },
    },
  },
  BODY_TOO_LARGE: {
    en: 'The body is larger than 1 MiB.',
    pt: 'corpo maior que 1 MiB',
    solution: { en: 'Send smaller bodies (at most 1 MiB).', pt: 'Envie corpos menores (até 1 MiB).' },
    refusal: {
      status: 413,
      advice: { en: 'Send fewer leads in one delivery.', pt: 'Envie menos leads em cada entrega.' },
    },
  },
  BODY_TYPE_UNSUPPORTED: {
    en: 'The body must be JSON or a form, in UTF-8 and not compressed.',
    pt: 'o corpo precisa ser JSON ou formulário, em UTF-8 e sem compressão',
    solution: {
      en: 'Send `Content-Type: application/json`, uncompressed.',
      pt: 'Envie `Content-Type: application/json`, sem compressão.',
    },
    refusal: {
      status: 415,
      advice: {
        en: 'Send the body as application/json in UTF-8, without Content-Encoding.',
        pt: 'Envie o corpo como application/json em UTF-8, sem Content-Encoding.',
      },
    },
  },
  TOO_MANY_WRONG_TOKENS: {
    en: 'This address sent too many wrong webhook tokens.',
    pt: 'este endereço enviou muitos tokens de webhook incorretos',
    solution: {
      en: 'Find out who sends them (the log has the address); correct the token in the sender.',
      pt: 'Veja quem os envia (o endereço está no log); corrija o token no remetente.',
    },
    refusal: {
      status: 429,
      advice: {
        en: 'Send the right token: it is accepted at once, also from this address. After the seconds in Retry-After, wrong tokens are answered 401 again.',
        pt: 'Envie o token certo: ele é aceito na hora, também deste endereço. Após os segundos em Retry-After, tokens incorretos voltam a receber 401.',
      },
    },
  },
  INTAKE_LIMITED: {
    en: 'The tenant sends more than its intake limit allows; the delivery was not accepted as a whole.',
    pt: 'a empresa envia mais do que o limite de recepção permite; a entrega não foi aceita por inteiro',
    solution: {
      en: 'Find out who sends so much; the sender repeats the delivery; raise `intake` if it is wanted.',
      pt: 'Veja quem envia tanto; o remetente repete a entrega; aumente `intake` se for esperado.',
    },
    refusal: {
      status: 429,
      advice: {
        en: 'Repeat the delivery after the seconds in Retry-After, and send less at a time.',
        pt: 'Repita a entrega após os segundos em Retry-After e envie menos por vez.',
      },
    },
  },
  QUARANTINE_FULL: {
    en: "The tenant's quarantine is full; what Ponte could not read was not accepted.",
    pt: 'a quarentena da empresa está cheia; o que o Ponte não conseguiu ler não foi aceito',
    solution: {
      en: 'Fix the sender; retry or remove what is in quarantine; raise `intake.quarantineMaxMebibytes`.',
      pt: 'Corrija o remetente; reenvie ou remova o que está na quarentena; aumente `intake.quarantineMaxMebibytes`.',
    },
    refusal: {
      status: 429,
      advice: {
        en: 'Send bodies that Ponte can read: those are still accepted. Repeat this delivery after the operator has made room.',
        pt: 'Envie corpos que o Ponte consiga ler: esses continuam sendo aceitos. Repita esta entrega depois que o operador liberar espaço.',
      },
    },
  },
  HEADERS_TOO_LARGE: {
    en: 'The headers of the request are too large.',
    pt: 'cabeçalhos grandes demais',
    solution: {
      en: 'Reduce what the proxy adds to the headers.',
      pt: 'Reduza o que o proxy acrescenta aos cabeçalhos.',
    },
    refusal: {
      status: 431,
      advice: { en: 'Send fewer or shorter headers.', pt: 'Envie menos cabeçalhos, ou cabeçalhos menores.' },
    },
  },
  INGRESS_BUSY: {
    en: 'The ingress receives as much at once as it has memory for; nothing was accepted.',
    pt: 'a entrada recebe ao mesmo tempo tudo o que a sua memória comporta; nada foi aceito',
    solution: {
      en: 'Find out who sends so much at once; the sender repeats by itself; start another ingress if it is wanted.',
      pt: 'Veja quem envia tanto ao mesmo tempo; o remetente repete sozinho; inicie outra entrada se for esperado.',
    },
    refusal: {
      status: 503,
      advice: {
        en: 'Repeat the delivery after the seconds in Retry-After.',
        pt: 'Repita a entrega após os segundos em Retry-After.',
      },
    },
  },
  QUEUE_UNAVAILABLE: {
    en: 'Redis did not confirm all of the delivery.',
    pt: 'o Redis não confirmou a entrega por inteiro',
    solution: {
      en: 'Fix Redis; the sender repeats by itself.',
      pt: 'Recupere o Redis; o remetente repete sozinho.',
    },
    refusal: {
      status: 503,
      advice: {
        en: 'Repeat the delivery after the seconds in Retry-After. The operator checks Redis.',
        pt: 'Repita a entrega após os segundos em Retry-After. O operador verifica o Redis.',
      },
    },
  },
  REPLICAS_MISSING: {
    en: 'Too few replicas of Redis confirmed the event; it may be lost in a failover, so it was not accepted.',
    pt: 'poucas réplicas do Redis confirmaram o evento; ele poderia se perder em uma troca de servidor, por isso não foi aceito',
    solution: {
      en: 'Bring the replicas of Redis back; the sender repeats by itself. `REDIS_WAIT_REPLICAS=0` accepts without them.',
      pt: 'Recupere as réplicas do Redis; o remetente repete sozinho. `REDIS_WAIT_REPLICAS=0` aceita sem elas.',
    },
    refusal: {
      status: 503,
      advice: {
        en: 'Repeat the delivery after the seconds in Retry-After. The operator checks the replicas of Redis.',
        pt: 'Repita a entrega após os segundos em Retry-After. O operador verifica as réplicas do Redis.',
      },
    },
  },
  INTERNAL_ERROR: {
    en: 'Unexpected error in Ponte.',
    pt: 'erro inesperado no Ponte',
    solution: {
      en: 'Collect what the support check list asks for and report it; then retry.',
      pt: 'Reúna o que o checklist de suporte pede e informe; depois reenvie.',
    },
    remedy: 'tell-administrator',
    refusal: {
      status: 500,
      advice: {
        en: 'Repeat the delivery. The log of the ingress says what happened.',
        pt: 'Repita a entrega. O log da entrada diz o que aconteceu.',
      },
    },
  },
} as const satisfies Readonly<Record<string, IngressFailure>>
