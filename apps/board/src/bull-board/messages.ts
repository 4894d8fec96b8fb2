import type { Language } from '@ponte/contracts'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

/** Bull Board's name of each language in which the board's own pages are written. */
export const locales = { 'pt-BR': 'pt-BR', en: 'en-US' } as const satisfies Record<Language, string>
type Locale = (typeof locales)[Language]

export interface Messages {
  readonly [key: string]: string | Messages
}
const messages: z.ZodType<Messages> = z.record(
  z.string(),
  z.union([z.string(), z.lazy((): z.ZodType<Messages> => messages)]),
)
/** By path: `QUEUE.ACTIONS.RETRY_ALL`. */
const corrections = z.record(z.string(), z.string())

/**
 * Serves Bull Board's messages in the words of the board's other pages. Bull Board calls an event a job, and its Portuguese has mistakes.
 * Messages that a later version adds are served as they are.
 */
export async function addBullBoardMessages(app: FastifyInstance): Promise<void> {
  for (const locale of Object.values(locales)) {
    const text = JSON.stringify(await readBullBoardMessages(locale))
    app.get(`/static/locales/${locale}/messages.json`, async (_request, reply) =>
      reply.header('cache-control', 'public, max-age=0').type('application/json; charset=utf-8').send(text),
    )
  }
}

export async function readBullBoardMessages(locale: Locale): Promise<Messages> {
  const folder = path.dirname(fileURLToPath(import.meta.resolve('@bull-board/ui/package.json')))
  const own = await readJson(path.join(folder, 'dist/static/locales', locale, 'messages.json'))
  const corrected = await readJson(fileURLToPath(new URL(`messages/${locale}.json`, import.meta.url)))
  const merged = structuredClone(locale === 'en-US' ? callJobsEvents(messages.parse(own)) : messages.parse(own))
  for (const [key, text] of Object.entries(corrections.parse(corrected))) put(merged, key.split('.'), text)
  return merged
}

const readJson = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'))

function put(into: Record<string, string | Messages>, [name = '', ...rest]: readonly string[], text: string): void {
  if (rest.length === 0) {
    into[name] = text
    return
  }
  const inner = into[name]
  const next = { ...(typeof inner === 'object' && inner) }
  into[name] = next
  put(next, rest, text)
}

const callJobsEvents = (own: Messages): Messages =>
  Object.fromEntries(
    Object.entries(own).map(([key, value]) => [
      key,
      typeof value === 'string' ? callJobEvent(value) : callJobsEvents(value),
    ]),
  )

/** Names of values (`{{jobs}}`) stay. */
const callJobEvent = (text: string): string =>
  text
    .replaceAll(/\b(A|a) (?=job\b)/g, '$1n ')
    .replaceAll(
      /(?<!\{\{)\b(J|j)ob(s?)\b/g,
      (_word, first: string, many: string) => `${first === 'J' ? 'E' : 'e'}vent${many}`,
    )
