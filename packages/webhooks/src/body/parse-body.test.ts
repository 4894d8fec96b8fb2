import { message } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { parseBody } from './parse-body.ts'
import { parse as parseRdDelivery } from '../testing/rd-bodies.ts'

const parse = (text: string | Buffer, form = false) =>
  parseBody(typeof text === 'string' ? Buffer.from(text) : text, { form })

test.each([
  { what: 'nothing', text: '' },
  { what: 'white space', text: ' \r\n\t' },
  { what: 'a byte order mark alone', text: '\uFEFF' },
])('a body of $what is empty, as JSON and as a form', ({ text }) => {
  expect(parse(text)).toEqual({ ok: true, body: undefined, empty: true })
  expect(parse(text, true)).toEqual({ ok: true, body: undefined, empty: true })
})

test('JSON is read with a byte order mark and with accents', () => {
  expect(parse('\uFEFF{"nome":"João"}')).toEqual({ ok: true, body: { nome: 'João' }, empty: false })
})

test.each([
  { what: 'a broken sequence', bytes: [0x22, 0xc3, 0x28, 0x22] },
  { what: 'Latin-1', bytes: [0x22, 0x4a, 0x6f, 0xe3, 0x6f, 0x22] },
  { what: 'an encoded surrogate', bytes: [0x22, 0xed, 0xa0, 0x80, 0x22] },
  { what: 'UTF-16', bytes: [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00] },
])('bytes that are not UTF-8 are refused: $what', ({ bytes }) => {
  expect(parse(Buffer.from(bytes))).toEqual({
    ok: false,
    code: 'BODY_NOT_JSON',
    issues: [message('not-utf8', { path: 'the body' })],
  })
})

test.each(['{"email":"maria@example.com"', '{"email":maria@example.com}', '"maria@example.com', 'maria@example.com'])(
  'text that is not JSON is refused without quoting it (%#)',
  text => {
    const parsed = parse(text)
    expect(parsed).toMatchObject({ ok: false, code: 'BODY_NOT_JSON' })
    expect(parsed).toMatchObject({
      issues: [{ key: expect.stringMatching(/^not-json/), values: { path: 'the body' } }],
    })
    expect(JSON.stringify(parsed)).not.toMatch(/maria/)
  },
)

test('the issue says at which character JSON ends to be JSON', () => {
  expect(parse('{"a" 1}')).toMatchObject({ issues: [message('not-json-at', { path: 'the body', position: '5' })] })
})

test.each(['['.repeat(100_000), '{"a":'.repeat(100_000), `${'['.repeat(101)}${']'.repeat(101)}`])(
  'nesting deeper than 100 levels is refused (%#)',
  text => {
    expect(parse(text)).toMatchObject({ ok: false, issues: [message('too-deep', { path: 'the body', levels: 100 })] })
    expect(parse(`leads=${encodeURIComponent(text)}`, true)).toMatchObject({
      ok: false,
      issues: [message('too-deep', { path: 'leads', levels: 100 })],
    })
  },
)

test('100 levels and any number of brackets inside of strings are read', () => {
  expect(parse(`${'['.repeat(100)}${']'.repeat(100)}`)).toMatchObject({ ok: true })
  expect(parse(JSON.stringify(['"['.repeat(500), `\\"${'{'.repeat(500)}`]))).toMatchObject({ ok: true })
})

test.each([
  '{"__proto__":{"polluted":true},"a":{"__proto__":{"polluted":true}}}',
  '{"\\u005f_proto__":{"polluted":true},"a":[{"__proto_\\u005F":{"polluted":true}}]}',
  '{"constructor":{"prototype":{"polluted":true}},"a":[{"constructor":{"prototype":{"polluted":true}}}]}',
])('keys that reach a prototype are dropped (%#)', text => {
  const parsed = parse(text)
  const body = parsed.ok ? parsed.body : undefined
  expect(JSON.stringify(body)).toMatch(/^\{"a":(?:\{\}|\[\{\}\])\}$/)
  expect(structuredClone({ ...Object(body) })).not.toHaveProperty('polluted')
  expect({}).not.toHaveProperty('polluted')
})

test('a label called constructor is kept', () => {
  expect(parse('{"constructor":"Obras Ltda"}')).toMatchObject({ body: { constructor: 'Obras Ltda' } })
})

test('a form whose field leads holds JSON is read as that', () => {
  const text = `x=1&leads=${encodeURIComponent('[{"email":"a@example.com","name":"João & Cia"}]').replaceAll('%20', '+')}`
  expect(parse(text, true)).toEqual({
    ok: true,
    body: { leads: [{ email: 'a@example.com', name: 'João & Cia' }] },
    empty: false,
  })
})

test('a form with an empty field leads is a list without leads', () => {
  expect(parse('leads=', true)).toEqual({ ok: true, body: { leads: null }, empty: false })
})

test.each(['email=a%40example.com&name=Ana', 'a', '%ff=%', '__proto__=1', '&&&'])(
  'a form without leads is kept and not understood (%#)',
  text => {
    const parsed = parse(text, true)
    if (!parsed.ok) return expect.unreachable('a form is always read')
    const delivery = parseRdDelivery(parsed.body)
    expect(delivery.quarantined).toMatchObject([{ code: 'BODY_NOT_UNDERSTOOD' }])
  },
)

test('JSON with the content type of a form is read as JSON', () => {
  expect(parse('{"leads":[]}', true)).toEqual({ ok: true, body: { leads: [] }, empty: false })
})

test.each(['leads=[{', 'leads=%5B%22%C3%28%22%5D', 'leads=maria%40example.com'])(
  'a form whose leads are not JSON in UTF-8 is refused without quoting them (%#)',
  text => {
    const parsed = parse(text, true)
    expect(parsed).toMatchObject({ ok: false, code: 'BODY_NOT_JSON', issues: [{ values: { path: 'leads' } }] })
    expect(JSON.stringify(parsed)).not.toMatch(/maria/)
  },
)
