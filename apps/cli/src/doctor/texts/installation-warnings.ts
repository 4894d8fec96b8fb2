import { translated } from '@ponte/contracts'
import { modeTexts } from '@ponte/report'

type Read = (name: string) => string

/** As the overview says it. */
const sentence = (words: string): string => `${words}.`
const { en, 'pt-BR': pt } = modeTexts

/** What is wrong with the way to Redis. */
export const installationProblems = translated({
  en: {
    REDIS_TLS_FAILS: {
      what: (facts: Read) =>
        `Redis is there, and cannot be reached by TLS as ${facts('setting')} says. Nothing was sent to it.`,
      remedy: (_facts: Read) =>
        'If nobody known here signed its certificate, name the file of who did in NODE_EXTRA_CA_CERTS; else let it hold the address (docs/operating/redis.md#with-tls).',
    },
  },
  'pt-BR': {
    REDIS_TLS_FAILS: {
      what: facts =>
        `O Redis está lá, mas não há como falar com ele por TLS como ${facts('setting')} diz. Nada foi enviado a ele.`,
      remedy: () =>
        'Se quem assinou o certificado não é conhecido aqui, indique o arquivo dele em NODE_EXTRA_CA_CERTS; senão, faça o certificado conter o endereço (docs/operating/redis.pt-BR.md#com-tls).',
    },
  },
})

/** What `doctor` warns of about Redis, and about the mode of a tenant. */
export const installationWarnings = translated({
  en: {
    REPLICA_TO_SPARE_MISSING: {
      what: (facts: Read) =>
        `A primary of Redis has ${facts('found')} replicas in step; REDIS_WAIT_REPLICAS=${facts('waitReplicas')} needs ${facts('wanted')}, so that one may fail.`,
      remedy: (_facts: Read) =>
        'Start another replica. Without it, deliveries are refused (503) while one replica is away.',
    },
    PRIMARY_ALONE_WRITES: {
      what: (facts: Read) =>
        `Redis has ${facts('settings')} ${facts('found')}: a primary that is cut off from its replicas goes on.`,
      remedy: (_facts: Read) =>
        'Set it to 1 on each server, and min-replicas-max-lag below the time after which another primary is named. Else workers may do the same at both.',
    },
    MODE_OTHER: {
      what: (facts: Read) =>
        `The tenants file says mode: ${facts('settings')}, and the workers run with ${facts('found')}.`,
      remedy: (_facts: Read) => 'Start the workers with this file.',
    },
    SHADOW_NEEDED: {
      what: (_facts: Read) => sentence(en.shadowNeeded),
      remedy: (_facts: Read) => 'Run `ponte shadow`. If the tenant stays live, write mode: live into the file.',
    },
    SWITCH_NEEDED: {
      what: (_facts: Read) => sentence(en.switchNeeded),
      remedy: (_facts: Read) =>
        'Run `ponte switch` once the package is off. If the tenant stays in the shadow, write mode: shadow into the file.',
    },
    DRAINING: {
      what: (facts: Read) => sentence(en.draining(facts('since'))),
      remedy: (_facts: Read) => 'Wait until it is done, or end it with `ponte shadow --now`.',
    },
    REST_UNDONE: {
      what: (facts: Read) => sentence(en.rest(Number(facts('rest')))),
      remedy: (_facts: Read) => 'Run `ponte shadow --rest send`, or drop where the package has done it.',
    },
    LIVE_WITHOUT_SWITCH: {
      what: (_facts: Read) =>
        'It went live without `ponte switch`: what came after the package was switched off was not done.',
      remedy: (facts: Read) => `Run \`ponte switch\` before ${facts('until')}; the workers then do it.`,
    },
  },
  'pt-BR': {
    REPLICA_TO_SPARE_MISSING: {
      what: facts =>
        `Um primário do Redis tem ${facts('found')} réplicas em dia; REDIS_WAIT_REPLICAS=${facts('waitReplicas')} pede ${facts('wanted')}, para que uma possa falhar.`,
      remedy: () => 'Inicie mais uma réplica. Sem ela, entregas são recusadas (503) enquanto uma réplica está fora.',
    },
    PRIMARY_ALONE_WRITES: {
      what: facts =>
        `O Redis tem ${facts('settings')} ${facts('found')}: um primário sem contato com suas réplicas continua gravando.`,
      remedy: () =>
        'Defina 1 em cada servidor, e min-replicas-max-lag abaixo do tempo após o qual outro primário é nomeado. Sem isso, workers podem fazer o mesmo nos dois.',
    },
    MODE_OTHER: {
      what: facts => `O arquivo de tenants diz mode: ${facts('settings')}, e os workers rodam com ${facts('found')}.`,
      remedy: () => 'Inicie os workers com este arquivo.',
    },
    SHADOW_NEEDED: {
      what: () => sentence(pt.shadowNeeded),
      remedy: () => 'Execute `ponte shadow`. Se a empresa continua live, escreva mode: live no arquivo.',
    },
    SWITCH_NEEDED: {
      what: () => sentence(pt.switchNeeded),
      remedy: () =>
        'Execute `ponte switch` quando o pacote estiver desligado. Se a empresa continua em modo sombra, escreva mode: shadow no arquivo.',
    },
    DRAINING: {
      what: facts => sentence(pt.draining(facts('since'))),
      remedy: () => 'Espere até terminar, ou encerre com `ponte shadow --now`.',
    },
    REST_UNDONE: {
      what: facts => sentence(pt.rest(Number(facts('rest')))),
      remedy: () => 'Execute `ponte shadow --rest send`, ou drop se o pacote já fez isso.',
    },
    LIVE_WITHOUT_SWITCH: {
      what: () =>
        'Saiu do modo sombra sem `ponte switch`: o que chegou depois que o pacote foi desligado não foi feito.',
      remedy: facts => `Execute \`ponte switch\` antes de ${facts('until')}; os workers fazem o que ficou.`,
    },
  },
})
