import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
  .toString()
  .split('\n')
  .filter(file => file !== '' && existsSync(path.join(root, file)))

test.each(files.filter(file => file.endsWith('.md')))('%s links only to files and sections that exist', file => {
  expect(linksOf(read(file)).filter(link => !leadsSomewhere(path.posix.dirname(file), link, file))).toEqual([])
})

test.each(['ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'])('%s names only files and folders that exist', file => {
  const named = [...read(file).matchAll(/`((?:apps|packages|test|tools|scripts|ops|docs)\/[\w./-]+)`/g)]
  expect(named.length).toBeGreaterThan(0)
  expect(named.map(([, name = '']) => name).filter(name => !existsSync(path.join(root, name)))).toEqual([])
})

/** Symbols before ` in ` and a file: `one`, `two` or `three` in `packages/x/src/y.ts`. */
const symbolsInFile = /((?:`\w+`(?:, | or |, or )?)+) in `((?:apps|packages|test|tools|scripts)\/[\w./-]+\.\w+)`/g

test.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s names only symbols that their file holds', file => {
  const named = [...read(file).matchAll(symbolsInFile)].flatMap(([, symbols = '', name = '']) =>
    [...symbols.matchAll(/\w+/g)].map(([symbol]) => ({ symbol, name })),
  )
  expect(named.length).toBeGreaterThan(0)
  expect(named.filter(({ symbol, name }) => !new RegExp(String.raw`\b${symbol}\b`).test(read(name)))).toEqual([])
})

test('the table of numbers names only functions that the code exports', () => {
  const [, after = ''] = read('ARCHITECTURE.md').split('\n## Numbers and code\n')
  const named = [...(after.split('\n## ')[0] ?? '').matchAll(/`([a-z]+[A-Z]\w+)`/g)].map(([, name = '']) => name)
  const code = files.filter(file => /^(?:apps|packages)\/.*\.ts$/.test(file)).map(read)
  expect(named.length).toBeGreaterThan(20)
  expect(
    named.filter(name => !code.some(text => new RegExp(`export (?:async )?(?:const|function) ${name}\\b`).test(text))),
  ).toEqual([])
})

test('each step of a recipe says which symbol of its file to look for', () => {
  const [, recipes = ''] = read('CONTRIBUTING.md').split('\n## Recipes\n')
  const [steps = ''] = recipes.split('\n## ')
  const cells = [...steps.matchAll(/^\| [^|]* \| ([^|]*) \|/gm)].map(([, cell = '']) => cell)
  expect(cells.filter(cell => cell.search(symbolsInFile) !== -1).length).toBeGreaterThan(5)
  expect(cells.filter(cell => /\/src\/[\w./-]+\.ts`/.test(cell.replaceAll(symbolsInFile, '')))).toEqual([])
})

test('what code, comments and settings cite of docs/ exists', () => {
  const cited = files
    .filter(file => /(?:\.(?:ts|mjs|yml|yaml|lua)|Dockerfile|\.example)$/.test(file))
    .flatMap(file =>
      [...read(file).matchAll(/\bdocs\/[\w./-]+\.md(?:#[\p{L}\d_-]+)?/gu)].map(([link]) => ({ file, link })),
    )
  expect(cited.length).toBeGreaterThan(50)
  expect(cited.filter(({ link }) => !leadsSomewhere('.', link, link))).toEqual([])
})

test('every picture is shown by a page', () => {
  const shown = files
    .filter(file => file.endsWith('.md'))
    .flatMap(file => linksOf(read(file)).map(link => path.posix.join(path.posix.dirname(file), link)))
  const pictures = files.filter(file => file.startsWith('docs/images/'))
  expect(pictures.length).toBeGreaterThan(3)
  expect(pictures.filter(file => !shown.includes(file))).toEqual([])
})

test('what comments name by its file name alone exists', () => {
  const names = new Set(files.map(file => path.posix.basename(file)))
  const named = files
    .filter(file => /\.(?:ts|mjs|lua)$/.test(file))
    .flatMap(file =>
      [...read(file).matchAll(/^\s*(?:\/?\*+|\/\/|--) .*$/gm)].flatMap(([comment]) =>
        [...comment.matchAll(/(?<![\w./@:-])[\w-]+\.(?:ts|mjs|lua|md)\b/g)].map(([name]) => ({ file, name })),
      ),
    )
  expect(named.length).toBeGreaterThan(3)
  expect(named.filter(({ name }) => !names.has(name))).toEqual([])
})

/** Numbered paragraphs and names of papers that nobody has who has the repository alone. */
const workingPapers = [
  /§/,
  /\bSPEC\b/,

  /\breference\/[\w/-]+\.md\b/,
  /\bseed (?:page|paper|document)s?\b/i,
]
const citedPapers = (text: string): string[] =>
  text.split('\n').filter(line => workingPapers.some(paper => paper.test(line)))

test('nothing cites a paper that the repository does not hold', () => {
  const own = 'test/documents/links.test.ts'
  const exempt = new Set(['pnpm-lock.yaml', 'LICENSE', own])
  const readable = files.filter(file => !exempt.has(file) && !/\.(?:png|svg)$/.test(file))
  expect(readable.length).toBeGreaterThan(800)
  expect(readable.flatMap(file => citedPapers(read(file)).map(line => `${file}: ${line.trim()}`))).toEqual([])
})

test.each([
  '// See SPEC 4.2.',
  '/** The shape of API 1.x (§1.2). */',
  ' * reference/rd-station.md says so.',
  '// As on the seed page.',
])('%s is found', line => {
  expect(citedPapers(line)).toEqual([line])
})

test.each([
  '`npm run storm -- --minutes 0 --seed 7`',
  '[retries]: https://developers.rdstation.com/reference/retries-logic',
  'export const tokenSeed = (token: string): string => token',
])('%s is no such paper', line => {
  expect(citedPapers(line)).toEqual([])
})

/** Links and pictures of a page, and the targets at its end; not what stands in code, nor what leads out of the repository. */
function linksOf(markdown: string): string[] {
  const text = markdown.replaceAll(/```[\s\S]*?```/g, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)]
    .map(([, inline, target]) => inline ?? target ?? '')
    .filter(link => !/^(?:https?|mailto):/.test(link))
}

function leadsSomewhere(folder: string, link: string, own: string): boolean {
  const [page = '', anchor] = link.split('#')
  const target = page === '' ? own : path.posix.join(folder, page)
  if (!existsSync(path.join(root, target))) return false
  return anchor === undefined || anchorsOf(read(target)).includes(anchor)
}

/** As GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  const text = markdown.replaceAll(/```[\s\S]*?```/g, '')
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
