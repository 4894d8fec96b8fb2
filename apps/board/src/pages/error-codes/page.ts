import type { IncomingHttpHeaders } from 'node:http'
import { readFile } from 'node:fs/promises'
import { codeOfReason, type FailureCode, isFailureCode } from '@ponte/contracts'
import type { FastifyInstance } from 'fastify'
import { marked } from 'marked'
import { z } from 'zod'
import { type Html, html, trustedHtml } from '../../ui/html.ts'
import { failureSentence } from '../../ui/in-language.ts'
import { type Language, languages, preferredLanguage } from '../../ui/language.ts'
import { sendPage } from '../../ui/page.ts'

/** What a document says of each code, as markdown. */
export type FailureDocument = ReadonlyMap<string, string>
export type FailureDocuments = Readonly<Record<Language, FailureDocument>>

const files: Record<Language, URL> = {
  'pt-BR': new URL('../../../../../docs/failures.pt-BR.md', import.meta.url),
  en: new URL('../../../../../docs/failures.md', import.meta.url),
}

const texts = {
  'pt-BR': {
    title: 'Falhas',
    intro: 'Cada falha tem um código que nunca muda. Escolha o código para ler o que aconteceu e o que fazer.',
    all: 'Todas as falhas',
    events: 'Eventos que falharam com este código',
    unknown: 'Este código de falha não existe.',
    other: { text: 'Read in English', language: 'en' },
  },
  en: {
    title: 'Failures',
    intro: 'Each failure has a code that never changes. Choose a code to read what happened and what to do.',
    all: 'All failures',
    events: 'Events that failed with this code',
    unknown: 'There is no such failure code.',
    other: { text: 'Ler em português', language: 'pt-BR' },
  },
} satisfies Record<Language, unknown>

/** Reads docs/failures.md and docs/failures.pt-BR.md, once, when the board starts. */
export async function readFailureDocuments(): Promise<FailureDocuments> {
  const [portuguese, english] = await Promise.all([readFile(files['pt-BR'], 'utf8'), readFile(files.en, 'utf8')])
  return { 'pt-BR': splitDocument(portuguese), en: splitDocument(english) }
}

/** The sections under `## CODE`, in the order of the document. */
function splitDocument(markdown: string): FailureDocument {
  const [, ...sections] = markdown.split(/^## /m)
  return new Map(
    sections.map(section => {
      const end = section.indexOf('\n')
      return [section.slice(0, end).trim(), section.slice(end + 1).trim()]
    }),
  )
}

/** The page about a failed job's reason (`CODE: sentence`): of its code, or of all codes when it names none. */
export function failureAddress(failedReason: string): string {
  const code = codeOfReason(failedReason)
  return isFailureCode(code) ? `/failures/${code}` : '/failures'
}

const query = z.object({ lang: z.enum(languages).optional() })
const parameters = z.object({ code: z.string() })

/** The pages that say what happened and what to do. */
export function addErrorCodePages(app: FastifyInstance, documents: FailureDocuments): void {
  app.get('/failures', async (request, reply) => {
    const language = readLanguage(request)
    const { title, intro, other } = texts[language]
    const body = html`<h1>${title}</h1>
      <p>${intro}</p>
      <p>
        <a href="/failures?lang=${other.language}" hreflang="${other.language}" lang="${other.language}"
          >${other.text}</a
        >
      </p>
      <ul>
        ${[...documents[language].keys()].filter(isFailureCode).map(code => listItem(code, language))}
      </ul>`
    return sendPage(reply, { language, title, body })
  })

  app.get('/failures/:code', async (request, reply) => {
    const language = readLanguage(request)
    const { code } = parameters.parse(request.params)
    const { all, other, unknown } = texts[language]
    const section = documents[language].get(code)
    const back = html`<p><a href="/failures">${all}</a></p>`
    if (section === undefined) {
      return sendPage(reply.code(404), {
        language,
        title: code,
        body: html`<h1>${code}</h1>
          <p>${unknown}</p>
          ${back}`,
      })
    }
    const body = html`<h1><code>${code}</code></h1>
      ${isFailureCode(code) ? html`<p class="soft">${failureSentence(code, language)}</p>` : undefined}
      ${toHtml(section)}
      <p>
        <a href="/failures/${code}?lang=${other.language}" hreflang="${other.language}" lang="${other.language}"
          >${other.text}</a
        >
      </p>
      <p><a href="/causes?code=${code}">${texts[language].events}</a></p>
      ${back}`
    return sendPage(reply, { language, title: code, body })
  })
}

function readLanguage({ query: given, headers }: { query: unknown; headers: IncomingHttpHeaders }): Language {
  return query.catch({}).parse(given).lang ?? preferredLanguage(headers['accept-language'])
}

const listItem = (code: FailureCode, language: Language): Html =>
  html`<li>
    <a href="/failures/${code}"><code>${code}</code></a> <span class="soft">${failureSentence(code, language)}</span>
  </li>`

/** What a document says under *What to do* of a code. */
export function whatToDo(documents: FailureDocuments, code: FailureCode, language: Language): Html | undefined {
  const [, part] = (documents[language].get(code) ?? '').split(/^### (?:What to do|O que fazer)$/m)
  const text = part?.split(/^### /m)[0]?.trim()
  return text ? toHtml(text) : undefined
}

/**
 * The documents are ours. On a page of its own a section's headings come directly below the title, and links between codes
 * (`#code` in the document) lead to other pages. The board does not serve other documents: a link to one is only its text.
 */
const toHtml = (markdown: string): Html =>
  trustedHtml(
    marked
      .parse(markdown, { async: false })
      .replaceAll(/href="#([a-z_]+)"/g, (_link, anchor: string) => `href="/failures/${anchor.toUpperCase()}"`)
      .replaceAll(/<a href="\.\.?\/[^"]*">([^<]*)<\/a>/g, '$1')
      .replaceAll(/<(\/?)h3>/g, '<$1h2>'),
  )
