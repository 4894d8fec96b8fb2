import type { FastifyInstance } from 'fastify'
import { answerRefusals, Refusal } from '../refusal.ts'

/** TOTVS's standard error object; that TOTVS CRM uses it is assumed (docs/vendors/totvs-crm.md#errors). */
export function crmRefusal(status: number, code: string, message: string, details: readonly string[] = []): Refusal {
  return new Refusal(status, {
    code,
    message,
    detailedMessage: details.join('; ') || message,
    details: details.map(detail => ({ code, message: detail, detailedMessage: detail })),
  })
}

export const crmRefusals = {
  unauthorized: () => crmRefusal(401, 'UNAUTHORIZED', 'Sessão inválida ou expirada. Efetue o login novamente.'),
  notFound: (what: string) => crmRefusal(404, 'NOT_FOUND', `${what} não encontrado.`),
  badRequest: (message: string, details: readonly string[] = []) => crmRefusal(400, 'BAD_REQUEST', message, details),
  invalid: (problems: readonly string[]) => crmRefusal(400, 'VALIDATION_ERROR', 'Dados inválidos.', problems),
} as const

/** Answers unexpected errors the way TOTVS CRM does. */
export function answerCrmErrors(app: FastifyInstance): void {
  answerRefusals(app, {
    notFound: () => crmRefusals.notFound('Recurso'),
    unexpected: error => crmRefusal(error.statusCode ?? 500, 'ERROR', error.message),
  })
}
