import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseEnvFile } from '@ponte/runtime'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { runInProcess } from '../testing/run-in-process.ts'
import { canBeWritten, fillValue, namesIn } from './plan-files.ts'

const nasty = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.constantFrom("'", '"', '\\', '$', '{', '}', '#', ' ', '`', 'n', 'A')).map(parts => parts.join('')),
)

test('whatever value is written is read as it was', () => {
  fc.assert(
    fc.property(nasty.filter(canBeWritten), value => {
      const text = fillValue('# first\nA=\nB=1\n', 'A', value)
      expect(parseEnvFile(text).map(entry => [entry.name, entry.value])).toEqual([
        ['A', value],
        ['B', '1'],
      ])
    }),
  )
})

test.each([
  ['A=\n', "A='x'\n"],
  ["A='' # later\n", "A='x' # later\n"],
  ['# A=1\n', "# A=1\nA='x'\n"],
  ['B=1', "B=1\nA='x'\n"],
  ['A=kept\n', 'A=kept\n'],
  ['A=${OTHER}\n', 'A=${OTHER}\n'],
  ['A\n', 'A\n'],
])('%j becomes %j', (text, filled) => {
  expect(fillValue(text, 'A', 'x')).toBe(filled)
})

test('a name counts wherever Compose sees one', () => {
  expect([...namesIn("export A=1\n  B: ''\n#C=1\n")]).toEqual([
    ['A', { hasValue: true }],
    ['B', { hasValue: false }],
  ])
})

test.each(['A=1\nREDIS_PASSWORD=x\nREDIS_PASSWORD=y\n', 'A=1\n\n> ponte@0.1.0 ponte\n'])(
  'init leaves a .env that cannot be read (%j) as it is, and names its line',
  async text => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-env-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(path.join(folder, '.env'), text)
    const argv = ['init', '--folder', folder, '--tenant', 'acme', '--lang', 'pt-BR']
    const { code, stderr } = await runInProcess(argv, { env: {} })
    expect(code).toBe(2)
    expect(stderr).toMatch(/\.env:3: .+ Nada foi gravado/)
    expect(await readFile(path.join(folder, '.env'), 'utf8')).toBe(text)
  },
)
