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
  const named = [...read(file).matchAll(/`((?:apps|packages|test|scripts|demo|bench|ops|docs)\/[\w./-]+)`/g)]
  expect(named.length).toBeGreaterThan(0)
  expect(named.map(([, name = '']) => name).filter(name => !existsSync(path.join(root, name)))).toEqual([])
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
