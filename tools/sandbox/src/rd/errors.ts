import type { FastifyInstance } from 'fastify'
import { answerRefusals, Refusal } from '../refusal.ts'
import type { RdSettings } from './account.ts'

/** One error of RD Station; all shapes contain it. */
export interface RdError {
  readonly error_type: string
  readonly error_message: string
  readonly validation_rules?: Readonly<Record<string, unknown>>
  readonly path?: string
}

const wrapped = (status: number, error_type: string, error_message: string, headers = {}) =>
  new Refusal(status, { errors: { error_type, error_message } }, headers)

/** Shapes and texts as documented (docs/vendors/rd-station.md#errors, docs/vendors/rd-station.md#refused-credentials). */
export const rdRefusals = {
  notFound: (what = 'Lead') => wrapped(404, 'RESOURCE_NOT_FOUND', `${what} not found.`),
  conflictingField: () =>
    wrapped(400, 'CONFLICTING_FIELD', 'The payload contains an attribute that was used to identify the lead'),
  emailInUse: () => wrapped(400, 'EMAIL_ALREADY_IN_USE', 'Email already in use'),
  invalidFields: (names: readonly string[]) =>
    wrapped(400, 'INVALID_FIELDS', `The fields do not exist: ${names.join(', ')}`),
  badRequest: (message: string) => wrapped(400, 'BAD_REQUEST', message),
  subscriptionRefused: (message: string) => wrapped(401, 'UNAUTHORIZED', message),
  missingToken: () => new Refusal(401, { error: 'invalid_request', error_description: 'The access token is missing' }),
  wrongToken: () => wrapped(401, 'UNAUTHORIZED', 'Invalid token.'),
  expiredToken: (shape: RdSettings['expiredTokenShape']) => expired[shape](),
  /** An error of the token address. */
  auth(settings: Pick<RdSettings, 'authErrorShape'> | undefined, error_type: string, error_message: string) {
    const error = { error_type, error_message }
    return new Refusal(401, settings?.authErrorShape === 'bare' ? error : { errors: error })
  },
  event(settings: RdSettings, errors: readonly RdError[]) {
    if (settings.eventErrorShape === 'errors') return new Refusal(400, { errors })
    // RD Station's own client tests show this variant with another root in `path`.
    return new Refusal(
      400,
      errors.map(error => ({ ...error, ...(error.path && { path: error.path.replace('$.body.', '$.') }) })),
    )
  },
  /** Errors of a contact's or funnel's fields: 422 if all of them are wrong types, else 400. */
  fields(settings: RdSettings, errors: Readonly<Record<string, readonly RdError[]>>) {
    const isTypeOnly = Object.values(errors).every(list =>
      list.every(({ error_type }) => error_type.startsWith('MUST_BE_STRING')),
    )
    return new Refusal(isTypeOnly ? 422 : 400, {
      errors: settings.fieldErrorShape === 'fields' ? errors : localized(errors),
    })
  },
} as const

const expired: { readonly [Shape in RdSettings['expiredTokenShape']]: () => Refusal } = {
  oauth: () =>
    new Refusal(401, {
      error: 'invalid_token',
      error_description: 'The access token is invalid or has expired',
    }),
  errors: () => wrapped(401, 'UNAUTHORIZED', 'Invalid token.'),
  array: () => new Refusal(401, { errors: [{ error_type: 'UNAUTHORIZED', error_message: 'Invalid token.' }] }),
  header: () =>
    wrapped(401, 'UNAUTHORIZED', 'Invalid token.', {
      'www-authenticate': 'Bearer realm="https://api.rd.services/", error="expired_token"',
    }),
}

/** The shape with languages: the errors of the first field by language, the others plain (docs/vendors/rd-station.md#errors). */
function localized(errors: Readonly<Record<string, readonly RdError[]>>) {
  return Object.fromEntries(
    Object.entries(errors).map(([field, list], index) => [field, index === 0 ? { 'pt-BR': list } : list]),
  )
}

/** Answers unexpected errors the way RD Station does. */
export function answerRdErrors(app: FastifyInstance): void {
  answerRefusals(app, {
    notFound: () => rdRefusals.notFound('Resource'),
    unexpected: error => {
      const status = error.statusCode ?? 500
      if (status === 415) {
        return wrapped(
          415,
          'UNSUPPORTED_MEDIA_TYPE',
          'The payload is in a format not supported by this method on the target resource.',
        )
      }
      return status < 500
        ? wrapped(status, 'BAD_REQUEST', error.message)
        : wrapped(500, 'SERVICE_UNAVAILABLE', error.message)
    },
  })
}
