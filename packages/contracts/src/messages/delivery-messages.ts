/** What is wrong with a delivery that cannot be read. `{path}` says where in the body. */
export const deliveryMessages = {
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
