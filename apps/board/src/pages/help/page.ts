import { readFile } from 'node:fs/promises'
import { type Language, textIn, type Texts } from '@ponte/contracts'
import { roles } from '@ponte/operations'
import { Marked } from 'marked'
import { html, type Html, trustedHtml } from '../../ui/html.ts'
import { noFilters, page } from '../../ui/board-page.ts'
import { renderTable } from '../../ui/page.ts'
import { HELP } from '../../ui/shell.ts'

const title: Texts = { en: 'Help', pt: 'Ajuda' }
const contents: Texts = { en: 'Contents', pt: 'Conteúdo' }

const files: Record<Language, URL> = {
  'pt-BR': new URL('../../../../../docs/operating/board.pt-BR.md', import.meta.url),
  en: new URL('../../../../../docs/operating/board.md', import.meta.url),
}

/** The sections of a manual, behind a list of them. Its first line and the links to other documents below it are left out. */
function renderManual(markdown: string, language: Language): Html {
  const [beginning = '', ...sections] = markdown.split(/^## /m)
  const [, , ...introduction] = beginning.split('\n\n')
  const named = sections.map(section => {
    const [name = ''] = section.split('\n', 1)
    return { name, id: toAnchor(name), text: section.slice(name.length) }
  })
  return html`<h1>${textIn(title, language)}</h1>
    ${toHtml(introduction.join('\n\n'))}
    <nav aria-label="${textIn(contents, language)}">
      <ul class="names">
        ${named.map(({ name, id }) => html`<li><a href="#${id}">${name}</a></li>`)}
      </ul>
    </nav>
    ${named.map(
      ({ name, id, text }) =>
        html`<h2 id="${id}">${name}</h2>
          ${toHtml(text)}`,
    )}`
}

/** As the documents link to each other. */
const toAnchor = (heading: string): string => heading.toLowerCase().replaceAll(' ', '-')

/** Tables look like those of the other pages, also on a phone. */
const marked = new Marked({
  renderer: {
    table({ header, rows }) {
      const heads = header.map(({ text }) => text)
      const cells = rows.map(row =>
        row.map(({ tokens }) => html`<div>${trustedHtml(this.parser.parseInline(tokens))}</div>`),
      )
      return renderTable(heads, cells, { hasRowHeads: true }).markup
    },
  },
})

/** Codes lead to their pages, and sections to each other. The board does not serve other documents, so of a link to one its text is shown. */
const toHtml = (markdown: string): Html =>
  trustedHtml(
    marked
      .parse(markdown, { async: false })
      .replaceAll(
        /href="(?:\.\.\/)?failures(?:\.pt-BR)?\.md#([a-z_]+)"/g,
        (_link, code: string) => `href="/error-codes/${code.toUpperCase()}"`,
      )
      .replaceAll(/<a href="(?!#|\/|https?:)[^"]*">(.*?)<\/a>/gs, '$1'),
  )

const manuals: Readonly<Record<Language, Html>> = {
  'pt-BR': renderManual(await readFile(files['pt-BR'], 'utf8'), 'pt-BR'),
  en: renderManual(await readFile(files.en, 'utf8'), 'en'),
}

/** `/help`: what each page of the board is for, from the operating manual. */
export const helpPage = page({
  path: HELP,
  roles,
  title,
  filters: noFilters,
  read: ({ language }) => manuals[language],
  render: body => ({ body }),
})
