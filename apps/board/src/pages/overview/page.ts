import type { FastifyInstance } from 'fastify'
import { html } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { navigationFor } from '../../ui/menu.ts'
import { sendPage } from '../../ui/page.ts'
import { overviewTexts } from './texts.ts'

/** `/`: where the board opens. */
export function addOverviewPage(app: FastifyInstance): void {
  app.get('/', async (request, reply) => {
    const language = languageOf(request)
    const { title } = overviewTexts[language]
    const links = navigationFor(request.user).filter(({ href }) => href !== '/')
    const body = html`<h1>${title}</h1>
      <ul>
        ${links.map(({ href, text }) => html`<li><a href="${href}">${text[language]}</a></li>`)}
      </ul>`
    return sendPage(reply, { language, title, body, refreshes: true })
  })
}
