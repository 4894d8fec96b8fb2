import type { Language, Texts } from './language.ts'

/** The words of *edit and retry*. */
export const editTexts = {
  'pt-BR': {
    title: 'Corrigir e reenviar',
    intro: 'Corrija os dados do evento. Antes de enviar, você verá o antes e o depois.',
    preview: 'Conferir',
    check: 'Conferir a correção',
    field: 'Campo',
    before: 'Antes',
    after: 'Depois',
    sent: 'O que será enviado',
    sentLead:
      'Se o TOTVS CRM ainda não conhece a pessoa, o Ponte cria este lead; se já conhece, envia só o que difere. O usuário entre parênteses é procurado no envio.',
    sentMark: 'O Ponte lê esta oportunidade no TOTVS CRM e marca no RD Station o que o estado dela pedir.',
    kept: 'Os dados originais ficam guardados com o evento enquanto ele existir; quem corrigiu e quando, na auditoria.',
    confirm: 'Confirmar e reenviar',
    again: 'Voltar e corrigir',
    back: '← Evento',
    changed: 'Os dados do evento mudaram enquanto você conferia. Comece de novo a partir do evento.',
    notEditable:
      'Este evento não pode ser corrigido: não está mais com falha, não existe mais, ou os dados dele não são texto.',
  },
  en: {
    title: 'Edit and retry',
    intro: "Correct the event's data. Before anything is sent you will see before and after.",
    preview: 'Check',
    check: 'Check the correction',
    field: 'Field',
    before: 'Before',
    after: 'After',
    sent: 'What will be sent',
    sentLead:
      'When TOTVS CRM does not know the person yet, Ponte creates this lead; when it does, Ponte sends what differs. The user in brackets is looked up when it is sent.',
    sentMark: 'Ponte reads this opportunity in TOTVS CRM and makes the mark in RD Station that its state asks for.',
    kept: 'The original data stay with the event as long as it exists; who corrected it and when, in the audit trail.',
    confirm: 'Confirm and retry',
    again: 'Back to the form',
    back: '← Event',
    changed: "The event's data changed while you looked at them. Start again from the event.",
    notEditable: 'This event cannot be edited: it is no longer failed, no longer there, or its data are not text.',
  },
} satisfies Record<Language, unknown>

const labels: Readonly<Record<string, Texts>> = {
  name: { 'pt-BR': 'Nome', en: 'Name' },
  email: { 'pt-BR': 'E-mail', en: 'E-mail' },
  mobilePhone: { 'pt-BR': 'Celular', en: 'Mobile phone' },
  phone: { 'pt-BR': 'Telefone', en: 'Phone' },
  company: { 'pt-BR': 'Empresa', en: 'Company' },
  jobTitle: { 'pt-BR': 'Cargo', en: 'Job title' },
  city: { 'pt-BR': 'Cidade', en: 'City' },
  state: { 'pt-BR': 'Estado', en: 'State' },
  website: { 'pt-BR': 'Site', en: 'Website' },
  facebook: { 'pt-BR': 'Facebook', en: 'Facebook' },
  linkedin: { 'pt-BR': 'LinkedIn', en: 'LinkedIn' },
  ownerEmail: { 'pt-BR': 'E-mail do responsável no RD Station', en: 'E-mail of the owner in RD Station' },
  opportunityId: { 'pt-BR': 'Id da oportunidade', en: 'Opportunity id' },
  contextUrl: { 'pt-BR': 'Caminho das oportunidades (contextUrl)', en: 'Path of the opportunities (contextUrl)' },
  body: { 'pt-BR': 'Corpo da entrega', en: 'Body of the delivery' },
}

export const fieldLabel = (field: string, language: Language): string => labels[field]?.[language] ?? field
