import type { FailureCode, System } from '@ponte/contracts'
import { type ApiError, readCrmError, readLeadLimiter, readRdError } from './api-error.ts'

/** The failure codes of one system, and how to read its error bodies. */
interface VendorCodes {
  readonly unreachable: FailureCode
  readonly unavailable: FailureCode
  readonly throttled: FailureCode
  readonly unauthorized: FailureCode
  readonly forbidden: FailureCode
  readonly rejected: FailureCode
  readonly unreadable: FailureCode
  /** The code for a 409. Without it, a 409 is `rejected`. */
  readonly conflict?: FailureCode
  readError(body: unknown): ApiError
  /** What a 429 says that limits one record alone. */
  readRecordLimit?(body: unknown): { readonly remainingSeconds: number | undefined } | undefined
  /** A 404 without an error of the API in it comes from what stands before the API. */
  readonly hasGateway: boolean
}

export const vendorCodes: { readonly [Name in System]: VendorCodes } = {
  'rd-station': {
    unreachable: 'RD_UNREACHABLE',
    unavailable: 'RD_UNAVAILABLE',
    throttled: 'RD_QUOTA_EXCEEDED',
    unauthorized: 'RD_UNAUTHORIZED',
    forbidden: 'RD_FORBIDDEN',
    rejected: 'RD_REJECTED',
    unreadable: 'RD_UNREADABLE',
    readError: readRdError,
    readRecordLimit: readLeadLimiter,
    hasGateway: true,
  },
  'totvs-crm': {
    unreachable: 'CRM_UNREACHABLE',
    unavailable: 'CRM_UNAVAILABLE',
    throttled: 'CRM_THROTTLED',
    unauthorized: 'CRM_UNAUTHORIZED',
    forbidden: 'CRM_REJECTED',
    rejected: 'CRM_REJECTED',
    unreadable: 'CRM_UNREADABLE',
    conflict: 'CRM_CONFLICT',
    readError: readCrmError,
    hasGateway: false,
  },
}
