import { expect, test } from 'vitest'
import { maskNames, maskPath, maskPersonalData, maskSent, textsOf } from './masking.ts'

test.each([
  ["limit exceeded for key 'ana.maria+x@acme.com'.", "limit exceeded for key 'a***@a***'."],
  ["key 'o'neil@acme.com'", 'n***@a***'],
  ['wrote to ana%40acme.com', 'wrote to a***@a***'],
  ['wrote to ana%2540acme.com today', 'wrote to a***@a*** today'],
  ['"ana maria"@acme.com', '***@a***'],
  ['ana@[10.0.0.1]', 'a***@***'],
  ['phone +55 (41) 99999-8888 is taken', 'phone *** is taken'],
  ['phone 41999998888', 'phone ***'],
  ['phone 41.99999.8888', 'phone ***'],
  ['cpf=999.998.881-23', 'cpf=***'],
  ['Bearer abc', '***'],
  ['token: s3cr3t, next', '***, next'],
  ['invalid_token: s3cr3t', '***'],
  ['refresh_token: OnlyLetters next', '*** next'],
  ['eyJ0eXAiOiJKV1Qi.EXAMPLE.SIG', '***'],
  ['session 0123456789ABCDEF0123456789ABCDEF', 'session ***'],
])('what is personal or secret in %j is masked', (text, masked) => {
  expect(maskPersonalData(text)).toContain(masked)
  expect(maskPersonalData(text)).not.toMatch(/maria|acme|99999|s3cr3t|0123456789/)
})

test.each([
  'lead cdbba2a8-8ccd-4228-9617-6b0257b32077 not found',
  'MUST_BE_LESS_THAN_OR_EQUAL: url must be at most 255 ($.payload.value)',
  'limit exceeded for 86400 second(s) period',
  'INVALID_REFRESH_TOKEN: The provided refresh token is invalid or was revoked.',
])('ids, codes, sentences about tokens and small numbers in %j stay', text => {
  expect(maskPersonalData(text)).toBe(text)
})

test('masking a long hostile text takes no noticeable time', () => {
  // Measures only this process's work, so that other work of the machine does not count.
  const start = process.threadCpuUsage()
  maskPersonalData('a.'.repeat(1_000_000))
  maskPersonalData('1 '.repeat(1_000_000))
  maskPersonalData('"'.repeat(1_000_000))
  const { user, system } = process.threadCpuUsage(start)
  expect((user + system) / 1000).toBeLessThan(500)
})

test.each([
  ['E-mail já usado por Maria Souza.', 'E-mail já usado por ***.'],
  ["duplicate entry 'João da Silva' for key", "duplicate entry '***' for key"],
  ['CLIENTE MARIA DAS DORES JÁ EXISTE', 'CLIENTE *** JÁ EXISTE'],
  ['Contato Ana D’Ávila e Souza já existe', 'Contato *** já existe'],
  ['Contato Ana Campos já existe', 'Contato *** já existe'],
  ['E-mail já usado por Ana Novo', 'E-mail já usado por ***'],
  ['Cliente Ana Ponte Já Existe', 'Cliente *** Já Existe'],
  ['usado por Maria S. Souza.', 'usado por ***.'],
  ['usado por M. Souza', 'usado por ***'],
  ['usado por E. Souza', 'usado por ***'],
  ['usado por Maria S Souza', 'usado por ***'],
  ['Cliente: Souza, Maria', 'Cliente: ***'],
  ['Cliente Souza, Maria Já Existe', 'Cliente *** Já Existe'],
  ['Maria Souza, já cadastrada', '***, já cadastrada'],
  // A part of it was sent, and is masked already.
  ['usado por *** Oliveira', 'usado por ***'],
  ['usado por Ana de ***', 'usado por ***'],
])('a name that was not sent is masked by its form: %j', (text, masked) => {
  expect(maskNames(text)).toBe(masked)
})

test.each([
  'Campo Personalizado Segmento obrigatório',
  'Telefone inválido',
  'Internal Server Error',
  'API rate limit exceeded',
  'UNIQUE CONSTRAINT violated: PK_LEAD',
  'Telefone Celular Inválido, Nome Obrigatório',
  'Lead Não Encontrado',
  'Validation Failed: Custom Field Not Found',
  'Campo A inválido',
  '*** *** Inválido',
  'CRM_REJECTED: TOTVS CRM refused the data.',
])('what systems say to everybody stays: %j', text => {
  expect(maskNames(text)).toBe(text)
})

test('masking the refusal of a record with very many values takes no noticeable time', () => {
  const values = Array.from({ length: 100_000 }, (_unused, index) => `valor ${index} da pergunta ${index % 7}`)
  const text = `Maria recusada: ${'valor da pergunta 99999 '.repeat(160)}`
  const start = process.threadCpuUsage()
  const masked = maskSent(text, ['Maria Souza', ...values, 'Oliveira'])
  const { user, system } = process.threadCpuUsage(start)
  expect((user + system) / 1000).toBeLessThan(1000)
  expect(masked).not.toMatch(/Maria|valor|pergunta|99999/)
  expect(maskSent('OLIVEIRA recusado', [...values, 'Oliveira'])).toBe('*** recusado')
})

test.each([
  ['/platform/contacts/email:ana@acme.com', '/platform/contacts/email:a***@a***'],
  ['/platform/contacts/email:ana%40acme.com/funnels/default', '/platform/contacts/email:a***@a***/funnels/default'],
  ['/platform/contacts/email:"ana%20m"@acme.com', '/platform/contacts/email:***@a***'],
  ['/platform/contacts/email:%E0%A4%A', '/platform/contacts/email:***@***'],
  ['/platform/contacts/phone:5541999998888', '/platform/contacts/phone:***'],
  ['/x/ana%40acme.com', '/x/a***@a***'],
  ['/auth/token?token_by=code&page=2', '/auth/token?page=2'],
  ['/x?email=ana%40acme.com&apiToken=abc&order=created_at:desc', '/x?email=a***@a***&order=created_at:desc'],
  ['/platform/contacts/uuid:cdbba2a8-8ccd-4228-9617-6b0257b32077', undefined],
  ['/api/integration?page=1&pageSize=100', undefined],
])('the path %s is logged as %s', (path, masked) => {
  expect(maskPath(path)).toBe(masked ?? path)
})

test('an answer that repeats what was sent is shown without it, except ids and fixed words', () => {
  const sent = textsOf({
    name: 'Maria (Silva)',
    userId: 'user-77',
    type: 'LEAD',
    emails: [{ email: 'm@a.example', emailTypeId: 'type-1' }],
    pipeline: { id: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d' },
  })
  const text = "'MARIA (SILVA)' of m@a.example, LEAD of user-77 in 7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d"
  expect(maskSent(text, sent)).toBe("'***' of ***, LEAD of user-77 in 7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d")
})

test.each([
  ["duplicate entry 'SILVA' for key", "duplicate entry '***' for key"],
  ['Antonio is taken, so is antônio', '*** is taken, so is ***'],
  ["a***@a*** has no 'Padaria'", "a***@a*** has no '***'"],
  ['name must be given; Antonia is another, and so is 422', 'name must be given; Antonia is another, and so is 422'],
])('of a name that was sent, one word in the answer is masked as well: %j', (text, masked) => {
  expect(maskSent(text, ['Antônio da Silva', 'Padaria Silva 422 Ltda'])).toBe(masked)
})
