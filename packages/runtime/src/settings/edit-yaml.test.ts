import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { editYaml, type YamlChange } from './edit-yaml.ts'

const user = (value: string): YamlChange => ({ path: ['tenants', 'acme', 'variables', 'user'], value })
const lead = (service: string): YamlChange => ({
  path: ['tenants', 'acme', 'resources', 'lead'],
  value: { service, version: 'v2' },
})

test.each([
  { form: 'a plain value with a comment', text: 'user: a@x # one\n', becomes: 'user: b@x # one\n' },
  { form: 'a value in double quotes', text: 'user: "a@x" # "one"\r\n', becomes: 'user: "b@x" # "one"\r\n' },
  { form: 'a value in single quotes', text: "user:   'a@x'", becomes: "user:   'b@x'" },
  { form: 'nothing', text: 'user:\nother: 1\n', becomes: 'user: b@x\nother: 1\n' },
  { form: 'nothing but a comment', text: 'user:   # who\n', becomes: 'user: b@x   # who\n' },
  { form: 'an empty text', text: "user: ''\n", becomes: "user: 'b@x'\n" },
  { form: 'an anchor that nothing else uses', text: 'user: &who a@x\n', becomes: 'user: &who b@x\n' },
  { form: 'the same value', text: 'user:  "b@x"   #  \n', becomes: 'user:  "b@x"   #  \n' },
  { form: 'a missing key', text: 'other: 1 # one\n# end\n', becomes: 'other: 1 # one\nuser: b@x\n# end\n' },
  { form: 'a missing key at an open end', text: 'other: 1', becomes: 'other: 1\nuser: b@x' },
  { form: 'a missing key after a list', text: 'o:\n- 1\n- a: 2\n# end', becomes: 'o:\n- 1\n- a: 2\nuser: b@x\n# end' },
  { form: 'a missing key after a text', text: 'o: |\n  1\n  2\n# end', becomes: 'o: |\n  1\n  2\nuser: b@x\n# end' },
  { form: 'a missing key after nothing', text: 'o: # one\n', becomes: 'o: # one\nuser: b@x\n' },
  { form: 'JSON', text: '{"user": "a@x", "o": 1}', becomes: '{"user": "b@x", "o": 1}' },
  { form: 'JSON without the key', text: '{\n  "o": [1]\n}\n', becomes: '{\n  "o": [1],\n  "user": "b@x"\n}\n' },
  { form: 'JSON without anything', text: '{}', becomes: '{"user": "b@x"}' },
  { form: 'a byte order mark', text: '\uFEFFuser: a@x\n', becomes: '\uFEFFuser: b@x\n' },
])('$form: only the value changes', ({ text, becomes }) => {
  expect(editYaml(text, [{ path: ['user'], value: 'b@x' }])).toBe(becomes)
})

test.each(['\n', '\n\n', ' \n', '\n ', '\r\n', ' ', '\t', '\u2028', '\u0085', '\ufeff'])(
  'a value of spaces and line breaks alone (%j) is written within its line',
  value => {
    for (const text of [
      'user: a@x\no: 1\n',
      'user: "a@x"\n',
      "user: 'a@x'",
      'user:\n',
      'o: 1\n',
      '{"user": "a@x"}',
      '{}',
    ])
      expect(parse(editYaml(text, [{ path: ['user'], value }]) ?? '')).toMatchObject({ user: value })
  },
)

test('a missing section is added where it belongs, and a section without content is filled', () => {
  const text = 'tenants:\n  acme: # one\n    mode: live # two\n\n  nova:\n    mode: live\n'
  expect(editYaml(text, [user('b@x'), lead('customer')])).toBe(
    'tenants:\n  acme: # one\n    mode: live # two\n    variables:\n      user: b@x\n    resources:\n      lead:\n' +
      '        service: customer\n        version: v2\n\n  nova:\n    mode: live\n',
  )
  expect(editYaml('tenants:\n  acme:\n    variables: # ten\n      # none\n', [user('b@x')])).toBe(
    'tenants:\n  acme:\n    variables: # ten\n      user: b@x\n      # none\n',
  )
})

test('a record that is there keeps its form', () => {
  const text = 'tenants:\n  acme:\n    resources:\n      lead: { service: a,  version: v1 } # own\n'
  expect(editYaml(text, [lead('customer')])).toBe(
    'tenants:\n  acme:\n    resources:\n      lead: { service: "customer",  version: "v2" } # own\n',
  )
})

test('a default is written only where there is no value', () => {
  const text = 'user: ${WHO}\npipeline: ""\n'
  const changes = ['user', 'pipeline', 'type'].map(name => ({ path: [name], value: 'x', isDefault: true }))
  expect(editYaml(text, changes)).toBe('user: ${WHO}\npipeline: "x"\ntype: x\n')
})

test('what is shared by an alias stays for the others', () => {
  const text = 'tenants:\n  nova:\n    variables: &all { user: a@x, type: t }\n  acme:\n    variables: *all # same\n'
  const edited = editYaml(text, [user('b@x')])
  expect(edited).toBe(text.replace('*all', '{ user: b@x, type: t }'))
})

test('a value that others share by an alias is not changed', () => {
  const shared = 'tenants:\n  acme:\n    variables: &all\n      user: a@x\n  nova:\n    variables: *all\n'
  expect(editYaml(shared, [user('b@x')])).toBeUndefined()
  expect(editYaml('tenants:\n  acme:\n    variables: { user: &u a@x }\nother: *u\n', [user('b@x')])).toBeUndefined()
})

test.each(['tenants: [1]', 'tenants: text', 'a: 1\na: 2', '- a', '', 'tenants: {', '? [a]\n: b\n'])(
  'a text without such a place (%j) is not changed',
  text => {
    expect(editYaml(text, [user('b@x')])).toBeUndefined()
  },
)

const comment = fc.constantFrom('', ' # why', '   #  "quoted": {x}', ' # ${NAME}: *a')
const lineBetween = fc.constantFrom('', '# a remark', '      # user: old', '   ', '# é 日本')
const oldValue = fc.constantFrom(
  '',
  "''",
  '""',
  'plain',
  "'it''s'",
  '"\\u00e9"',
  '${NAME}',
  '~',
  '|-\n        text',
  '12',
)
const names = ['user', 'pipeline', 'stage', 'type']
const newValue = fc.oneof(
  fc.string({
    maxLength: 12,
    unit: fc.constantFrom('a', 'ã', ' ', '\n', '\r', '\t', '\u0007', '\u2028', ...Array.from('#:\'"-{}[]&*!|>%@,?`')),
  }),
  fc.string({ maxLength: 12, unit: 'binary' }),
  fc.constantFrom('true', '12', '~', ' ', 'a: b', '# x', '- x', "it's", 'MQL – Qualificação', '*a', '&a', '{a}', '1e3'),
)

test('writing variables into a file with comments changes nothing else', () => {
  const variable = fc.record({ name: fc.constantFrom(...names), value: oldValue, comment, before: lineBetween })
  fc.assert(
    fc.property(
      fc.uniqueArray(variable, { selector: ({ name }) => name, maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...names), newValue, { minKeys: 1 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      (given, wanted, lineEnd, isLast) => {
        const own = given.flatMap(each => [each.before, `      ${each.name}: ${each.value}${each.comment}`])
        const other = ['    # about the mode', '    mode: &mode live # keep', '']
        const tenant = [
          '  acme: # one',
          ...(isLast ? other : []),
          '    variables: # ten',
          ...own,
          ...(isLast ? [] : other),
        ]
        const lines = ['# head', 'tenants:', ...tenant, '  nova:', '    mode: live # too', '# end', '']
        const text = lines.join('\n').replaceAll('\n', lineEnd)
        const before = tryParse(text)
        fc.pre(before !== undefined)
        const changes = Object.entries(wanted).map(([name, value]) => ({
          path: ['tenants', 'acme', 'variables', name],
          value,
        }))
        const edited = editYaml(text, changes)
        expect(edited).toBeDefined()
        expect(tryParse(edited ?? '')).toEqual({
          tenants: {
            ...before?.tenants,
            acme: { ...before?.tenants.acme, variables: { ...before?.tenants.acme.variables, ...wanted } },
          },
        })
        // Without the lines of the variables that were written, both are the same, character by character.
        const rest = (whole: string): string => withoutVariables(whole, Object.keys(wanted))
        expect(rest(edited ?? '')).toBe(rest(text))
        for (const each of given) if (!each.value.startsWith('|')) expect(edited).toContain(each.comment)
        expect(editYaml(edited ?? '', changes)).toBe(edited)
      },
    ),
  )
})

function tryParse(text: string): { tenants: { acme: { variables: object | null } } } | undefined {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

/** Without the lines of these names, and what continues them. */
function withoutVariables(text: string, written: readonly string[]): string {
  let isInside = false
  return text
    .split(/(?<=\n)/)
    .filter(line => {
      isInside = written.some(name => line.startsWith(`      ${name}:`)) || (isInside && line.startsWith('        '))
      return !isInside
    })
    .join('')
}
