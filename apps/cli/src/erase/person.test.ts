import { createFingerprint } from '@ponte/state'
import { describe, expect, test } from 'vitest'
import { createPerson, createRecognition } from './person.ts'

const email = "o'ana.s+rd@cliente.example"
const { belongs } = createRecognition(
  createPerson({ email, phone: '(34) 99000-0001' }),
  createFingerprint(Buffer.alloc(32, 1)),
)

describe('an e-mail is found', () => {
  test.each([
    ['as it is', email],
    ['in another case', email.toUpperCase()],
    ['in JSON', JSON.stringify({ email })],
    ['in JSON inside JSON inside JSON', JSON.stringify(JSON.stringify(JSON.stringify({ text: `\n${email}` })))],
    ['with its @ escaped', JSON.stringify({ email }).replace('@', '\\u0040')],
    ['percent-coded', encodeURIComponent(`x=${email}`)],
    ['percent-coded twice', encodeURIComponent(encodeURIComponent(`"${email}"`))],
    ['at the end of a sentence', `mail to ${email}.`],
    ['between brackets', `<${email}>,`],
    ['after percent coding that is none', `100%zz ${email} %C3`],
  ])('%s', (_form, text) => {
    expect(belongs(text)).toBe('theirs')
  })

  test.each([
    ['a longer name', `mari${email}`],
    ['a longer domain', `${email}.br`],
    ['another name with a dot', `x.${email}`],
    ['the same name elsewhere', email.replace('example', 'exampl')],
    ['a pattern that it would match', email.replaceAll('.', 'x')],
  ])('and not in %s', (_form, text) => {
    expect(belongs(text)).toBe('other')
  })
})

describe('a phone is found', () => {
  test.each([
    '34990000001',
    '+55 34 99000-0001',
    '5534990000001',
    '005534990000001',
    '(034) 99000 0001',
    '55 (34) 9.9000.0001',
  ])('%s', text => {
    expect(belongs(JSON.stringify({ celular: text }))).toBe('theirs')
  })

  test.each(['349900000012', '1349900000015', '99000-0001', '1795534990000001'])('and not in %s', text => {
    expect(belongs(JSON.stringify({ celular: text }))).toBe('other')
  })
})
