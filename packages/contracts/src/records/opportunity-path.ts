/** An id that the CRM gave out itself. */
const RECORD_ID = /^[\w-]{1,64}$/

export const isRecordId = (id: string): boolean => RECORD_ID.test(id)

/**
 * May Ponte read this path? It comes from outside, and a wrong one would send Ponte to another address
 * (docs/vendors/totvs-crm.md#address-of-an-opportunity). The pattern alone does not decide: it is a setting (`totvsCrm.contextUrlPattern`).
 */
export const isOpportunityPath = (contextUrl: string, contextUrlPattern: string): boolean =>
  new RegExp(contextUrlPattern).test(contextUrl) &&
  /^\/[\x21-\x7e]*$/.test(contextUrl) &&
  !/\.\.|\/\/|[?#\\%]/.test(contextUrl)
