import { textIn, type Texts } from '@ponte/contracts'
import type { Role } from '@ponte/operations'
import type { PageView, RenderedPage } from '../ui/board-page.ts'
import { renderNotice } from '../ui/page.ts'
import { NOW, tenantNamed, textOf } from './documents.ts'

/** For whom a document is shown: an operator who reads English and may see one tenant, but for what is changed. */
export type ViewChange<Filters> = Partial<Omit<PageView<Filters>, 'filters' | 'user'>> & { readonly role?: Role }

export const viewOf = <Filters>(
  filters: Filters,
  { role = 'operator', ...change }: ViewChange<Filters> = {},
): PageView<Filters> => ({
  deps: { tenants: [tenantNamed('acme')], accounts: [{ name: 'ana', role: 'operator' }], secretBox: undefined },
  language: 'en',
  title: 'Page',
  now: NOW,
  address: '/page',
  origin: 'http://board.test',
  ...change,
  filters,
  user: { name: 'ana', role },
})

interface DocumentPage<Filters, Document> {
  readonly title: Texts
  readonly render: (document: Document, view: PageView<Filters>) => RenderedPage
}

/** What a page shows of a document. Nobody is asked: neither a board nor Redis is there. */
export function renderPage<Filters, Document>(
  { title, render }: DocumentPage<Filters, Document>,
  document: Document,
  filters: Filters,
  change: ViewChange<Filters> = {},
) {
  const view = viewOf(filters, change)
  const shown = render(document, { ...view, title: textIn(title, view.language) })
  const { markup } = 'body' in shown ? shown.body : renderNotice({ title: '', ...shown })
  const refreshes = 'refreshes' in shown ? shown.refreshes : undefined
  return { status: shown.status ?? 200, markup, text: textOf(markup), refreshes }
}
