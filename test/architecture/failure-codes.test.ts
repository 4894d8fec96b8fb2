import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { failures } from '@ponte/contracts'
import { repositoryRoot } from '@ponte/testbed'
import { expect, test } from 'vitest'

const code = `['"\`](?:${Object.keys(failures).join('|')})\\b`
const compared = new RegExp(String.raw`(?:[=!]==\s*|\bcase\s+|\b(?:includes|has|startsWith|endsWith)\()${code}`)
const takenApart =
  /\b\w*[cC]ode\??\.(?:startsWith|endsWith|includes|split|slice|match|replace)\(|\.startsWith\('(?:CRM|RD)_/
/** Codes of other makers: of Commander's errors, and of what a vendor's error says of itself. */
const othersCode = 'error.code.startsWith('

test('code asks the row of a failure and its class, and compares and takes apart no codes', () => {
  const sources = globSync('{apps,packages}/*/src/**/*.ts', { cwd: repositoryRoot }).filter(
    file => !/\.test\.ts$|\/testing\//.test(file),
  )
  expect(sources.length).toBeGreaterThan(300)
  const found = sources.flatMap(file =>
    readFileSync(path.join(repositoryRoot, file), 'utf8')
      .split('\n')
      .filter(line => (compared.test(line) || takenApart.test(line)) && !line.includes(othersCode))
      .map(line => `${file}: ${line.trim()}`),
  )
  expect(found).toEqual([])
})
