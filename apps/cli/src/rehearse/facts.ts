import type { FailureCode } from '@ponte/contracts'
import { textRows } from '@ponte/operations'

/** What is assumed of RD Station, by the id that reports and docs/vendors/rd-station.md use. */
const rdFacts = textRows({
  'rd-webhook-fields': {
    section: 'thin-deliveries',
    en: 'a webhook of API 2 has every field that the contact has',
    pt: 'um webhook da API 2 traz todos os campos que o contato tem',
    fix: {
      en: 'Values stay missing in TOTVS CRM. Use a webhook or a flow of API 1 for this account.',
      pt: 'Valores ficam faltando no TOTVS CRM. Use um webhook ou um fluxo da API 1 nesta conta.',
    },
  },
  'rd-contact-page': {
    section: 'origin-of-a-lead',
    en: 'the page of a contact is at /leads/public/ and its uuid',
    pt: 'a página do contato fica em /leads/public/ seguido do uuid',
    fix: {
      en: 'A link that a rule writes from `contact.url` opens no page where the delivery has no `public_url`.',
      pt: 'O link que uma regra grava a partir de `contact.url` não abre página nenhuma quando a entrega não traz `public_url`.',
    },
  },
  'rd-legal-bases': {
    section: 'origin-of-a-lead',
    en: 'a webhook of API 1 has the legal bases that came with the conversion',
    pt: 'um webhook da API 1 traz as bases legais que vieram com a conversão',
    fix: {
      en: 'Rules that read `legalBases` find nothing in API 1. Use a webhook of API 2.',
      pt: 'Regras que leem `legalBases` não encontram nada na API 1. Use um webhook da API 2.',
    },
  },
  'rd-mark-by-times': {
    section: 'marks-come-back',
    en: 'a delivery of API 1 that was caused by a mark is recognised by its times',
    pt: 'uma entrega da API 1 causada por uma marcação é reconhecida pelos horários',
    fix: {
      en: 'The echo of a mark may count as a conversion. Send flows of conversions only, or use webhooks of API 2.',
      pt: 'O eco de uma marcação pode contar como conversão. Envie fluxos só de conversões, ou use webhooks da API 2.',
    },
  },
  'rd-conversion-times': {
    section: 'events-of-a-contact',
    en: 'a conversion has the same name and time among the events of the contact as in its webhook',
    pt: 'uma conversão tem nos eventos do contato o mesmo nome e horário que no webhook',
    fix: {
      en: '`ponte reconcile` misses conversions, or sends some again. Leave out `reconcile.segmentation`, and report it.',
      pt: 'O `ponte reconcile` perde conversões ou envia algumas de novo. Deixe `reconcile.segmentation` de fora e envie o relatório.',
    },
  },
  'rd-segmentation-dates': {
    section: 'segmentations',
    en: 'a segmentation tells when a contact converted last',
    pt: 'uma segmentação diz quando foi a última conversão do contato',
    fix: {
      en: '`ponte reconcile` misses conversions. Leave out `reconcile.segmentation`, and report it.',
      pt: 'O `ponte reconcile` perde conversões. Deixe `reconcile.segmentation` de fora e envie o relatório.',
    },
  },
  'rd-events-soon': {
    section: 'funnel-of-a-contact',
    en: 'a mark shows among the events of the contact before Ponte would look it up',
    pt: 'uma marcação aparece nos eventos do contato antes da hora em que o Ponte a procuraria',
    fix: {
      en: 'After a lost answer a mark may be sent twice. Raise `retry.firstDelaySeconds` above the time that is reported.',
      pt: 'Depois de uma resposta perdida, uma marcação pode ser enviada duas vezes. Aumente `retry.firstDelaySeconds` para mais que o tempo informado.',
    },
  },
  'rd-unknown-email-200': {
    section: 'marks-for-unknown-contacts',
    failures: ['RD_REJECTED'],
    en: 'a mark for an unknown e-mail is answered 200, and dropped',
    pt: 'a marcação de um e-mail desconhecido recebe 200 e é descartada',
    fix: {
      en: 'Nothing is lost: Ponte looks each contact up first. Please report it.',
      pt: 'Nada se perde: o Ponte procura cada contato antes. Por favor, envie o relatório.',
    },
  },
  'rd-sale-without-opportunity': {
    section: 'sale',
    failures: ['RD_REJECTED'],
    en: 'a sale is taken of a contact that is no opportunity',
    pt: 'a venda de um contato que não é oportunidade é aceita',
    fix: {
      en: 'Such sales fail as RD_REJECTED. Mark the contact as an opportunity in RD Station and retry the event.',
      pt: 'Essas vendas falham com RD_REJECTED. Marque o contato como oportunidade no RD Station e reenvie o evento.',
    },
  },
  'rd-one-flag': {
    section: 'marks',
    en: 'a contact has one opportunity flag, which one loss takes away',
    pt: 'o contato tem uma só marcação de oportunidade, que uma perda retira',
    fix: {
      en: 'When one of several opportunities of a contact ends, Ponte sends one event too many. Please report it.',
      pt: 'Quando uma de várias oportunidades do contato termina, o Ponte envia um evento a mais. Por favor, envie o relatório.',
    },
  },
  'rd-reason-255': {
    section: 'loss',
    failures: ['RD_REJECTED'],
    en: 'the reason of a loss may have 255 characters',
    pt: 'o motivo da perda pode ter 255 caracteres',
    fix: {
      en: 'Losses with a long reason fail as RD_REJECTED. Shorten the reasons in TOTVS CRM, and report the limit.',
      pt: 'Perdas com motivo longo falham com RD_REJECTED. Encurte os motivos no TOTVS CRM e informe o limite.',
    },
  },
})

const report = { en: 'Please report it.', pt: 'Por favor, envie o relatório.' }

/** What is assumed of TOTVS CRM, by the id that reports and docs/vendors/totvs-crm.md use. */
const crmFacts = textRows({
  'crm-login': {
    section: 'login',
    failures: ['CRM_UNREADABLE', 'CRM_REJECTED'],
    en: 'the login sets the session as a cookie, whatever its body says',
    pt: 'o login grava a sessão em um cookie, diga o corpo o que disser',
    fix: {
      en: 'No call works. Correct `totvsCrm.baseUrl` and `totvsCrm.loginPath`.',
      pt: 'Nenhuma chamada funciona. Corrija `totvsCrm.baseUrl` e `totvsCrm.loginPath`.',
    },
  },
  'crm-integration-path': {
    section: 'integration-api',
    en: 'the integration API answers at `totvsCrm.integrationPath`',
    pt: 'a API de integração responde em `totvsCrm.integrationPath`',
    fix: { en: 'Correct `totvsCrm.integrationPath`.', pt: 'Corrija `totvsCrm.integrationPath`.' },
  },
  'crm-resources': {
    section: 'integration-api',
    en: 'service, resource and version of all six kinds of records are right',
    pt: 'serviço, recurso e versão dos seis tipos de registro estão certos',
    fix: {
      en: 'Correct `totvsCrm.resources` for the kinds that are named.',
      pt: 'Corrija `totvsCrm.resources` dos tipos citados.',
    },
  },
  'crm-list-form': {
    section: 'lists-and-pages',
    failures: ['CRM_UNREADABLE'],
    en: 'lists have one of the three known forms',
    pt: 'as listas têm uma das três formas conhecidas',
    fix: { en: `Nothing can be read. ${report.en}`, pt: `Nada pode ser lido. ${report.pt}` },
  },
  'crm-paging': {
    section: 'lists-and-pages',
    en: '`page` and `pageSize` are obeyed',
    pt: '`page` e `pageSize` são obedecidos',
    fix: {
      en: `Look-ups in long lists fail as CRM_LIST_INCOMPLETE. ${report.en}`,
      pt: `Buscas em listas longas falham com CRM_LIST_INCOMPLETE. ${report.pt}`,
    },
  },
  'crm-error-body': {
    section: 'errors',
    en: 'an error has a `code` and a `message`',
    pt: 'um erro traz `code` e `message`',
    fix: {
      en: `Failures show less of the CRM's own words. ${report.en}`,
      pt: `As falhas mostram menos das palavras do próprio CRM. ${report.pt}`,
    },
  },
  'crm-filters-in-lists': {
    section: 'filters',
    en: 'filters apply to members inside lists, and find no other record',
    pt: 'os filtros valem para campos dentro de listas e não acham outro registro',
    fix: {
      en: 'Ponte searches through all leads, up to 10,000. Ask TOTVS for the names of these members.',
      pt: 'O Ponte percorre todos os leads, até 10.000. Pergunte à TOTVS os nomes desses campos.',
    },
  },
  'crm-phone-spelling': {
    section: 'filters',
    en: 'a phone is kept as it was written, and found so',
    pt: 'um telefone fica como foi escrito, e assim é encontrado',
    fix: {
      en: 'Leads that have only a phone may be created twice. Ask for the e-mail in forms.',
      pt: 'Leads que só têm telefone podem ser criados em dobro. Peça o e-mail nos formulários.',
    },
  },
  'crm-create-answer': {
    section: 'writes',
    failures: ['CRM_UNREADABLE'],
    en: 'the answer to a create holds the id of the new record',
    pt: 'a resposta de uma criação traz o id do registro novo',
    fix: {
      en: `Each create fails as CRM_UNREADABLE. ${report.en}`,
      pt: `Cada criação falha com CRM_UNREADABLE. ${report.pt}`,
    },
  },
  'crm-update-partial': {
    section: 'writes',
    en: 'an update changes what it names and keeps the rest',
    pt: 'uma atualização muda o que cita e mantém o resto',
    fix: {
      en: 'Updates empty other members of a lead: stop the workers of this tenant now, and report it.',
      pt: 'As atualizações esvaziam outros campos do lead: pare já os workers deste tenant e envie o relatório.',
    },
  },
  'crm-lead-members': {
    section: 'lead',
    en: 'a lead shows name, company, identity, e-mails, phones and addresses as they were written',
    pt: 'o lead mostra nome, empresa, identidade, e-mails, telefones e endereços como foram gravados',
    fix: {
      en: `The members that are named are lost, or have other names. ${report.en}`,
      pt: `Os campos citados se perdem ou têm outros nomes. ${report.pt}`,
    },
  },
  'crm-lead-texts': {
    section: 'lead',
    en: 'a lead shows job title, website, Facebook and LinkedIn as they were written',
    pt: 'o lead mostra cargo, site, Facebook e LinkedIn como foram gravados',
    fix: {
      en: 'The members that are named are lost, or have other names. Write them into custom fields by `fields`.',
      pt: 'Os campos citados se perdem ou têm outros nomes. Grave-os em campos personalizados com `fields`.',
    },
  },
  'crm-opportunity-members': {
    section: 'opportunity',
    en: 'an opportunity shows the members that Ponte reads',
    pt: 'a oportunidade mostra os campos que o Ponte lê',
    fix: {
      en: `The members that are named have other names; without \`totalValue\` sales count as 0. ${report.en}`,
      pt: `Os campos citados têm outros nomes; sem \`totalValue\`, as vendas contam como 0. ${report.pt}`,
    },
  },
  'crm-created-at': {
    section: 'opportunity',
    en: '`createdAt` can be read',
    pt: '`createdAt` pode ser lido',
    fix: {
      en: `Opportunities without a record of Ponte fail as CRM_CREATION_UNREADABLE. ${report.en}`,
      pt: `Oportunidades sem registro do Ponte falham com CRM_CREATION_UNREADABLE. ${report.pt}`,
    },
  },
  'crm-created-at-zone': {
    section: 'opportunity',
    en: '`createdAt` names its zone, or is in the time of Brasília',
    pt: '`createdAt` diz o fuso ou está na hora de Brasília',
    fix: {
      en: 'Around the start of Ponte, opportunities are taken for older or newer than they are. Set `marksSince` some hours later.',
      pt: 'Perto do início do Ponte, oportunidades parecem mais antigas ou mais novas do que são. Adie `marksSince` em algumas horas.',
    },
  },
  'crm-updated-at': {
    section: 'what-has-changed',
    en: '`updatedAt` can be read, and moves with a change',
    pt: '`updatedAt` pode ser lido e muda com a alteração',
    fix: {
      en: `\`ponte reconcile\` says that it cannot read the list, or misses what has changed. ${report.en}`,
      pt: `O \`ponte reconcile\` diz que não consegue ler a lista, ou não percebe o que mudou. ${report.pt}`,
    },
  },
  'crm-filter-updated-at': {
    section: 'what-has-changed',
    en: 'opportunities can be listed by `updatedAt`',
    pt: 'dá para listar oportunidades por `updatedAt`',
    fix: {
      en: `\`ponte reconcile\` reads the whole list instead, up to 10,000 opportunities. ${report.en}`,
      pt: `O \`ponte reconcile\` lê a lista inteira no lugar, até 10.000 oportunidades. ${report.pt}`,
    },
  },
  'crm-won': {
    section: 'status-of-an-opportunity',
    en: 'a won opportunity has the status `WON`',
    pt: 'uma oportunidade ganha tem a situação `WON`',
    fix: {
      en: 'Add the status that is reported to `totvsCrm.statusMap`.',
      pt: 'Acrescente a situação informada em `totvsCrm.statusMap`.',
    },
  },
  'crm-context-url': {
    section: 'address-of-an-opportunity',
    failures: ['CRM_UNREADABLE', 'CRM_CONTEXT_URL_REFUSED'],
    en: 'an opportunity is read at the address that its webhook names and its id',
    pt: 'a oportunidade é lida no endereço que o webhook informa, seguido do id',
    fix: {
      en: `No mark is made. Correct \`totvsCrm.contextUrlPattern\` if it was refused. ${report.en}`,
      pt: `Nenhuma marcação é feita. Corrija \`totvsCrm.contextUrlPattern\` se foi recusado. ${report.pt}`,
    },
  },
  'crm-trigger-texts': {
    section: 'workflow-webhooks',
    en: "the triggers' texts are those that Ponte knows",
    pt: 'os textos dos gatilhos são os que o Ponte conhece',
    fix: {
      en: 'Give each workflow its own address, as the guide says: then nothing depends on the text.',
      pt: 'Dê a cada workflow o próprio endereço, como diz o guia: aí nada depende do texto.',
    },
  },
  'crm-event-ids': {
    section: 'workflow-webhooks',
    en: 'each webhook has an id or time of its own',
    pt: 'cada webhook tem id ou horário próprio',
    fix: {
      en: `Changes are taken for repeats and not marked. ${report.en}`,
      pt: `Mudanças são tomadas por repetições e não são marcadas. ${report.pt}`,
    },
  },
  'crm-field-shown': {
    section: 'statusrd',
    en: 'an opportunity shows what was written into its field for failed marks',
    pt: 'a oportunidade mostra o que foi gravado no campo das marcações com erro',
    fix: {
      en: 'Correct `statusRd.field`, or the version in `totvsCrm.resources.opportunity`.',
      pt: 'Corrija `statusRd.field` ou a versão em `totvsCrm.resources.opportunity`.',
    },
  },
  'crm-own-write-fires-updated': {
    section: 'statusrd',
    en: "Ponte's own write fires *updated*, and neither *won* nor *lost*",
    pt: 'a escrita do próprio Ponte dispara *atualizada*, e não *ganha* nem *perdida*',
    fix: {
      en: `Nothing is lost: rounds run by themselves. ${report.en}`,
      pt: `Nada se perde: as rodadas seguem sozinhas. ${report.pt}`,
    },
  },
  'crm-custom-fields-form': {
    section: 'custom-fields',
    en: 'custom fields have the form of `totvsCrm.customFields`',
    pt: 'os campos personalizados têm a forma de `totvsCrm.customFields`',
    fix: {
      en: 'Set `totvsCrm.customFields` to the form that is reported.',
      pt: 'Ponha em `totvsCrm.customFields` a forma informada.',
    },
  },
})

export type FactId = keyof typeof rdFacts | keyof typeof crmFacts

/** An assumption of docs/vendors that a rehearsal can test: what holds, and what to change where it does not. */
type Fact = (typeof factRows)[FactId] & {
  /** The section of docs/vendors/rd-station.md or docs/vendors/totvs-crm.md that has it. */
  readonly section: string
  /** The failures by which it shows that it does not hold. */
  readonly failures?: readonly FailureCode[]
}

export const factRows = { ...rdFacts, ...crmFacts }
const facts: Readonly<Record<FactId, Fact>> = factRows
const isFactId = (id: string): id is FactId => Object.hasOwn(facts, id)

/** Every assumption that a rehearsal can test: the only list of them. docs/vendors names each id where it is assumed. */
export const factIds: readonly FactId[] = Object.keys(facts).filter(isFactId)

export const sectionOf = (id: FactId): string => facts[id].section

/** Does the fact not hold when Ponte fails with this code? */
export const isBrokenBy = (id: FactId, code: string | undefined): boolean =>
  facts[id].failures?.some(failure => failure === code) === true

/** Why a fact could not be asked. */
export const whyNotRows = textRows({
  'not-reached': { en: 'not asked', pt: 'não foi perguntado' },
  'only-api-1': { en: 'only a webhook of API 1 shows it', pt: 'só um webhook da API 1 mostra' },
  'only-api-2': { en: 'only a webhook of API 2 shows it', pt: 'só um webhook da API 2 mostra' },
  'no-public-url': { en: 'the delivery names no page', pt: 'a entrega não informa página' },
  'no-webhook': { en: 'no webhook told of the mark', pt: 'nenhum webhook avisou da marcação' },
  'not-listed': {
    en: 'segmentation 1 does not list the test person',
    pt: 'a segmentação 1 não lista a pessoa de teste',
  },
  'crm-refused': {
    en: 'TOTVS CRM refused what is needed to ask',
    pt: 'o TOTVS CRM recusou o que é preciso para perguntar',
  },
  'rd-refused': { en: 'RD Station did not remove the contact', pt: 'o RD Station não removeu o contato' },
  'not-changed': { en: 'nothing was changed', pt: 'nada foi alterado' },
  'funnel-calls-used': { en: 'the funnel was read often enough', pt: 'o funil já foi lido vezes demais' },
})
export type WhyNot = keyof typeof whyNotRows

/** The answer to one fact: names of members, statuses, counts and times, never a value of a person. */
export type FactAnswer = {
  readonly id: FactId
  readonly held: boolean | null
  readonly why?: WhyNot
} & Readonly<Record<string, unknown>>
