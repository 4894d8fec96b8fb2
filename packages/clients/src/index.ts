export * from './http/call-guard.ts'
export { type CrmFilter, filterOf } from './totvs-crm/crm-filter.ts'
export type { CrmRecords, ReadRecords } from './totvs-crm/crm-list.ts'
export * from './totvs-crm/documented-addresses.ts'
export { createCrmSession, logInToCrm } from './totvs-crm/crm-session.ts'
export { type HttpAnswer, MAX_CALL_MS } from './http/send-request.ts'
export {
  createRdStationClient,
  type RdMarkTimes,
  type RdSegmentationPage,
  type RdStationClient,
} from './rd-station/rd-station.ts'
export { exchangeRdCode, type RdTokenPair, refreshRdAccessToken } from './rd-station/request-rd-tokens.ts'
export type { Credential, CredentialSource } from './http/with-credential.ts'
export { createTotvsCrmClient, type TotvsCrmClient } from './totvs-crm/totvs-crm.ts'
