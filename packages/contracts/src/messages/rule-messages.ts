/** Messages about a tenant's rules. `rule` is the rule's name, or the target of a field. */
export const ruleMessages = {
  'lead-skipped-by-rule': {
    en: 'not sent: the filter "{rule}" says so',
    pt: 'não enviado: o filtro "{rule}" determina isso',
  },
  'lead-sent-by-no-rule': {
    en: 'not sent: it matches none of the filters under "send"',
    pt: 'não enviado: não corresponde a nenhum dos filtros de "send"',
  },
  'lead-sent-untold': {
    en: 'let through, although it matches none of the filters under "send": that depends on {places}, which nobody has told',
    pt: 'deixado passar, embora não corresponda a nenhum dos filtros de "send": isso depende de {places}, que ninguém informou',
  },
  'lead-sent-by-rule': {
    en: 'the filter "{rule}" lets it through',
    pt: 'o filtro "{rule}" o deixa passar',
  },
  'routed-by-rule': { en: 'route "{rule}"', pt: 'rota "{rule}"' },
  'owner-in-turn': {
    en: 'responsible user by turn, {usable} of {count} users of the route "{rule}" can take it',
    pt: 'usuário responsável por rodízio, {usable} de {count} usuários da rota "{rule}" podem recebê-lo',
  },
  'route-without-owner': {
    en: 'none of the users of the route "{rule}" is active and has a role; the default user is responsible',
    pt: 'nenhum dos usuários da rota "{rule}" está ativo e tem papel; o usuário padrão é o responsável',
  },
  'owner-kept': {
    en: 'the lead keeps its responsible user, whatever the route "{rule}" says',
    pt: 'o lead mantém o usuário responsável, independentemente da rota "{rule}"',
  },
  'fields-written': { en: 'fields by rule: {rules}', pt: 'campos por regra: {rules}' },
  'rule-misfit': { en: '{rule} left out: {problem}', pt: '{rule} deixado de fora: {problem}' },
  'rule-missing': {
    en: '{rule} is required, and no place has it: {places}',
    pt: '{rule} é obrigatório, e nenhum lugar o tem: {places}',
  },
  'rule-cut': {
    en: '{rule} cut: it has {length} characters, TOTVS CRM accepts {limit}',
    pt: '{rule} cortado: tem {length} caracteres, o TOTVS CRM aceita {limit}',
  },
  'rule-values-left-out': {
    en: '{place}: only the first {count} values are read',
    pt: '{place}: só os primeiros {count} valores são lidos',
  },
  'rule-value-shortened': {
    en: '{place}: a value is longer than {limit} characters; the rest is left out',
    pt: '{place}: um valor tem mais de {limit} caracteres; o restante fica de fora',
  },
  'value-without-digits': { en: 'the value has no digits', pt: 'o valor não tem dígitos' },
  'value-digits-lost': {
    en: 'a spreadsheet has rounded the number (5,51199E+12), so its digits are lost',
    pt: 'uma planilha arredondou o número (5,51199E+12), então os dígitos dele se perderam',
  },
  'value-not-a-number': { en: 'the value is not a number', pt: 'o valor não é um número' },
  'value-not-yes-or-no': { en: 'the value is neither yes nor no', pt: 'o valor não é sim nem não' },
  'value-not-a-date': { en: 'the value is not a date', pt: 'o valor não é uma data' },
  'value-not-in-map': { en: 'the map does not have the value', pt: 'o mapa não tem o valor' },
  'rule-too-long': {
    en: '{rule} left out: it has {length} characters, TOTVS CRM accepts {limit}, and a part of it would be wrong',
    pt: '{rule} deixado de fora: tem {length} caracteres, o TOTVS CRM aceita {limit}, e uma parte dele estaria errada',
  },
  'update-kept': {
    en: '{rule} kept as it is: its update is "{mode}"',
    pt: '{rule} mantido como está: a atualização dele é "{mode}"',
  },
  'update-fills-only': {
    en: '{rule} kept as it is: an imported row without a date, or a conversion that came before, only fills what is empty',
    pt: '{rule} mantido como está: uma linha importada sem data, ou uma conversão que já chegou antes, só preenche o que está vazio',
  },
  'delivery-completed': {
    en: 'read from RD Station, because the delivery lacks it: {places}',
    pt: 'lido do RD Station, porque a entrega não o traz: {places}',
  },
  'delivery-not-completed': {
    en: 'the delivery lacks {places}, and RD Station has not told it: {reason}',
    pt: 'a entrega não traz {places}, e o RD Station não informou: {reason}',
  },
  'completion-slow': { en: 'it has not answered in time', pt: 'ele não respondeu a tempo' },
  'completion-failed': { en: 'it could not be asked', pt: 'não foi possível consultá-lo' },
  'still-lacking': {
    en: 'neither the delivery nor RD Station has {places}',
    pt: 'nem a entrega nem o RD Station têm {places}',
  },
  'default-user-for-want-of-owner': {
    en: 'no owner is known; the default user is responsible',
    pt: 'nenhum responsável é conhecido; o usuário padrão é o responsável',
  },
} as const
