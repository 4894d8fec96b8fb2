import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseEnvFile } from './parse-env-file.ts'

const valuesIn = (text: string, env: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(parseEnvFile(text, { lookup: name => env[name] }).map(({ name, value }) => [name, value]))

// The cases of compose-go's own tests, and what its code does besides.
test.each([
  ['A=1\nB = 2\n C=3', { A: '1', B: '2', C: '3' }],
  ['A: 1', { A: '1' }],
  ['export A=1\nexport\tB=2\nexportC=3', { A: '1', B: '2', exportC: '3' }],
  ['A.B=1\nA-B=2\nA_B=3', { 'A.B': '1', 'A-B': '2', A_B: '3' }],
  ['\uFEFFA=1\r\nB="2"\r\n', { A: '1', B: '2' }],
  ['# A=1\n  # B=2\n\nC=3', { C: '3' }],
  ['A=\nB=""\nC=\'\'', { A: '', B: '', C: '' }],
  ['A=foo=bar==', { A: 'foo=bar==' }],
  ['A=bar # comment\nB=bar#none\nC="x#y" # comment', { A: 'bar', B: 'bar#none', C: 'x#y' }],
  ['A=https://chat.example/?key=abc&token=def;$', { A: 'https://chat.example/?key=abc&token=def;$' }],
  ['A=\'$HOME # ü "x"\'', { A: '$HOME # ü "x"' }],
  [String.raw`A='it\'s \n'`, { A: String.raw`it's \n` }],
  [String.raw`A="it's \"\n\t\\ \0123 \x07 \$5"`, { A: 'it\'s "\n\t\\ S \\x07 $5' }],
  ['A="first\nsecond"\nB=1', { A: 'first\nsecond', B: '1' }],
  ["A='x' B=1", { A: 'x', B: '1' }],
  ['A=1\nB=$A-${A}\nC="${A}"\nD=$$A', { A: '1', B: '1-1', C: '1', D: '$A' }],
  ['A=${X:-a${Y-b}}\nB=${E:-empty}\nC=${E-unset}\nD=${E+set}${E:+full}', { A: 'ab', B: 'empty', C: '', D: 'set' }],
  ['X\nE\nNOT_THERE', { X: undefined, E: '', NOT_THERE: undefined }],
])('%j is read as Compose reads it', (text, values) => {
  expect(valuesIn(text, { E: '' })).toEqual(values)
})

test('what the environment has goes before the text where a value refers to a name', () => {
  expect(valuesIn('A=1\nB=$A', { A: '2' })).toEqual({ A: '1', B: '2' })
})

test.each([
  ['A=1\nB="no end\n', 2, 'the quote of B has no end'],
  ["A='x\\'", 1, 'the quote of A has no end'],
  ['A=1\n\n> ponte@0.1.0 ponte\n', 3, 'this is not NAME=value'],
  ['A B=1', 1, 'this is not NAME=value'],
  ['=1', 1, 'this is not NAME=value'],
  ['A=${file:/run/secrets/a}', 1, 'what stands in ${…} cannot be replaced; in single quotes it stays as it is'],
  ['A="x\ny"\nB=${', 3, 'what stands in ${…} cannot be replaced; in single quotes it stays as it is'],
  ['B=${A:?say it}', 1, 'it needs a value for A'],
  ['A=1\nB=2\nA=1', 3, 'A is set twice'],
])('%j is refused with its line', (text, line, message) => {
  let refusal: unknown
  try {
    parseEnvFile(text)
  } catch (error) {
    refusal = error
  }
  expect(refusal).toMatchObject({ name: 'EnvFileError', line, message })
})

test('a name that nobody set is told, and counts as empty', () => {
  const unset: string[] = []
  const entries = parseEnvFile('A=pa$word\nB=${C}', { onUnset: (name, line) => unset.push(`${line}: ${name}`) })
  expect(entries.map(({ value }) => value)).toEqual(['pa', ''])
  expect(unset).toEqual(['1: word', '2: C'])
})

test('any text is read or refused, and each statement stands where its entry says', () => {
  const pieces = fc.constantFrom('A', 'B', '=', ':', ' ', '\n', '"', "'", '\\', '#', '$', '{', '}', 'export ', '-', 'é')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), parts => {
      const text = parts.join('')
      let entries
      try {
        entries = parseEnvFile(text)
      } catch (error) {
        expect(error).toMatchObject({ name: 'EnvFileError', line: expect.any(Number) })
        return
      }
      for (const { name, line, start, end } of entries) {
        expect(text.slice(start, end)).toContain(name)
        expect(text.slice(0, start).split('\n')).toHaveLength(line)
      }
    }),
  )
})
