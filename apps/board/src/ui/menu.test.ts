import { readFile } from 'node:fs/promises'
import { textIn } from '@ponte/contracts'
import type { RouteOptions } from 'fastify'
import { expect, test } from 'vitest'
import { BULL_BOARD } from './addresses.ts'
import { useBoard } from '../testing/use-board.ts'
import { readers } from '@ponte/operations'
import { boardPages, menu } from '../pages/board-pages.ts'

const routes: RouteOptions[] = []
useBoard({ isShared: true, onRoute: route => routes.push(route) })

/** Bull Board's own, pictures, forms that are sent there, files, and what the account and the foot lead to. */
const notInTheMenu =
  /^\/(?:api\/|queues\/.|assets\/|login|search$|failures\/(?:retry|try|care)|events\/(?:retry|export)|connections\/callback|retries|report\.csv$|results\.csv$|logout$|help$)/

/** CONTRIBUTING.md, "A page of the board", leads to this test. */
test('every page that has one address is in the menu, and the menu leads nowhere else', () => {
  const pages = routes.flatMap(({ method, url }) =>
    [method].flat().includes('GET') && !/[:*]/.test(url) && !notInTheMenu.test(url)
      ? [url.replace(/(?<=.)\/$/, '')]
      : [],
  )
  expect(new Set(pages)).toEqual(new Set(menu.map(({ path }) => path)))
})

test('each page is opened by the roles of its row in the table', () => {
  const rolesOf = (path: string) => {
    const route = routes.find(({ method, url }) => [method].flat().includes('GET') && url === path)
    return route && (route.config?.roles ?? readers)
  }
  // Bull Board's routes are its own.
  const own = boardPages.filter(({ path }) => path !== BULL_BOARD)
  expect(own.map(({ path }) => [path, rolesOf(path)])).toEqual(own.map(({ path, roles }) => [path, roles]))
})

test.each([
  ['en', 'board.md'],
  ['pt-BR', 'board.pt-BR.md'],
] as const)('the manual in %s says what each page of the menu is for', async (language, file) => {
  const manual = await readFile(new URL(`../../../../docs/operating/${file}`, import.meta.url), 'utf8')
  const sections = new Set([...manual.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading))
  const names = menu.map(({ text }) => textIn(text, language))
  expect(names.filter(name => !sections.has(name))).toEqual([])
})
