import { readFile } from 'node:fs/promises'
import { isRecord, languages } from '@ponte/contracts'
import { maySee, type User } from '@ponte/operations'
import { createBullBoard } from '@bull-board/api'
import type { AfterHook } from '@bull-board/api/typings/app'
import { FastifyAdapter } from '@bull-board/fastify'
import { type LiveTenants, queueKinds, queueName, type Tenant } from '@ponte/runtime'
import type { FastifyInstance } from 'fastify'
import { keepRecordOfActions } from './recorded-actions.ts'
import type { BoardDeps } from '../board-deps.ts'
import { languageOf } from '../ui/language.ts'
import { BULL_BOARD } from '../ui/addresses.ts'
import { shownAnswer } from './shown-answer.ts'
import { MaskedAdapter } from './masked-adapter.ts'
import { localisePage, SCRIPT_ADDRESS, uiConfig, locales, readTexts } from './page.ts'
import { renderFooter, renderHeader } from '../ui/shell.ts'

/** Mounts Bull Board in a Fastify app that already asks for a login. */
export async function addBullBoard(app: FastifyInstance, deps: BoardDeps, tenants: LiveTenants): Promise<void> {
  // Bull Board passes on only the headers of a request, so the user is found by them.
  const visitors = new WeakMap<object, User | undefined>()
  const openAdapters = ({ name }: Tenant): MaskedAdapter[] => {
    const own = deps.queues.of(name)
    return queueKinds.map(kind => {
      const adapter = new MaskedAdapter(own[kind], deps)
      adapter.setVisibilityGuard(({ headers }) => maySee(visitors.get(headers), name))
      return adapter
    })
  }

  const after: AfterHook = ({ request: { headers } }, result) => {
    const body = shownAnswer(result.body, languageOf({ headers }), visitors.get(headers))
    return typeof body === 'string' || Array.isArray(body) || isRecord(body) ? { ...result, body } : result
  }

  const server = new FastifyAdapter()
  server.setBasePath(BULL_BOARD)
  const bullBoard = createBullBoard({
    queues: tenants.current().flatMap(openAdapters),
    serverAdapter: server,
    options: { uiConfig: uiConfig('pt-BR'), handlerHooks: { after } },
  })
  // Bull Board would show the words of a library. Thrown on, the board answers.
  server.setErrorHandler(error => {
    throw error
  })
  tenants.onChange(({ added, removed }) => {
    for (const { name } of removed) for (const kind of queueKinds) bullBoard.removeQueue(queueName(name, kind))
    for (const adapter of added.flatMap(openAdapters)) bullBoard.addQueue(adapter)
  })
  const texts = { 'pt-BR': await readTexts('pt-BR'), en: await readTexts('en') }
  const files = [
    {
      address: SCRIPT_ADDRESS,
      type: 'text/javascript',
      text: await readFile(new URL('browser/ponte.js', import.meta.url)),
    },
    ...languages.map(language => ({
      address: `${BULL_BOARD}/static/locales/${locales[language]}/messages.json`,
      type: 'application/json',
      text: JSON.stringify(texts[language].messages),
    })),
  ]
  const mounted = async (scope: FastifyInstance): Promise<void> => {
    scope.addHook('preHandler', async ({ headers, user }) => void visitors.set(headers, user))
    keepRecordOfActions(scope, deps)
    scope.addHook('onSend', async (request, reply, payload) => {
      if (typeof payload !== 'string' || !String(reply.getHeader('content-type')).startsWith('text/html'))
        return payload
      const language = languageOf(request)
      return localisePage(payload, {
        language,
        texts: texts[language].page,
        header: renderHeader(reply, language),
        footer: renderFooter(reply, language),
      })
    })
    for (const { address, type, text } of files)
      scope.get(address.slice(BULL_BOARD.length), async (_request, reply) =>
        reply.header('cache-control', 'public, max-age=0').type(`${type}; charset=utf-8`).send(text),
      )
    await scope.register(server.registerPlugin())
  }
  await app.register(mounted, { prefix: BULL_BOARD })
}
