import { readFileSync } from 'node:fs'
import path from 'node:path'
import { repositoryRoot } from '@ponte/testbed'
import { expect, test } from 'vitest'
import { writtenFiles } from '../../scripts/written-files.ts'

test.each(Object.entries(writtenFiles))('%s holds what the code gives: npm run fix writes it', (file, write) => {
  const text = readFileSync(path.join(repositoryRoot, file), 'utf8')
  expect(text).toBe(write(text))
})
