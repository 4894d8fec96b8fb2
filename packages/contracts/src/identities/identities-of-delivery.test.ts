import { expect, test } from 'vitest'
import { identitiesOfDelivery } from './identities-of-delivery.ts'

const of = (body: string, more: object = {}) => [
  ...identitiesOfDelivery({ body, encoding: 'utf8', form: false, ...more }),
]

test.each([
  ['in JSON', '{"leads":[{"email":"Ana.Souza@padaria.example","personal_phone":"(48) 99999-1234"}]}', {}],
  ['escaped', String.raw`{"email":"ana.souza\u0040padaria.example","fone":"+55 48 99999-1234"}`, {}],
  ['in JSON inside a text', JSON.stringify({ leads: '[{"email":"ana.souza@padaria.example","x":"48999991234"}]' }), {}],
  ['in a form', 'e=ana.souza%40padaria.example&t=%2B55+48+99999-1234', { form: true }],
  ['in broken JSON', '{"email":"ana.souza@padaria.example", telefone: 48 99999 1234', {}],
  [
    'in another encoding',
    Buffer.from('José <ana.souza@padaria.example> 48 99999-1234', 'latin1').toString('base64'),
    { encoding: 'base64' },
  ],
])('an e-mail and a phone %s are found in a body that could not be read', (_how, body, more) => {
  expect(of(body, more).toSorted()).toEqual(['48999991234', 'ana.souza@padaria.example'])
})

test('ids and times in a body identify nobody', () => {
  expect(of('{"id":"c2f3d2b3-7250-4d27-97f4-123456789012","at":"2026-11-24T12:00:00Z","n":1234}')).toEqual([])
})

test('a person is found wherever the body is cut to be looked through, and nobody else', () => {
  for (const at of [32_760, 32_768, 33_150, 65_530]) {
    const body = `${'x'.repeat(at % 7)}${' '.repeat(at - (at % 7))}ana.souza@padaria.example +55 (48) 99999-1234`
    expect(of(body).toSorted()).toEqual(['48999991234', 'ana.souza@padaria.example'])
  }
})

test.each([
  ['a word of a megabyte', 'm'.repeat(1_000_000)],
  ['a megabyte of digits and marks', '1-('.repeat(350_000)],
  ['a megabyte of @', '@a'.repeat(500_000)],
  ['a megabyte of what is nearly an address', 'a.a.a@'.repeat(170_000)],
  ['a megabyte of long addresses', `${'x'.repeat(64)}@${'a.'.repeat(125)} `.repeat(3200)],
  ['a megabyte of codes', '%61%'.repeat(250_000)],
  ['a megabyte of people', 'a@b.com 48999991234 '.repeat(50_000)],
])('%s is looked through in no time', (_what, body) => {
  // Measured by this process's CPU time, so that other load of the machine does not matter.
  const begin = process.threadCpuUsage()
  of(body)
  of(body, { form: true })
  const { user, system } = process.threadCpuUsage(begin)
  expect((user + system) / 1000).toBeLessThan(1200)
})
