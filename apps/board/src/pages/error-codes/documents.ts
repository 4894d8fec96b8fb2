import type { Language } from '@ponte/contracts'
import { readFile } from 'node:fs/promises'
import { marked } from 'marked'
import { type Html, trustedHtml } from '../../ui/html.ts'

/** What a document says about each code, as markdown. */
export type FailureDocument = ReadonlyMap<string, string>
export type FailureDocuments = Readonly<Record<Language, FailureDocument>>

const files: Record<Language, URL> = {
  'pt-BR': new URL('../../../../../docs/failures.pt-BR.md', import.meta.url),
  en: new URL('../../../../../docs/failures.md', import.meta.url),
}

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

/**
 * The documents are our own, so their HTML is trusted. Links between codes (`#code` in the document) lead to other pages. The board does
 * not serve other documents, so of a link to one only its text is shown.
 */
export const sectionHtml = (markdown: string): Html =>
  trustedHtml(
    marked
      .parse(markdown, { async: false })
      .replaceAll(/href="#([a-z_]+)"/g, (_link, anchor: string) => `href="/error-codes/${anchor.toUpperCase()}"`)
      .replaceAll(/<a href="\.\.?\/[^"]*">([^<]*)<\/a>/g, '$1'),
  )
