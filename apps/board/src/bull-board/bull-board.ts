import { readFile } from 'node:fs/promises'
import { isRecord, textIn, type Texts } from '@ponte/contracts'
import { maskEmailsDeep, maskForeignWords, maskResult, maySee, type User, findQueueNamed } from '@ponte/operations'
import { createBullBoard } from '@bull-board/api'
import type { AfterHook, BeforeHook } from '@bull-board/api/typings/app'
import { FastifyAdapter } from '@bull-board/fastify'
import { type LiveTenants, queueKinds, queueName, type Tenant } from '@ponte/runtime'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { isRefusedAction, keepRecordOfActions, readParameters } from './recorded-actions.ts'
import { type BoardDeps } from '../board-deps.ts'
import { errorCodeAddress } from '../pages/error-codes/page.ts'
import { languageOf } from '../ui/language.ts'
import { BULL_BOARD } from '../ui/addresses.ts'
import { descriptions, localiseAnswer } from './localise-answer.ts'
import { addBullBoardMessages } from './messages.ts'
import { MaskedAdapter } from './masked-adapter.ts'
import { localisePage, SCRIPT_ADDRESS, uiConfig } from './page.ts'
import { readPageTexts } from './page-texts.ts'
import { renderFooter, renderHeader } from '../ui/shell.ts'

const refusal: Texts = {
  en: 'Ponte does not allow this action. Waiting events are still to be delivered: only failed or completed events can be removed, and only failed events can be retried. The data on the screen is masked: writing it would lose the original. The limits of the queues are set by Ponte.',
  pt: 'O Ponte não permite esta ação. Eventos em espera ainda serão entregues: só os que falharam ou foram concluídos podem ser removidos, e só os que falharam podem ser reenviados. Os dados na tela estão mascarados: gravá-los apagaria os originais. Os limites das filas são definidos pelo Ponte.',
}

const title: Texts = { en: 'Queues', pt: 'Filas' }

export interface BullBoardOptions extends BoardDeps {
  readonly log: FastifyBaseLogger
}

/** Mounts Bull Board in a Fastify app that already asks for a login. */
export async function addBullBoard(
  app: FastifyInstance,
  options: BullBoardOptions,
  tenants: LiveTenants,
): Promise<void> {
  const { queues, log } = options
  // Bull Board passes on only the headers of a request, so the user is found by them.
  const visitors = new WeakMap<object, User | undefined>()
  const openAdapters = ({ name }: Tenant): MaskedAdapter[] => {
    const own = queues.of(name)
    return queueKinds.map(kind => {
      const adapter = new MaskedAdapter(own[kind], options, {
        delimiter: '.',
        description: descriptions[kind].pt,
        hasUnseenWorkers: kind === 'quarantine',
        externalJobUrl: ({ failedReason }) => ({ href: errorCodeAddress(failedReason ?? '') }),
      })
      adapter.setVisibilityGuard(({ headers }) => maySee(visitors.get(headers), name))
      return adapter
    })
  }

  const before: BeforeHook = async ({ method, route, request: { params, headers } }) => {
    if (method === 'get') return
    const { queueName: queue = '', queueStatus, jobId } = readParameters(params)
    const allowed = !(await isRefusedAction({ route, queueStatus, jobId }, findQueueNamed(options, queue)?.queue))
    log.info({ method, route, queue, job: jobId, allowed }, 'board action')
    if (allowed) return
    return { allow: false, status: 403, message: textIn(refusal, languageOf({ headers })) }
  }
  const after: AfterHook = ({ request: { headers } }, result) => {
    const language = languageOf({ headers })
    const body = localiseAnswer(maskEmailsDeep(result.body), language)
    return typeof body === 'string' || Array.isArray(body) || isRecord(body) ? { ...result, body } : result
  }

  const server = new FastifyAdapter()
  server.setBasePath(BULL_BOARD)
  const bullBoard = createBullBoard({
    queues: tenants.current().flatMap(openAdapters),
    serverAdapter: server,
    options: { uiConfig: uiConfig('pt-BR'), handlerHooks: { before, after } },
  })
  // Bull Board would show the words of a library. Thrown on, the board answers.
  server.setErrorHandler(error => {
    throw error
  })
  tenants.onChange(({ added, removed }) => {
    for (const { name } of removed) for (const kind of queueKinds) bullBoard.removeQueue(queueName(name, kind))
    for (const adapter of added.flatMap(openAdapters)) bullBoard.addQueue(adapter)
  })
  const pageTexts = { 'pt-BR': await readPageTexts('pt-BR'), en: await readPageTexts('en') }
  const script = await readFile(new URL('browser/ponte.js', import.meta.url), 'utf8')
  const mounted = async (scope: FastifyInstance): Promise<void> => {
    scope.addHook('preHandler', async ({ headers, user }) => void visitors.set(headers, user))
    keepRecordOfActions(scope, options)
    scope.addHook('onSend', async (request, reply, payload) => {
      if (typeof payload !== 'string') return payload
      const type = String(reply.getHeader('content-type'))
      if (type.startsWith('text/html')) {
        const language = languageOf(request)
        return localisePage(payload, {
          language,
          title: textIn(title, language),
          config: uiConfig(language),
          texts: pageTexts[language],
          header: renderHeader(reply, language),
          footer: renderFooter(reply, language),
        })
      }
      return request.user?.role !== 'operator' && type.startsWith('application/json') ? forViewer(payload) : payload
    })
    await addBullBoardMessages(scope)
    scope.get(SCRIPT_ADDRESS.slice(BULL_BOARD.length), async (_request, reply) =>
      reply.header('cache-control', 'public, max-age=0').type('text/javascript; charset=utf-8').send(script),
    )
    await scope.register(server.registerPlugin())
  }
  await app.register(mounted, { prefix: BULL_BOARD })
}

/**
 * An answer of Bull Board's as a viewer gets it. Queues say that they are read-only, so that there are no buttons; the guard refuses the
 * actions anyway. Of every text about a job only Ponte's own words are shown. The data of a job are masked for everybody (masked-data.ts).
 */
function forViewer(payload: string): string {
  const body: unknown = JSON.parse(payload)
  // The lines of a log.
  if (Array.isArray(body)) return JSON.stringify(maskResult(body, maskForeignWords))
  if (!isRecord(body)) return payload
  return JSON.stringify({
    ...body,
    ...(Array.isArray(body['queues']) && { queues: body['queues'].map(queueForViewer) }),
    ...('job' in body && { job: jobForViewer(body['job']) }),
  })
}

const readOnly = { readOnlyMode: true, allowRetries: false, allowCompletedRetries: false }

function queueForViewer(queue: unknown): unknown {
  if (!isRecord(queue)) return queue
  const { jobs } = queue
  return { ...queue, ...readOnly, ...(Array.isArray(jobs) && { jobs: jobs.map(jobForViewer) }) }
}

const texts = ['failedReason', 'stacktrace', 'returnValue', 'progress', 'deferredFailure']

const jobForViewer = (job: unknown): unknown =>
  isRecord(job)
    ? Object.fromEntries(
        Object.entries(job).map(([name, value]) => [
          name,
          texts.includes(name) ? maskResult(value, maskForeignWords) : value,
        ]),
      )
    : job
