import { type FailureCode, failureSentence, textIn, type Texts } from '@ponte/contracts'
import { isRedisTrouble } from '@ponte/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isForScripts, isSafe } from './addresses.ts'
import { languageOf } from './language.ts'
import { sendNotice } from './page.ts'
import { UnknownFilters } from './filter-form.ts'

const titles = {
  notFound: { en: 'Not found', pt: 'Não encontrado' },
  refused: { en: 'Request denied', pt: 'Pedido recusado' },
  failed: { en: 'Something went wrong', pt: 'Algo deu errado' },
} satisfies Record<string, Texts>

const notRead: Texts = {
  en: 'Redis did not answer. Open this page again when it is back.',
  pt: 'O Redis não respondeu. Abra esta página de novo quando ele voltar.',
}
const notDone: Texts = {
  en: 'Redis did not answer. The action may not have been done: check when it is back.',
  pt: 'O Redis não respondeu. A ação pode não ter sido feita: verifique quando ele voltar.',
}
const unexpected: Texts = {
  en: 'Unexpected error. The log of the board has the details.',
  pt: 'Erro inesperado. O log do painel tem os detalhes.',
}

const clearFilters: Texts = { en: 'Clear filters', pt: 'Limpar filtros' }
const toOverview: Texts = { en: 'Go to the overview', pt: 'Ir para a visão geral' }

const tooMany: Texts = {
  en: 'Too many requests. Wait a minute.',
  pt: 'Muitos pedidos em pouco tempo. Aguarde um minuto.',
}

interface Answer {
  readonly status: number
  readonly title: Texts
  readonly text: Texts
  readonly code?: FailureCode
  readonly link?: { readonly href: string; readonly text: Texts }
}

/** Answers to unknown addresses and errors, in the language of the browser and with a stable code. Our own errors are logged. */
export function addErrorAnswers(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) =>
    sendAnswer(request, reply, {
      ...ofCode('NOT_FOUND', 404),
      title: titles.notFound,
      link: { href: '/', text: toOverview },
    }),
  )
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply))
  app.addHook('onError', async (request, _reply, error) => {
    const { status, code } = answerOf(error, request)
    const facts = { method: request.method, route: request.routeOptions.url, code }
    if (status === 503) request.log.warn({ ...facts, reason: error.message }, 'redis did not answer the board')
    else if (status >= 500) request.log.error({ ...facts, ...whereabouts(error) }, 'unexpected error')
  })
}

export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answer = answerOf(error, request)
  if (answer.status === 503) reply.header('retry-after', 5)
  return sendAnswer(request, reply, answer)
}

/** A refusal: a page for a browser that navigates, otherwise the shape that Bull Board's page shows as a message. */
export const sendRefusal = (
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: Pick<Answer, 'status' | 'text' | 'link'>,
): FastifyReply => sendAnswer(request, reply, { ...refusal, title: titles.refused })

function sendAnswer(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
  const { status, title, text, code, link } = answer
  const language = languageOf(request)
  reply.code(status)
  if (!wantsPage(request)) return reply.send({ error: textIn(text, language), ...(code && { code }) })
  return sendNotice(reply, {
    language,
    title: textIn(title, language),
    text: textIn(text, language),
    ...(code && { code }),
    ...(link && { link: { href: link.href, text: textIn(link.text, language) } }),
  })
}

/** Browsers name HTML when they navigate; scripts and Bull Board's page do not. */
const wantsPage = ({ url, headers: { accept = '' } }: FastifyRequest): boolean =>
  !isForScripts(url) && accept.includes('text/html')

/** Fastify and its plugins set the status of a refusal: body too long or of another type, malformed, too many requests. */
function answerOf(error: unknown, { method }: Pick<FastifyRequest, 'method'>): Answer {
  if (isRedisTrouble(error)) {
    const text = isSafe(method) ? notRead : notDone
    return { status: 503, title: titles.failed, text, code: 'STATE_UNAVAILABLE' }
  }
  if (error instanceof UnknownFilters) {
    const { statusCode, text, path } = error
    return { status: statusCode, title: titles.refused, text, link: { href: path, text: clearFilters } }
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status === 413) return ofCode('BODY_TOO_LARGE', status)
  if (status === 415) return ofCode('BODY_TYPE_UNSUPPORTED', status)
  if (status === 429) return { status, title: titles.refused, text: tooMany }
  if (status >= 400 && status < 500) return ofCode('REQUEST_MALFORMED', status)
  return { status: 500, title: titles.failed, text: unexpected, code: 'INTERNAL_ERROR' }
}

const ofCode = (code: FailureCode, status: number): Answer => ({
  status,
  code,
  title: titles.refused,
  text: { en: failureSentence(code, 'en'), pt: failureSentence(code, 'pt-BR') },
})

/** Only the place of the error is logged. Messages may quote what was read, and errors of Redis hold what was to be written. */
const whereabouts = (error: Error): { type: string; at: readonly string[] } => ({
  type: error.name,
  at: (error.stack ?? '').split('\n').filter(line => line.startsWith('    at ')),
})
