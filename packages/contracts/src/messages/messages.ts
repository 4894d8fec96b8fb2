import { leadMessages } from './lead-messages.ts'
import { markMessages } from './mark-messages.ts'
import { previewMessages } from './preview-messages.ts'
import { ruleMessages } from './rule-messages.ts'
import { systemNames } from '../system.ts'

/** What is wrong with a delivery that cannot be read. `{path}` says where in the body. */
const deliveryMessages = {
  'events-enqueued': {
    en: '{events} events enqueued, {ignored} ignored',
    pt: 'eventos enfileirados: {events}, ignorados: {ignored}',
  },
  'must-be-object': { en: '{path}: must be an object', pt: '{path}: precisa ser um objeto' },
  'must-be-list-of-leads': {
    en: '{path}: must be a list of leads',
    pt: '{path}: precisa ser uma lista de leads',
  },
  'must-be-text': { en: '{path}: must be a text', pt: '{path}: precisa ser um texto' },
  'must-be-short-text': {
    en: '{path}: must be a text of 1 to 500 characters',
    pt: '{path}: precisa ser um texto de 1 a 500 caracteres',
  },
  'must-be-id': {
    en: '{path}: must be 1 to 64 of A-Z, a-z, 0-9, "_" and "-"',
    pt: '{path}: precisa ter de 1 a 64 de A-Z, a-z, 0-9, "_" e "-"',
  },
  missing: { en: '{path}: is missing', pt: '{path}: falta' },
  'type-unknown': { en: '{path}: is not a known type', pt: '{path}: não é um tipo conhecido' },
  'trigger-unknown': { en: '{path}: is not a known trigger', pt: '{path}: não é um gatilho conhecido' },
  'intent-unknown': {
    en: 'the address: has an unknown intent',
    pt: 'o endereço: tem uma intenção desconhecida',
  },
  'not-utf8': { en: '{path}: is not valid UTF-8', pt: '{path}: não é UTF-8 válido' },
  'not-json': { en: '{path}: is not valid JSON', pt: '{path}: não é JSON válido' },
  'not-json-at': {
    en: '{path}: is not valid JSON at character {position}',
    pt: '{path}: não é JSON válido no caractere {position}',
  },
  'too-deep': {
    en: '{path}: nests deeper than {levels} levels',
    pt: '{path}: tem mais de {levels} níveis de profundidade',
  },
  'too-many-events': { en: '{path}: holds {count} events', pt: '{path}: tem {count} eventos' },
  'too-many-fields': {
    en: '{path}: has more than {count} fields or list items',
    pt: '{path}: tem mais de {count} campos ou itens de listas',
  },
  'no-identity': {
    en: '{path}: no field that Ponte reads has a usable e-mail, or a phone of at least 8 digits that are not all the same',
    pt: '{path}: nenhum campo que o Ponte lê tem um e-mail utilizável ou um telefone de ao menos 8 dígitos que não sejam todos iguais',
  },
  'email-elsewhere': {
    en: '{path}: holds an e-mail in a field that Ponte does not read: name that field in leadFields',
    pt: '{path}: tem um e-mail em um campo que o Ponte não lê: indique esse campo em leadFields',
  },
  'no-leads': {
    en: 'the body: has neither leads nor event_type and contact',
    pt: 'o corpo: não tem nem leads nem event_type e contact',
  },
  'parser-failed': { en: 'the body could not be read', pt: 'o corpo não pôde ser lido' },
  /** A note of a lead, as an issue of the delivery that holds it. */
  'at-place': { en: '{place}.{note}', pt: '{place}.{note}' },
} as const

/** Messages about a tenant's shadow (docs/behaviour/shadow.md) and its end. */
const shadowMessages = {
  'in-shadow': { en: 'in the shadow, nothing was written', pt: 'em modo sombra, nada foi gravado' },
  'shadow-marks': { en: 'would be marked: {marks}', pt: 'seria marcado: {marks}' },
  'shadow-failure': { en: 'would fail: {failure}', pt: 'falharia: {failure}' },
  'shadow-funnel-limit': {
    en: 'the contact’s funnel was not read: RD Station allows few readings a day, and the package needs them',
    pt: 'o funil do contato não foi lido: o RD Station permite poucas leituras por dia, e o pacote precisa delas',
  },
  'shadow-status-rd': { en: 'statusRD is left as it is', pt: 'o statusRD fica como está' },
  'of-the-package': {
    en: 'the package’s: it came before the package was switched off',
    pt: 'do pacote: chegou antes de o pacote ser desligado',
  },
  'enqueued-at-switch': {
    en: 'enqueued anew when the shadow ended',
    pt: 'colocado de novo na fila quando o modo sombra terminou',
  },
  'rest-kept': {
    en: 'kept outside the queue: the tenant went back into the shadow before it was done. ponte shadow --rest sends or drops it',
    pt: 'guardado fora da fila: a empresa voltou ao modo sombra antes de ser feito. O ponte shadow --rest envia ou descarta',
  },
  'opened-since': {
    en: 'no opportunity opened: the person has one that was opened after this event came',
    pt: 'nenhuma oportunidade aberta: a pessoa tem uma que foi aberta depois que este evento chegou',
  },
} as const

/** Why an event waits although nothing is wrong with it. */
export const waitReasons = {
  'system-paused': { en: '{system} is paused ({code})', pt: '{system} está em pausa automática ({code})' },
  'quota-used': {
    en: 'earlier events use the {quota} quota of RD Station',
    pt: 'a cota de {quota} do RD Station está sendo usada por eventos anteriores',
  },
  'other-answer-lost': {
    en: 'the answer about another opportunity of the contact was lost',
    pt: 'a resposta sobre outra oportunidade do contato se perdeu',
  },
  'record-behind-event': {
    en: 'the record does not show yet what the event says: it is read again',
    pt: 'o registro ainda não mostra o que o evento diz: será lido de novo',
  },
  'record-locked': {
    en: 'another event works on the same record',
    pt: 'outro evento trabalha no mesmo registro',
  },
  'token-renewed-elsewhere': {
    en: 'another worker is renewing the access token',
    pt: 'outro worker está renovando o token de acesso',
  },
  'login-elsewhere': {
    en: 'another worker is logging in to TOTVS CRM',
    pt: 'outro worker está entrando no TOTVS CRM',
  },
  'token-left-to-others': {
    en: 'this worker is stopping; another renews the access token',
    pt: 'este worker está parando; outro renova o token de acesso',
  },
  'replicas-missing': {
    en: 'too few replicas of Redis have the record of what is to be sent',
    pt: 'poucas réplicas do Redis têm o registro do que será enviado',
  },
  'call-not-made': { en: 'the call could not be made yet', pt: 'a chamada ainda não pôde ser feita' },
  'status-rd-not-shown-yet': {
    en: 'TOTVS CRM does not show statusRD yet',
    pt: 'o TOTVS CRM ainda não mostra o statusRD',
  },
  'failure-not-recorded': {
    en: 'the failure could not be recorded',
    pt: 'a falha não pôde ser registrada',
  },
  'contact-too-new': {
    en: 'RD Station created the contact moments ago and may drop its marks',
    pt: 'o RD Station criou o contato há pouco e pode descartar as marcações dele',
  },
  'shadow-begun': {
    en: 'the tenant is in the shadow now: nothing is written',
    pt: 'a empresa agora está em modo sombra: nada é gravado',
  },
  'shadow-over': {
    en: 'the shadow ended meanwhile: the event runs anew',
    pt: 'o modo sombra terminou nesse meio-tempo: o evento roda de novo',
  },
  'mode-of-file': {
    en: 'the tenants file of this worker and Redis say different modes: it starts no job of the tenant',
    pt: 'o arquivo de tenants deste worker e o Redis dizem modos diferentes: ele não inicia nenhum job da empresa',
  },
  'going-live': {
    en: 'what came since the package was switched off is enqueued first',
    pt: 'primeiro entra na fila o que chegou desde que o pacote foi desligado',
  },
} as const

const waitingMessages = {
  waits: { en: 'waits {seconds} s: {why}', pt: 'espera {seconds} s: {why}' },
  ...waitReasons,
} as const

/** Every message about an event, in both languages. `{name}` stands for a value. No text holds personal data. */
export const messages = {
  ...leadMessages,
  ...ruleMessages,
  ...previewMessages,
  ...markMessages,
  ...waitingMessages,
  ...deliveryMessages,
  ...shadowMessages,
}

export type MessageKey = keyof typeof messages

/** Why a run does nothing, and its event is *skipped*. */
export const skipReasons = [
  'own-mark-without-lead',
  'lead-skipped-by-rule',
  'lead-sent-by-no-rule',
  'lead-newer-conversion',
  'lead-newer-delivery',
  'mark-without-lead',
  'mark-up-to-date',
  'mark-adopted',
  'sale-differs',
  'loss-differs',
  'lead-not-from-rd',
  'lead-has-no-email',
  'contact-has-no-email',
  'rounds-used',
  'round-later',
  'round-superseded',
  'opportunity-gone',
  'status-rd-nothing',
  'status-rd-asked',
  'status-rd-max-writes',
  'of-the-package',
  'enqueued-at-switch',
  'rest-kept',
] as const satisfies readonly MessageKey[]

/** Single words that are used in other messages. */
export const words = {
  opportunity: { en: 'opportunity', pt: 'oportunidade' },
  sale: { en: 'sale', pt: 'venda' },
  loss: { en: 'loss', pt: 'perda' },
  none: { en: 'none', pt: 'nenhum' },
  open: { en: 'open', pt: 'aberta' },
  won: { en: 'won', pt: 'ganha' },
  lost: { en: 'lost', pt: 'perdida' },
  contacts: { en: 'contacts', pt: 'contatos' },
  events: { en: 'events', pt: 'eventos' },
  'totvs-crm': { en: systemNames['totvs-crm'], pt: systemNames['totvs-crm'] },
  'rd-station': { en: systemNames['rd-station'], pt: systemNames['rd-station'] },
  owner: { en: 'owner', pt: 'responsável' },
  'the body': { en: 'the body', pt: 'o corpo' },
  'the text': { en: 'the text', pt: 'o texto' },
} as const

/** Every text of the table, in both languages. */
export const ownTexts: readonly string[] = [...Object.values(messages), ...Object.values(words)].flatMap(
  ({ en, pt }) => [en, pt],
)
