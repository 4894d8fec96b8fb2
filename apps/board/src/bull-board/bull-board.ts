import { storedText, isRecord } from '@ponte/contracts'
import { createBullBoard } from '@bull-board/api'
import type { AfterHook, BeforeHook, UIConfig } from '@bull-board/api/typings/app'
import { FastifyAdapter } from '@bull-board/fastify'
import { type QueueKind, queueKinds, queueName } from '@ponte/runtime'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { isRefusedAction, keepRecordOfActions } from './recorded-actions.ts'
import type { BoardDeps } from '../board-deps.ts'
import { maySee, type User } from '../auth/credentials.ts'
import { errorCodeAddress } from '../pages/error-codes/page.ts'
import { inLanguage, logLineInLanguage } from '../ui/in-language.ts'
import { type Language, languageOf, type Texts } from '../ui/language.ts'
import { BULL_BOARD } from './addresses.ts'
import { addBullBoardMessages } from './messages.ts'
import { MaskedAdapter } from './masked-adapter.ts'
import { maskEmailsDeep } from '../masking/masking.ts'
import { forViewer } from './viewer-answer.ts'
import { navigationFor } from '../ui/menu.ts'

const descriptions: Record<QueueKind, Texts> = {
  'totvs-crm': {
    'pt-BR': 'Leads do RD Station a caminho do TOTVS CRM, e os textos de statusRD.',
    en: 'Leads from RD Station on their way to TOTVS CRM, and the texts of statusRD.',
  },
  'rd-station': {
    'pt-BR': 'Oportunidades, vendas e perdas do TOTVS CRM a caminho do RD Station.',
    en: 'Opportunities, sales and losses from TOTVS CRM on their way to RD Station.',
  },
  quarantine: {
    'pt-BR': 'Entregas autênticas que o Ponte não conseguiu ler. Corrija a causa e reenvie.',
    en: 'Authentic deliveries that Ponte could not read. Fix the cause and retry.',
  },
}

const refusal: Texts = {
  'pt-BR':
    'O Ponte não permite esta ação. Eventos em espera ainda serão entregues: só os que falharam ou foram concluídos podem ser removidos, e só os que falharam podem ser reenviados todos de uma vez. Os dados na tela estão mascarados: gravá-los apagaria os originais. Os limites das filas são definidos pelo Ponte.',
  en: 'Ponte does not allow this action. Waiting events are still to be delivered: only failed or completed events can be removed, and only failed events can be retried all at once. The data on the screen is masked: writing it would lose the original. The limits of the queues are set by Ponte.',
}

/** Bull Board shows links like text, so the arrow marks it as a link. */
const failureLink: Texts = { 'pt-BR': 'O que fazer ↗', en: 'What to do ↗' }

const uiConfigs: Record<Language, UIConfig> = {
  'pt-BR': uiConfig('pt-BR'),
  en: uiConfig('en-US'),
}

export interface BullBoardOptions extends BoardDeps {
  readonly log: FastifyBaseLogger
}

/** Mounts Bull Board in a Fastify app that already asks for a login. */
export async function addBullBoard(app: FastifyInstance, options: BullBoardOptions): Promise<void> {
  const { tenants, queues, redis, log } = options
  // Of a request, Bull Board passes on only the headers, so the user is found by them.
  const visitors = new WeakMap<object, User | undefined>()
  const adapters = tenants.flatMap(({ name }) => {
    const own = queues.of(name)
    return queueKinds.map(kind => {
      const adapter = new MaskedAdapter(own[kind], redis, {
        delimiter: '.',
        description: descriptions[kind]['pt-BR'],
        externalJobUrl: ({ failedReason }) => ({ href: errorCodeAddress(failedReason ?? '') }),
      })
      adapter.setVisibilityGuard(({ headers }) => maySee(visitors.get(headers), name))
      return adapter
    })
  })
  const kindOf = new Map(tenants.flatMap(({ name }) => queueKinds.map(kind => [queueName(name, kind), kind])))

  const before: BeforeHook = ({ method, route, request: { params, headers } }) => {
    if (method === 'get') return
    const allowed = !isRefusedAction(route, params['queueStatus'])
    log.info({ method, route, queue: params['queueName'], job: params['jobId'], allowed }, 'board action')
    if (allowed) return
    return { allow: false, status: 403, message: refusal[languageOf({ headers })] }
  }
  const after: AfterHook = ({ request: { headers } }, result) => {
    const language = languageOf({ headers })
    const body = localise(maskEmailsDeep(result.body), language, kindOf)
    return typeof body === 'string' || Array.isArray(body) || isRecord(body) ? { ...result, body } : result
  }

  const server = new FastifyAdapter()
  server.setBasePath(BULL_BOARD)
  createBullBoard({
    queues: adapters,
    serverAdapter: server,
    options: { uiConfig: uiConfigs['pt-BR'], handlerHooks: { before, after } },
  })
  const mounted = async (scope: FastifyInstance): Promise<void> => {
    scope.addHook('preHandler', async ({ headers, user }) => void visitors.set(headers, user))
    keepRecordOfActions(scope, options)
    scope.addHook('onSend', async (request, reply, payload) => {
      if (typeof payload !== 'string') return payload
      const type = String(reply.getHeader('content-type'))
      const { user, headers } = request
      if (type.startsWith('text/html')) return localisePage(payload, languageOf({ headers }), user)
      return user?.role !== 'operator' && type.startsWith('application/json') ? forViewer(payload) : payload
    })
    await addBullBoardMessages(scope)
    await scope.register(server.registerPlugin())
  }
  await app.register(mounted, { prefix: BULL_BOARD })
}

function uiConfig(lng: string): UIConfig {
  return {
    boardTitle: 'Ponte',
    locale: { lng },
    hideRedisDetails: true,
    hideDocsLink: true,
    overview: { groupByDelimiter: true },
    pollingInterval: { showSetting: true },
  }
}

/** The board's other pages. */
const linksFor = (language: Language, user: User | undefined): { text: string; url: string }[] =>
  navigationFor(user).flatMap(({ href, text }) => (href === BULL_BOARD ? [] : [{ text: text[language], url: href }]))

/**
 * Bull Board prints one configuration for everybody, and asks Google for its fonts. This gives each browser the configuration of
 * its language and keeps the fonts out. Throws when the page no longer looks as expected: that is for a test to find.
 */
export function localisePage(page: string, language: Language, user?: User): string {
  const own = { ...uiConfigs[language], miscLinks: linksFor(language, user), favIcon }
  const config = JSON.stringify(own).replaceAll('<', String.raw`\u003c`)
  const replaced = [
    [/<html lang="en"/, `<html lang="${language}"`],
    [/<link href="https:\/\/fonts\.googleapis\.com[^>]*>/, ''],
    [
      /(<script id="__UI_CONFIG__" type="application\/json">)[\s\S]*?(<\/script>)/,
      `$1${config.replaceAll('$', '$$$$')}$2`,
    ],
  ] as const
  return replaced.reduce((text, [pattern, replacement]) => {
    if (!pattern.test(text)) throw new Error(`Bull Board's page has changed: ${pattern.source} is not in it`)
    return text.replace(pattern, replacement)
  }, page)
}

/** As createBullBoard sets it: the page's script reads it from the configuration. */
const favIcon = { default: 'static/images/logo.svg', alternative: 'static/favicon-32x32.png' }

/** Puts descriptions, links and what Ponte says of a job into the reader's language; a job that has not failed gets no link. */
function localise(body: unknown, language: Language, kindOf: ReadonlyMap<string, QueueKind>): unknown {
  // The lines of a job's log.
  if (Array.isArray(body)) return body.map(line => inReadersLanguage(line, language))
  if (!isRecord(body)) return body
  const job = (value: unknown): unknown => {
    if (!isRecord(value)) return value
    const { externalUrl, ...rest } = localiseJob(value, language)
    const link = value['failedReason'] && isRecord(externalUrl) ? externalUrl : undefined
    return link === undefined ? rest : { ...rest, externalUrl: { ...link, displayText: failureLink[language] } }
  }
  const queue = (value: unknown): unknown => {
    if (!isRecord(value)) return value
    const kind = kindOf.get(String(value['name']))
    const jobs = Array.isArray(value['jobs']) ? value['jobs'].map(job) : value['jobs']
    return { ...value, jobs, ...(kind && { description: descriptions[kind][language] }) }
  }
  return {
    ...body,
    ...(Array.isArray(body['queues']) && { queues: body['queues'].map(queue) }),
    ...('job' in body && { job: job(body['job']) }),
  }
}

function localiseJob(job: Record<string, unknown>, language: Language): Record<string, unknown> {
  const { failedReason, stacktrace, returnValue } = job
  return {
    ...job,
    ...(failedReason !== undefined && { failedReason: inReadersLanguage(failedReason, language) }),
    ...(Array.isArray(stacktrace) && { stacktrace: stacktrace.map(stack => inReadersLanguage(stack, language)) }),
    ...(isRecord(returnValue) &&
      'summary' in returnValue && {
        returnValue: { ...returnValue, summary: summaryInLanguage(returnValue['summary'], language) },
      }),
  }
}

const summaryInLanguage = (summary: unknown, language: Language): unknown => {
  const stored = storedText.safeParse(summary).data
  return stored === undefined ? summary : inLanguage(stored, language)
}

const inReadersLanguage = (text: unknown, language: Language): unknown =>
  typeof text === 'string' ? logLineInLanguage(text, language) : text
