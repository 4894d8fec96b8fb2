import type { Symptom } from './symptom-tables.ts'

const worker = 'apps/worker/src'
const mappers = 'packages/mappers/src'
const registration = 'packages/registration/src'
const state = 'packages/state/src'
const incident = (section: string): string => `operating/incidents.md#${section}`

/** The source of the tables of symptoms. */
export const symptoms: readonly Symptom[] = [
  {
    see: ['a lead is missing in TOTVS CRM', 'um lead não aparece no TOTVS CRM'],
    look: ["*Search* for its e-mail; RD Station's last answer", '*Busca* pelo e-mail; a última resposta no RD Station'],
    read: [incident('a-lead-did-not-arrive')],
    causes: [
      ['deliveries.md#answers', ['apps/ingress/src/webhooks/accept-delivery.ts']],
      ['leads.md#filters', [`${mappers}/rules/apply-rules.ts`], ['lead-skipped-by-rule', 'lead-sent-by-no-rule']],
      ['leads.md#echoes-of-marks', [`${worker}/processors/lead-registered.ts`], ['own-mark-without-lead']],
    ],
  },
  {
    see: ['a lead or an opportunity is in TOTVS CRM twice', 'um lead ou uma oportunidade está duas vezes no TOTVS CRM'],
    look: ['*Search* for both; their `externalId`', '*Busca* pelos dois; o `externalId` deles'],
    read: [incident('something-is-there-twice')],
    causes: [
      ['leads.md#one-lead-per-person', [`${registration}/find-lead.ts`, `${worker}/lead/find-or-create-lead.ts`]],
      ['leads.md#one-conversion-is-one', [`${registration}/plan-registration.ts`]],
      ['leads.md#one-open-opportunity', [`${registration}/decide-opportunity.ts`]],
      ['leads.md#echoes-of-marks', [`${registration}/registration-cause.ts`]],
    ],
  },
  {
    see: ['a contact is marked or sold twice', 'um contato tem a marcação ou a venda duas vezes'],
    look: ["*Search* for the opportunity's id", '*Busca* pelo id da oportunidade'],
    read: [incident('something-is-there-twice')],
    causes: [
      [
        'marks.md#lost-answers',
        [`${worker}/mark/resolve/resolve-marks.ts`, `${worker}/mark/record/make-marks.ts`],
        ['other-answer-lost'],
      ],
      ['marks.md#opportunities-that-are-given-away', [`${worker}/mark/resolve/resolve-marks.ts`]],
    ],
  },
  {
    see: [
      'a sale, loss or opportunity is not in RD Station',
      'uma venda, perda ou oportunidade não está no RD Station',
    ],
    look: ["`statusRD`; *Search* for the opportunity's id", '`statusRD`; *Busca* pelo id da oportunidade'],
    read: [incident('a-mark-did-not-come-back')],
    causes: [
      [
        'marks.md#what-is-marked',
        [`${worker}/mark/plan/plan-run.ts`],
        ['mark-without-lead', 'mark-up-to-date', 'sale-differs', 'loss-differs'],
      ],
      [
        'marks.md#opportunities-from-before-ponte',
        [`${worker}/mark/resolve/before-our-time.ts`, `${worker}/mark/plan/plan-run.ts`],
        ['mark-adopted'],
      ],
      [
        'marks.md#the-contact',
        [`${worker}/mark/read/find-contact.ts`, `${mappers}/crm-opportunity-to-rd-mark.ts`],
        ['lead-not-from-rd', 'lead-has-no-email', 'contact-has-no-email', 'contact-too-new'],
      ],
      [
        'marks.md#webhooks-that-come-too-soon',
        [`${worker}/processors/opportunity-changed.ts`],
        ['record-behind-event', 'opportunity-gone'],
      ],
    ],
  },
  {
    see: ['`statusRD` says `ERRO …`', 'o `statusRD` diz `ERRO …`'],
    look: ['the code in it; the text says what to do', 'o código nele; o texto diz o que fazer'],
    read: ['failures.md', incident('after-the-repair')],
    causes: [
      [
        'status-rd.md#rounds',
        [`${worker}/status-rd/decide-round.ts`, `${mappers}/status-rd-text.ts`],
        ['rounds-used', 'round-later', 'round-superseded'],
      ],
      [
        'status-rd.md#own-writes',
        [`${worker}/processors/status-rd-changed.ts`],
        ['status-rd-nothing', 'status-rd-asked', 'status-rd-max-writes', 'status-rd-not-shown-yet'],
      ],
    ],
  },
  {
    see: ['the wrong owner, pipeline or stage', 'o responsável, o pipeline ou a etapa errados'],
    look: ["the event's timeline; `./ponte preview`", 'o histórico do evento; `./ponte preview`'],
    read: ['fields-and-rules.md#what-goes-wrong'],
    causes: [
      ['leads.md#responsible-user', [`${registration}/responsible-user.ts`, `${worker}/lead/routing.ts`]],
      ['leads.md#routes', [`${mappers}/rules/apply-rules.ts`, `${registration}/opportunity-catalog.ts`]],
    ],
  },
  {
    see: ['a field is empty, overwritten or not updated', 'um campo está vazio, foi sobrescrito ou não mudou'],
    look: ["the same; the job's log", 'o mesmo; o log do evento'],
    read: ['fields-and-rules.md#what-goes-wrong'],
    causes: [
      ['leads.md#lead-fields', ['packages/webhooks/src/rd/lead-places.ts', `${mappers}/rules/apply-rules.ts`]],
      [
        'leads.md#lead-updates',
        [`${mappers}/rules/update-policy.ts`, `${registration}/plan-registration.ts`],
        ['lead-newer-conversion', 'lead-newer-delivery'],
      ],
    ],
  },
  {
    see: ['a queue grows, and nothing is paused', 'uma fila cresce, e nada está em pausa'],
    look: ['*Waiting*', '*Em espera*'],
    read: [incident('events-wait-and-nothing-is-paused')],
    causes: [
      ['calls.md#rate-limiter', [`${state}/rate-limiter`, `${worker}/calls/job-call-guard.ts`], ['quota-used']],
      ['queues.md#waiting-marks', [`${worker}/workers/job-gate.ts`, `${worker}/workers/heartbeat.ts`]],
      ['calls.md#attempts', [`${worker}/run/job-locks.ts`], ['record-locked']],
      ['queues.md#shards', ['packages/runtime/src/settings/shard.ts']],
    ],
  },
  {
    see: [
      'the board says *Paused*; an alert names a system',
      'o painel diz *Em pausa automática*; um alerta cita um sistema',
    ],
    look: ['*Waiting*', '*Em espera*'],
    read: [incident('calls-to-a-system-are-paused')],
    causes: [
      [
        'calls.md#circuit-breaker',
        [`${state}/circuit-breaker`, `${worker}/calls/job-delayed.ts`, `${worker}/calls/job-call-guard.ts`],
        ['system-paused', 'call-not-made'],
      ],
    ],
  },
  {
    see: [
      "*disconnected*, *refuses Ponte's login*; `RD_TOKEN_REVOKED`, `CRM_LOGIN_REJECTED`",
      '*desconectado*, *recusa o login*; `RD_TOKEN_REVOKED`, `CRM_LOGIN_REJECTED`',
    ],
    look: ['*Connections*', '*Conexões*'],
    read: [incident('a-credential-is-refused')],
    causes: [
      [
        'calls.md#tokens-and-sessions',
        [`${worker}/calls/rd-account.ts`, `${worker}/calls/shared-credential.ts`],
        ['token-renewed-elsewhere', 'token-left-to-others', 'login-elsewhere'],
      ],
    ],
  },
  {
    see: [
      'a webhook is refused: 401, 413, 415, 429; an alert says so',
      'um webhook é recusado: 401, 413, 415, 429; um alerta diz isso',
    ],
    look: ['*Connections*; `./ponte doctor --url …`', '*Conexões*; `./ponte doctor --url …`'],
    read: [incident('deliveries-are-refused'), 'operating/setup.md#intake-limits'],
    causes: [
      [
        'deliveries.md#refused-deliveries',
        ['apps/ingress/src/webhooks/authenticate.ts', `${state}/connections/record-deliveries.ts`],
      ],
      ['deliveries.md#limits-of-a-delivery', ['apps/ingress/src/limits']],
    ],
  },
  {
    see: [
      'the ingress answers 503; Redis is full or away; `REPLICAS_MISSING`',
      'o serviço de entrada (ingress) responde 503; o Redis está cheio ou fora do ar; `REPLICAS_MISSING`',
    ],
    look: '`/readyz`',
    read: [incident('redis-is-full-or-away')],
    causes: [
      ['queues.md#redis-outages', [`${worker}/workers/carry-out-reaction.ts`], ['failure-not-recorded']],
      [
        'deliveries.md#accepted-means-kept',
        [`${state}/redis/replicas.ts`, `${worker}/run/job-locks.ts`],
        ['replicas-missing'],
      ],
    ],
  },
  {
    see: ['something is in quarantine, or it is full', 'há algo na quarentena, ou ela está cheia'],
    look: ['*Failures*', '*Falhas*'],
    read: [incident('quarantine')],
    causes: [['deliveries.md#quarantine', ['packages/webhooks/src', `${worker}/processors/quarantined-delivery.ts`]]],
  },
  {
    see: ['*A change by a vendor*; an alert names a member', '*Mudança de um fornecedor*; um alerta indica um campo'],
    look: ['*Overview*', '*Visão geral*'],
    read: [incident('a-vendor-changed-an-answer')],
    causes: [['operators.md#drift', ['packages/contracts/src/watched-members.ts', `${state}/drift`]]],
  },
  {
    see: [
      '*Reconciled …: 3 were missing*; an alert says that something was missing',
      '*Reconciliado …: faltavam 3*; um alerta diz que faltava alguma coisa',
    ],
    look: ['*Overview*', '*Visão geral*'],
    read: [incident('something-was-missing')],
    causes: [['reconcile.md', ['packages/operations/src/reconciliation']]],
  },
  {
    see: [
      '*Shadow since …*; *Went live without ponte switch*; nothing is written',
      '*Modo sombra desde …*; *Saiu do modo sombra sem ponte switch*; nada é gravado',
    ],
    look: ['*Overview*; `./ponte doctor`', '*Visão geral*; `./ponte doctor`'],
    read: [incident('the-overview-speaks-of-the-shadow')],
    causes: [
      [
        'shadow.md',
        [`${worker}/calls/job-call-guard.ts`, `${worker}/workers/run-job.ts`],
        ['shadow-begun', 'mode-of-file'],
      ],
      [
        'shadow.md#going-live',
        [`${worker}/shadow/run-by-mode.ts`],
        ['shadow-over', 'going-live', 'of-the-package', 'enqueued-at-switch'],
      ],
      ['shadow.md#the-way-back', [`${worker}/shadow/run-by-mode.ts`], ['rest-kept']],
    ],
  },
  {
    see: ['a new password or tenants file is not used', 'uma nova senha ou um novo arquivo de tenants não é usado'],
    look: ['*Overview*; `./ponte doctor`', '*Visão geral*; `./ponte doctor`'],
    read: ['operating/care.md#rotation-of-secrets'],
    causes: [
      ['settings.md#changes-of-the-tenants-file', ['packages/runtime/src/tenants/watch-tenants-file.ts']],
      ['settings.md#what-a-process-uses', ['packages/operations/src/processes/process-concerns.ts']],
    ],
  },
  {
    see: ['events failed', 'eventos falharam'],
    look: ['*Failures*; `./ponte failures`', '*Falhas*; `./ponte failures`'],
    read: ['failures.md'],
    causes: [['calls.md#reactions-to-answers', ['packages/clients/src/failures', `${worker}/run/reaction.ts`]]],
  },
  {
    see: ['a process has ended or does not start', 'um processo caiu ou não inicia'],
    look: ['the last lines of its log', 'as últimas linhas do log dele'],
    read: [incident('a-process-is-down')],
    causes: [
      ['queues.md#shutdown-and-crashes', ['packages/runtime/src/process']],
      ['settings.md#settings-that-refuse-to-start', ['packages/runtime/src/tenants']],
    ],
  },
  {
    see: ['something else, or you want help', 'outra coisa, ou você quer ajuda'],
    look: '`./ponte status`, `./ponte doctor`',
    read: ['operating/support.md'],
    causes: [],
  },
]
