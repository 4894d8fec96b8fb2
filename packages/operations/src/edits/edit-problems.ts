import { failures, isOpportunityPath, isRecordId, type Texts } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'

/** Why data may not be kept as they were edited. */
export interface EditProblem {
  readonly field?: string
  readonly text: Texts
}

const refusedAddress = failures.CRM_CONTEXT_URL_REFUSED

export const editProblems = {
  email: { en: 'This is not a valid e-mail.', pt: 'Não é um e-mail válido.' },
  digitsLost: {
    en: 'A spreadsheet has rounded this number. Write the whole number, or nothing.',
    pt: 'Uma planilha arredondou este número. Escreva o número inteiro, ou nada.',
  },
  missing: { en: 'Must not be empty.', pt: 'Não pode ficar vazio.' },
  identity: {
    en: 'Give an e-mail or a usable phone: at least 8 digits, not all the same.',
    pt: 'Informe um e-mail ou um telefone utilizável: ao menos 8 dígitos, não todos iguais.',
  },
  path: {
    en: `CRM_CONTEXT_URL_REFUSED: ${refusedAddress.en.happened} (totvsCrm.contextUrlPattern)`,
    pt: `CRM_CONTEXT_URL_REFUSED: ${refusedAddress.pt.happened} (totvsCrm.contextUrlPattern).`,
  },
  id: {
    en: `CRM_CONTEXT_URL_REFUSED: ${refusedAddress.en.happened} (id of the opportunity)`,
    pt: `CRM_CONTEXT_URL_REFUSED: ${refusedAddress.pt.happened} (id da oportunidade).`,
  },
  nothing: {
    en: 'Nothing would be sent: there is no lead and no event in it.',
    pt: 'Nada seria enviado: não há lead nem evento aqui.',
  },
  unchanged: { en: 'Nothing was changed.', pt: 'Nada foi alterado.' },
  shape: {
    en: 'The data do not have the shape that Ponte reads.',
    pt: 'Os dados não têm a forma que o Ponte lê.',
  },
} satisfies Record<string, Texts>

/** An address that the worker would refuse to read: docs/behaviour/deliveries.md#addresses-and-tokens */
export function checkAddress(
  { opportunityId, contextUrl }: { opportunityId: string; contextUrl: string },
  { tenant }: { readonly tenant: Tenant },
): readonly EditProblem[] {
  const { contextUrlPattern } = tenant.settings.totvsCrm
  return [
    ...(isOpportunityPath(contextUrl, contextUrlPattern) ? [] : [{ field: 'contextUrl', text: editProblems.path }]),
    ...(isRecordId(opportunityId) ? [] : [{ field: 'opportunityId', text: editProblems.id }]),
  ]
}
