import { type Language, textIn, type Texts } from '@ponte/contracts'
import { isRedisTrouble } from '@ponte/runtime'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { preferredLanguage } from '../ui/language.ts'

interface ProblemRow extends Texts {
  readonly status: number
  /** What to do. */
  readonly advice: Texts
}

/** Everything that the API refuses or cannot do. A code that has been published is never renamed and never removed. */
export const problems = {
  API_REQUEST_INVALID: {
    status: 400,
    en: 'The request does not fit the description of the API.',
    pt: 'O pedido não segue a descrição da API.',
    advice: {
      en: 'Correct what `errors` names. Members and parameters that are not described are refused.',
      pt: 'Corrija o que `errors` indica. Membros e parâmetros fora da descrição são recusados.',
    },
  },
  API_TOKEN_IN_ADDRESS: {
    status: 400,
    en: 'A token stands in the address, where logs keep it.',
    pt: 'Há um token no endereço, e os logs guardam endereços.',
    advice: {
      en: 'Replace this token, and send the new one as `Authorization: Bearer`.',
      pt: 'Troque este token e envie o novo em `Authorization: Bearer`.',
    },
  },
  API_TOKEN_REFUSED: {
    status: 401,
    en: 'The token is missing or unknown.',
    pt: 'O token está ausente ou é desconhecido.',
    advice: {
      en: 'Send a token of the file in `BOARD_ACCOUNTS` as `Authorization: Bearer`. The board reads the file when it starts.',
      pt: 'Envie um token do arquivo do `BOARD_ACCOUNTS` em `Authorization: Bearer`. O painel lê o arquivo ao iniciar.',
    },
  },
  API_ROLE_REFUSED: {
    status: 403,
    en: 'The role of this token does not allow this.',
    pt: 'O papel deste token não permite isto.',
    advice: { en: 'Use a token of another role.', pt: 'Use um token de outro papel.' },
  },
  API_NOT_FOUND: {
    status: 404,
    en: 'There is nothing at this address.',
    pt: 'Não há nada neste endereço.',
    advice: {
      en: 'Compare address and method with the description at /api/v1/openapi.json.',
      pt: 'Compare o endereço e o método com a descrição em /api/v1/openapi.json.',
    },
  },
  API_TENANT_UNKNOWN: {
    status: 404,
    en: 'There is no such tenant, or this token may not see it.',
    pt: 'Esta empresa (tenant) não existe, ou este token não a vê.',
    advice: { en: 'GET /api/v1/tenants lists them.', pt: 'GET /api/v1/tenants as lista.' },
  },
  API_EVENT_UNKNOWN: {
    status: 404,
    en: 'This tenant has no such event.',
    pt: 'Esta empresa não tem este evento.',
    advice: {
      en: 'Take the key of an event from GET /api/v1/failures/CODE.',
      pt: 'Use a chave de um evento de GET /api/v1/failures/CODE.',
    },
  },
  API_RETRY_UNKNOWN: {
    status: 404,
    en: 'There is no such retry, or this token may not see it.',
    pt: 'Este reenvio não existe, ou este token não o vê.',
    advice: {
      en: 'Take the id from the answer to the request for the retry.',
      pt: 'Use o id da resposta ao pedido de reenvio.',
    },
  },
  API_BODY_TOO_LARGE: {
    status: 413,
    en: 'The body is larger than 16 KiB.',
    pt: 'O corpo tem mais de 16 KiB.',
    advice: { en: 'Send only what is described.', pt: 'Envie só o que está descrito.' },
  },
  API_BODY_NOT_JSON: {
    status: 415,
    en: 'The body is not of the type application/json.',
    pt: 'O corpo não é do tipo application/json.',
    advice: {
      en: 'Send JSON, with that `Content-Type`; or no body.',
      pt: 'Envie JSON, com esse `Content-Type`; ou nenhum corpo.',
    },
  },
  API_HOST_WRONG: {
    status: 421,
    en: 'The board does not answer at this host.',
    pt: 'O painel não atende neste host.',
    advice: { en: 'Use the host of `BOARD_PUBLIC_URL`.', pt: 'Use o host do `BOARD_PUBLIC_URL`.' },
  },
  API_RATE_LIMITED: {
    status: 429,
    en: 'This token has made too many requests.',
    pt: 'Este token fez pedidos demais.',
    advice: { en: 'Wait for the seconds in `Retry-After`.', pt: 'Aguarde os segundos do `Retry-After`.' },
  },
  API_TOO_MANY_WRONG_TOKENS: {
    status: 429,
    en: 'There were too many wrong tokens.',
    pt: 'Houve tokens incorretos demais.',
    advice: {
      en: 'Send the right token: it is accepted at once. For others, wait for the seconds in `Retry-After`.',
      pt: 'Envie o token certo: ele é aceito na hora. Para outros, aguarde os segundos do `Retry-After`.',
    },
  },
  API_FAILED: {
    status: 500,
    en: 'Unexpected error in Ponte.',
    pt: 'Erro inesperado no Ponte.',
    advice: {
      en: 'The log of the board has the details. Send the request again later.',
      pt: 'O log do painel tem os detalhes. Repita o pedido mais tarde.',
    },
  },
  API_REDIS_UNAVAILABLE: {
    status: 503,
    en: 'Redis did not answer. What was asked for may not have been done.',
    pt: 'O Redis não respondeu. O que foi pedido pode não ter sido feito.',
    advice: {
      en: 'Send the request again after the seconds in `Retry-After`.',
      pt: 'Repita o pedido após os segundos do `Retry-After`.',
    },
  },
} as const satisfies Readonly<Record<string, ProblemRow>>

export type ProblemCode = keyof typeof problems

const rows: Readonly<Record<ProblemCode, ProblemRow>> = problems

/** Where `type` leads: a page that needs no token, with a section for each code. */
export const PROBLEMS_PATH = '/api/v1/problems'

interface Mistake {
  readonly at: string
  readonly message: string
}

/** Thrown to answer a request with `application/problem+json`. */
export class ApiProblem extends Error {
  readonly code: ProblemCode
  /** For the hooks of the whole board, which log what is Ponte's own fault. */
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly mistakes: readonly Mistake[]

  constructor(
    code: ProblemCode,
    { headers = {}, mistakes = [] }: Partial<Pick<ApiProblem, 'headers' | 'mistakes'>> = {},
  ) {
    super(rows[code].en)
    this.name = 'ApiProblem'
    this.code = code
    this.statusCode = rows[code].status
    this.headers = headers
    this.mistakes = mistakes
  }
}

/** English, unless Portuguese is asked for. */
export const languageOfApi = ({ headers }: Pick<FastifyRequest, 'headers'>): Language =>
  headers['accept-language'] === undefined ? 'en' : preferredLanguage(headers['accept-language'])

/** Answers with any error as a problem. It holds no value of the request. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { code, headers, mistakes } = toProblem(error)
  const row = rows[code]
  const language = languageOfApi(request)
  return reply
    .code(row.status)
    .headers(headers)
    .header('content-language', language)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: `${PROBLEMS_PATH}#${code}`,
        title: textIn(row, language),
        status: row.status,
        code,
        detail: textIn(row.advice, language),
        ...(mistakes.length > 0 && { errors: mistakes }),
      }),
    )
}

/** By the code of Fastify's error. */
const unreadable: ReadonlyMap<unknown, Mistake> = new Map([
  ['FST_ERR_BAD_URL', { at: 'address', message: 'Cannot be decoded' }],
  ['FST_ERR_CTP_INVALID_JSON_BODY', { at: 'body', message: 'Is no JSON' }],
])

function toProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  if (isRedisTrouble(error)) return new ApiProblem('API_REDIS_UNAVAILABLE', { headers: { 'retry-after': '5' } })
  if (hasZodFastifySchemaValidationErrors(error)) return new ApiProblem('API_REQUEST_INVALID', mistakesOf(error))
  const unread = error instanceof Error && 'code' in error ? unreadable.get(error.code) : undefined
  if (unread !== undefined) return new ApiProblem('API_REQUEST_INVALID', { mistakes: [unread] })
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status === 413) return new ApiProblem('API_BODY_TOO_LARGE', { headers: { connection: 'close' } })
  if (status === 415) return new ApiProblem('API_BODY_NOT_JSON')
  return new ApiProblem(status >= 400 && status < 500 ? 'API_REQUEST_INVALID' : 'API_FAILED')
}

const MAX_MISTAKES = 20
const MAX_CHARACTERS = 200

/** What the validator of Fastify's routes says of a request. */
interface Invalid {
  readonly validationContext?: string | undefined
  readonly validation: readonly { readonly instancePath: string; readonly message?: string | undefined }[]
}

const mistakesOf = ({ validation, validationContext = '' }: Invalid): Pick<ApiProblem, 'mistakes'> => ({
  mistakes: validation.slice(0, MAX_MISTAKES).map(({ instancePath, message = '' }) => ({
    at: `${validationContext}${instancePath === '/' ? '' : instancePath}`.slice(0, MAX_CHARACTERS),
    message: message.slice(0, MAX_CHARACTERS),
  })),
})
