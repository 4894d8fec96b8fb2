import type { FailureCode } from '@ponte/contracts'

/** What a person in the CRM can do about a mark that failed for good. `field` is the name of the tenant's statusRD field. */
export const remedyOf = (code: FailureCode, field: string): string => (remedies[code] ?? correctAndSave)(field)

type Remedy = (field: string) => string

const correctAndSave: Remedy = field => `Corrija e salve a oportunidade, ou escreva REENVIAR em ${field}.`
const tellAdministrator: Remedy = field => `Avise o administrador da integração; depois, escreva REENVIAR em ${field}.`
const resendLater: Remedy = field => `Mais tarde, escreva REENVIAR em ${field}.`

/** Sentences in Portuguese, for the codes with which a mark can fail for good. Repairs outside the record need REENVIAR. */
const remedies: Partial<Record<FailureCode, Remedy>> = {
  RD_REJECTED: field => `Corrija os dados da oportunidade ou do lead e salve, ou escreva REENVIAR em ${field}.`,
  RD_CONTACT_NOT_FOUND: field =>
    `Recrie o contato no RD Station ou corrija o e-mail do lead; depois, escreva REENVIAR em ${field}.`,
  RD_SALE_VALUE_ABOVE_LIMIT: () => 'Corrija o valor da oportunidade e salve.',
  RD_SALE_VALUE_INVALID: () => 'Corrija o valor da oportunidade e salve.',
  RD_FORBIDDEN: field => `Verifique o plano e as permissões no RD Station; depois, escreva REENVIAR em ${field}.`,
  RD_TOKEN_REVOKED: tellAdministrator,
  RD_CLIENT_REJECTED: tellAdministrator,
  RD_UNAUTHORIZED: tellAdministrator,
  RD_UNREADABLE: tellAdministrator,
  RD_UNREACHABLE: resendLater,
  RD_UNAVAILABLE: resendLater,
  CRM_LEAD_NOT_FOUND: () => 'Associe um lead existente à oportunidade e salve.',
  CRM_STATUS_UNKNOWN: tellAdministrator,
  CRM_CONTEXT_URL_REFUSED: tellAdministrator,
  CRM_LOGIN_REJECTED: tellAdministrator,
  CRM_UNAUTHORIZED: tellAdministrator,
  CRM_REJECTED: tellAdministrator,
  CRM_UNREADABLE: tellAdministrator,
  CRM_LIST_INCOMPLETE: tellAdministrator,
  CRM_UNREACHABLE: resendLater,
  CRM_UNAVAILABLE: resendLater,
  CRM_CONFLICT: resendLater,
  JOB_UNREADABLE: tellAdministrator,
  STATE_UNREADABLE: tellAdministrator,
  INTERNAL_ERROR: tellAdministrator,
}
