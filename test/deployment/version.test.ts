import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { repositoryRoot } from '@ponte/testbed'
import { expect, test } from 'vitest'

const versionIn = (file: string): string => {
  const { version }: { version: string } = JSON.parse(readFileSync(path.join(repositoryRoot, file), 'utf8'))
  return version
}

test('all packages have the version of the whole', () => {
  const manifests = globSync('{{apps,packages,tools}/*,test}/package.json', { cwd: repositoryRoot })
  expect(manifests.length).toBeGreaterThan(15)
  const version = versionIn('package.json')
  expect(manifests.filter(file => versionIn(file) !== version)).toEqual([])
  for (const page of ['README.md', 'README.pt-BR.md'])
    expect(readFileSync(path.join(repositoryRoot, page), 'utf8')).toContain(`(${version})`)
})
