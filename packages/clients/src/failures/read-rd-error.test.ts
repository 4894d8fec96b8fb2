import { expect, test } from 'vitest'
import { rdApiFixture } from '../testing/rd-api-fixture.ts'
import { readLeadLimiter, readRdError } from './api-error.ts'

test.each([
  {
    shape: 'an array at the top',
    body: [{ error_type: 'UNAUTHORIZED', error_message: 'Invalid token.' }],
    types: ['UNAUTHORIZED'],
    message: 'UNAUTHORIZED: Invalid token.',
  },
  {
    shape: 'an array of errors',
    body: rdApiFixture('errors/rd-api-09-error-400-invalid-data-type'),
    types: ['INVALID_DATA_TYPE'],
    message: "INVALID_DATA_TYPE: Must be of type 'SET'. ($.payload.tags)",
  },
  {
    shape: 'one error',
    body: rdApiFixture('errors/rd-api-18-error-404'),
    types: ['RESOURCE_NOT_FOUND'],
    message: 'RESOURCE_NOT_FOUND: Lead not found.',
  },
  {
    shape: 'errors per field',
    body: rdApiFixture('errors/rd-api-20-error-422'),
    types: ['MUST_BE_STRING'],
    message: 'MUST_BE_STRING: Name must be string. (name)',
  },
  {
    shape: 'errors per field and language',
    body: {
      errors: {
        email: { 'pt-BR': [{ error_type: 'TAKEN', error_message: 'já existe' }] },
        name: [{ error_type: 'TOO_LONG', error_message: 'too long' }],
      },
    },
    types: ['TAKEN', 'TOO_LONG'],
    message: 'TAKEN: já existe (email); TOO_LONG: too long (name)',
  },
  {
    shape: 'a bare error',
    body: { error_type: 'ACCESS_DENIED', error_message: 'Wrong credentials provided.' },
    types: ['ACCESS_DENIED'],
    message: 'ACCESS_DENIED: Wrong credentials provided.',
  },
  {
    shape: 'an OAuth error',
    body: rdApiFixture('errors/rd-api-15-error-401-oauth-style'),
    types: ['invalid_token'],
    message: 'invalid_token: The access token is invalid or has expired',
  },
  {
    shape: 'the limit per contact',
    body: rdApiFixture('errors/rd-api-21-error-429-limiter'),
    types: [],
    message: "'lead_limiter' rate limit exceeded for 86400 second(s) period for key 'lead@example.org'",
  },
  {
    shape: 'the gateway',
    body: { message: 'API rate limit exceeded' },
    types: [],
    message: 'API rate limit exceeded',
  },
  { shape: 'a web page', body: '<html><h1>502 Bad Gateway</h1></html>', types: [], message: '' },
  { shape: 'text', body: 'upstream timed out', types: [], message: 'upstream timed out' },
  { shape: 'texts per field', body: { errors: { email: ['is invalid'] } }, types: [], message: 'is invalid (email)' },
])('$shape is read', ({ body, types, message }) => {
  expect(readRdError(body)).toEqual({ types, message })
})

test('every type of an error with many fields is read once', () => {
  expect(readRdError(rdApiFixture('errors/rd-api-10-error-400-field-hash')).types).toEqual(
    expect.arrayContaining(['CANNOT_BE_NULL', 'MUST_BE_STRING', 'INVALID_EMAIL_FORMAT', 'INVALID_USER']),
  )
})

test.each([null, undefined, 7, true, [], {}, { errors: null }, { errors: 7 }, nested(5_000)])(
  'a body that says nothing gives nothing',
  body => {
    expect(readRdError(body)).toEqual({ types: [], message: '' })
  },
)

test('only the limit per contact is read as one', () => {
  expect(readLeadLimiter(rdApiFixture('errors/rd-api-21-error-429-limiter'))).toEqual({ remainingSeconds: 43_067 })
  expect(readLeadLimiter({ error: "'lead_limiter' …", remaining_time: 'soon' })).toEqual({
    remainingSeconds: undefined,
  })
  expect(readLeadLimiter(rdApiFixture('errors/rd-api-22-error-429-errors'))).toBeUndefined()
  expect(readLeadLimiter({ message: 'API rate limit exceeded' })).toBeUndefined()
})

function nested(depth: number): unknown {
  let body: unknown = { error_type: 'DEEP', error_message: 'deep' }
  for (let level = 0; level < depth; level += 1) body = { errors: body }
  return body
}
