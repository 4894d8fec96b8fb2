import { codeSentence, type Language } from '@ponte/contracts'
import { chosenToRetry, readOnce, type RetryKind, sumCounts } from '@ponte/operations'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { hiddenFields, html } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { sendNotice, sendPage } from '../../ui/page.ts'
import { formatCount } from '../../ui/shell.ts'
import { retryAddress } from '../../ui/addresses.ts'
import { ASK_ABOVE } from './cause-card.ts'
import { type NamedFailures, partFields, partOf, readParts } from './parts.ts'
import { failureTexts } from './texts.ts'

const confirmation = z.object({ confirmed: z.literal('yes') })

/** The forms of the failures pages: retry all that is named, or the newest of each. */
export function addFailureActions(app: FastifyInstance, all: BoardDeps): void {
  for (const path of ['/failures/retry', '/failures/try']) {
    // After a reload, or a login in between, a browser asks for the form's address by GET.
    app.get(path, async (_request, reply) => reply.redirect('/failures', 303))
  }

  /** Each queue is counted only once. */
  async function read({ user, body }: FastifyRequest) {
    const deps = { ...depsFor(all, user), failedJobs: readOnce(all.failedJobs) }
    return { deps, ...(await readParts(deps, body)) }
  }

  app.post('/failures/retry', async (request, reply) => {
    const language = languageOf(request)
    const { deps, parts, filters } = await read(request)
    if (parts.length === 0) return sendNotThere(reply, language)
    const found = parts.filter(part => part.count > 0)
    const count = sumCounts(found)
    if (count === 0) return sendNoLonger(reply, language)
    if (count > ASK_ABOVE && !confirmation.safeParse(request.body).success)
      return ask(reply, { parts: found, filters, count, language })
    return await begin(deps, request, reply, 'all', found)
  })

  app.post('/failures/try', async (request, reply) => {
    const language = languageOf(request)
    const { deps, parts } = await read(request)
    if (parts.length === 0) return sendNotThere(reply, language)
    return await begin(deps, request, reply, 'trial', parts)
  })
}

/** Starts the work and leads to the page that shows it. */
async function begin(
  deps: BoardDeps,
  { user }: FastifyRequest,
  reply: FastifyReply,
  kind: RetryKind,
  parts: NamedFailures['parts'],
): Promise<FastifyReply> {
  if (user === undefined) return sendNotThere(reply, languageOf(reply.request))
  const found = parts.filter(({ count }) => count > 0)
  const queues = await chosenToRetry(deps, kind, found)
  if (queues.length === 0) return sendNoLonger(reply, languageOf(reply.request))
  return reply.redirect(retryAddress(await deps.retries.start(user, kind, queues)), 303)
}

const sendNoLonger = (reply: FastifyReply, language: Language): FastifyReply =>
  sendNotice(reply.code(409), {
    language,
    title: failureTexts[language].title,
    text: failureTexts[language].noLonger,
    link: { href: '/failures', text: failureTexts[language].title },
  })

interface Question extends NamedFailures {
  readonly count: number
  readonly language: Language
}

function ask(reply: FastifyReply, { parts, filters, count, language }: Question): FastifyReply {
  const words = failureTexts[language]
  const title = words.sure(formatCount(count, language))
  const body = html`<h1>${title}</h1>
    <ul>
      ${parts.map(
        ({ queueRef, code, count: own }) =>
          html`<li>
            <strong>${queueRef.tenant.name}</strong> ${formatCount(own, language)} · ${codeSentence(code, language)}
          </li>`,
      )}
    </ul>
    <p>${words.sureText}</p>
    <form class="actions" method="post" action="/failures/retry">
      ${partFields(parts.map(partOf), filters)} ${hiddenFields({ confirmed: 'yes' })}
      <button type="submit">${words.retryAll(formatCount(count, language), false)}</button>
      <a href="/failures">${words.cancel}</a>
    </form>`
  return sendPage(reply, { language, title, body })
}

const sendNotThere = (reply: FastifyReply, language: Language): FastifyReply =>
  sendNotice(reply.code(404), { language, title: failureTexts[language].title, text: failureTexts[language].noQueue })
