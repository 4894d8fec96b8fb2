import { type Language, languages, textIn, type Texts } from '@ponte/contracts'
import type { FastifyRequest } from 'fastify'

/** Holds the language that somebody chose on the board. */
export const LANGUAGE_COOKIE = 'ponte_language'

const CHOSEN = new RegExp(`(?:^|;) *${LANGUAGE_COOKIE}=([\\w-]+)`)

/** The language of a request: chosen on the board, else preferred by the browser. */
export function languageOf({ headers }: { readonly headers: FastifyRequest['headers'] }): Language {
  // A request may be refused before its cookies are parsed, so the header is read here.
  const chosen = CHOSEN.exec(headers.cookie ?? '')?.[1]
  return languages.find(each => each === chosen) ?? preferredLanguage(headers['accept-language'])
}

/**
 * The one of our languages that an `Accept-Language` header ranks first. Portuguese when it names neither: Ponte joins two
 * Brazilian products, and its operators are most often Brazilian.
 */
export function preferredLanguage(acceptLanguage: string | undefined): Language {
  const ranked = (acceptLanguage ?? '')
    .split(',')
    .map(part => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';')
      const quality = parameters.map(text => /^\s*q=([\d.]+)\s*$/.exec(text)?.[1]).find(text => text !== undefined)
      return { tag: tag.trim(), quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ quality }) => quality > 0)
    .toSorted((one, other) => other.quality - one.quality)
  for (const { tag } of ranked) {
    if (tag === 'pt' || tag.startsWith('pt-')) return 'pt-BR'
    if (tag === 'en' || tag.startsWith('en-')) return 'en'
  }
  return 'pt-BR'
}

/** The text of a name, or the name itself when it has none. */
export function wordOf(texts: Readonly<Record<string, Texts>>, name: string, language: Language): string {
  const text = texts[name]
  return text === undefined ? name : textIn(text, language)
}
