import type { HttpRequest } from '../http/http.ts'
import type { HttpLimits } from '../http/send-request.ts'
import { SECRETS } from './recording-guard.ts'

/** A write full of secrets and personal data. */
export const write = {
  method: 'POST',
  json: { name: SECRETS.name, email: SECRETS.email, phone: SECRETS.phone },
  headers: { authorization: `Bearer ${SECRETS.accessToken}`, cookie: `JSESSIONID=${SECRETS.sessionId}` },
  writes: true,
  read: ({ body }) => body,
} as const satisfies Omit<HttpRequest<unknown>, 'url'>

/** A read. */
export const look = { method: 'GET', read: ({ body }) => body } as const satisfies Omit<HttpRequest<unknown>, 'url'>

/** Limits that a test can wait for. */
export const impatient: Partial<HttpLimits> = { responseMs: 500, totalMs: 700 }
