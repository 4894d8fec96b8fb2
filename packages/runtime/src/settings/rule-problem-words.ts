import type { ProblemLanguage } from './problem-words.ts'

/** What is wrong with the rules of a tenant. `what`: the value in quotes. */
export const ruleProblemWords = {
  en: {
    meant: (name: string) => `; did you mean ${name}?`,
    among: (names: readonly string[]) => `; there are: ${names.join(', ')}`,
    sourceUnknown: (what: string) => `${what} is not a source that Ponte knows`,
    targetForm: (what: string) =>
      `${what} is no target; write lead.<member>, opportunity.<member>, lead.customFields.<name> or opportunity.customFields.<name>`,
    targetMisspelled: (what: string) => `${what} is no target that TOTVS CRM is known to have`,
    targetRenamed: (what: string, name: string) => `${what} is called ${name} in TOTVS CRM`,
    targetOfPonte: (what: string) => `${what} is written by Ponte alone`,
    targetElsewhere: (what: string, instead: string) => `${what} is not written by a rule; use ${instead}`,
    targetOfStatus: (what: string) =>
      `${what} is the field for failed marks (statusRd.field), which Ponte alone writes; use another one`,
    targetOfMember: (what: string) =>
      `${what} has the name of a member of the record, beside which custom fields stand here (totvsCrm.customFields: flat)`,
    updateOfOpportunity: (what: string) =>
      `${what} belongs to an opportunity, which Ponte never updates; only leads are`,
    updateOfNothing: (what: string) => `nothing writes ${what}`,
    updateTwice: (what: string) => `${what} stands there twice, with and without "lead."`,
    nameTaken: (what: string, place: string) => `${what} is also the name of ${place}; give each its own`,
    filterEmpty: 'has no key, so that it would match every lead; say at least one',
    fieldEmpty: 'names no place; name one, or leave field out',
    thenEmpty: 'says nothing; there are: pipeline, stage, type, owner, ownerFromRdStation',
    impossibleName: 'the name __proto__ cannot be used',
  },
  'pt-BR': {
    meant: (name: string) => `; você quis dizer ${name}?`,
    among: (names: readonly string[]) => `; existem: ${names.join(', ')}`,
    sourceUnknown: (what: string) => `${what} não é uma origem que o Ponte conhece`,
    targetForm: (what: string) =>
      `${what} não é um destino; escreva lead.<membro>, opportunity.<membro>, lead.customFields.<nome> ou opportunity.customFields.<nome>`,
    targetMisspelled: (what: string) => `${what} não é um destino conhecido do TOTVS CRM`,
    targetRenamed: (what: string, name: string) => `${what} se chama ${name} no TOTVS CRM`,
    targetOfPonte: (what: string) => `${what} só é escrito pelo próprio Ponte`,
    targetElsewhere: (what: string, instead: string) => `${what} não é escrito por uma regra; use ${instead}`,
    targetOfStatus: (what: string) =>
      `${what} é o campo das marcações que falharam (statusRd.field), que só o Ponte escreve; use outro`,
    targetOfMember: (what: string) =>
      `${what} tem o nome de um membro do registro, ao lado do qual ficam aqui os campos personalizados (totvsCrm.customFields: flat)`,
    updateOfOpportunity: (what: string) =>
      `${what} pertence a uma oportunidade, que o Ponte nunca atualiza; só leads são atualizados`,
    updateOfNothing: (what: string) => `nada escreve ${what}`,
    updateTwice: (what: string) => `${what} aparece duas vezes, com e sem "lead."`,
    nameTaken: (what: string, place: string) => `${what} também é o nome de ${place}; dê a cada um o seu`,
    filterEmpty: 'não tem nenhuma chave e corresponderia a todos os leads; indique pelo menos uma',
    fieldEmpty: 'não indica nenhum lugar; indique um ou retire field',
    thenEmpty: 'não diz nada; existem: pipeline, stage, type, owner, ownerFromRdStation',
    impossibleName: 'o nome __proto__ não pode ser usado',
  },
} as const satisfies Record<ProblemLanguage, object>
