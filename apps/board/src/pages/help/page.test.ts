import { languages, textIn } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { basic } from '../../testing/open-board.ts'
import { useBoard } from '../../testing/use-board.ts'
import { menu } from '../board-pages.ts'

const { board } = useBoard({ isShared: true })

const read = async (language: string): Promise<string> =>
  (await board().app.inject({ url: '/help', headers: { authorization: basic, 'accept-language': language } })).body

test.each(languages)(
  'the foot of each page leads to the manual in %s, which has a section for each page of the menu',
  async language => {
    const body = await read(language)
    expect(body).toMatch(/<footer class="shell">.*<a href="\/help">/s)
    const sections = [...body.matchAll(/<h2 id="([^"]+)">([^<]+)<\/h2>/g)]
    for (const { text } of menu) expect(sections.map(([, , name]) => name)).toContain(textIn(text, language))
    for (const [, id = ''] of sections) expect(body).toContain(`href="#${id}"`)
  },
)

test('the manual links to nothing that the board does not have', async () => {
  const body = await read('pt-BR')
  const links = [...body.matchAll(/<a href="([^"]*)"/g)].map(([, href = '']) => href)
  expect(links.filter(href => !/^(?:\/|#|https:)/.test(href))).toEqual([])
})
