import { failures, isOpportunityPath, isRecordId } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import type { Texts } from '../../ui/language.ts'

/** Why data may not be kept as they were edited. */
export interface EditProblem {
  readonly field?: string
  readonly text: Texts
}

const refusedAddress = failures.CRM_CONTEXT_URL_REFUSED

export const editProblems = {
  email: { 'pt-BR': 'Não é um e-mail válido.', en: 'This is not a valid e-mail.' },
  missing: { 'pt-BR': 'Não pode ficar vazio.', en: 'Must not be empty.' },
  identity: {
    'pt-BR': 'Informe um e-mail ou um telefone utilizável: ao menos 8 dígitos, não todos iguais.',
    en: 'Give an e-mail or a usable phone: at least 8 digits, not all the same.',
  },
  path: {
    'pt-BR': `CRM_CONTEXT_URL_REFUSED: ${refusedAddress.pt} (totvsCrm.contextUrlPattern).`,
    en: `CRM_CONTEXT_URL_REFUSED: ${refusedAddress.en} (totvsCrm.contextUrlPattern)`,
  },
  id: {
    'pt-BR': `CRM_CONTEXT_URL_REFUSED: ${refusedAddress.pt} (id da oportunidade).`,
    en: `CRM_CONTEXT_URL_REFUSED: ${refusedAddress.en} (id of the opportunity)`,
  },
  unchanged: { 'pt-BR': 'Nada foi alterado.', en: 'Nothing was changed.' },
  shape: {
    'pt-BR': 'Os dados não têm a forma que o Ponte lê.',
    en: 'The data do not have the shape that Ponte reads.',
  },
} satisfies Record<string, Texts>

/** An address that the worker would refuse to read: docs/behaviour.md#addresses-and-tokens */
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
