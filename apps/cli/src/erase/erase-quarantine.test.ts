import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { email, erase, quarantine, register, uuid } from '../testing/person-in-redis.ts'
import { useOwnRedis } from '../testing/use-cli-set-up.ts'

const own = useOwnRedis()

test('a body of several people that cannot be read goes as a whole, which a dry run says before', async () => {
  await quarantine(own.tenant, JSON.stringify([{ mail: email }]))
  await quarantine(own.tenant, `[{"email":"${email.replace('@', '\\u0040')}"},{"email":"bia@outra.example"`)
  await quarantine(own.tenant, '[{"email":"bia@outra.example"')
  const dry = await erase(own.tenant, '--dry-run')
  expect(dry.data().tenants[0]).toMatchObject({ removed: { 'quarantine.waiting': 2 }, withOthers: 1 })
  const { stdout } = await own.tenant.run(['erase', '--yes', '--email', email, '--lang', 'pt-BR'])
  expect(stdout).toContain('1 entrega em quarentena contém também e-mails de outras pessoas e saiu por inteiro')
  expect(await own.tenant.queues.quarantine.getWaitingCount()).toBe(1)
})

const plainBody = JSON.stringify({ mail: email })
test.each<[string, Buffer]>([
  ['packed with gzip', gzipSync(plainBody)],
  ['in UTF-16', Buffer.from(plainBody, 'utf16le')],
  ['in UTF-16, the other byte first', Buffer.from(plainBody, 'utf16le').swap16()],
  ['in base64', Buffer.from(JSON.stringify({ file: Buffer.from(plainBody).toString('base64') }))],
  ['in HTML entities', Buffer.from(plainBody.replace('@', '&#64;').replaceAll('.', '&#x2e;'))],
  ['in quoted-printable', Buffer.from(plainBody.replace('@', '=40').replace('cliente', 'cli=\r\nente'))],
])('a quarantined body that holds the e-mail %s is removed', async (_form, bytes) => {
  await quarantine(own.tenant, bytes.toString('base64'), { encoding: 'base64' })
  const { data } = await erase(own.tenant)
  expect(data().tenants[0].removed).toMatchObject({ 'quarantine.waiting': 1 })
  expect(await own.tenant.queues.quarantine.getWaitingCount()).toBe(0)
})

test('a quarantined body that cannot be read is named, and the exit code is not 0', async () => {
  await quarantine(own.tenant, Buffer.alloc(64, 0xfe).toString('base64'), { encoding: 'base64' })
  const [job] = await own.tenant.queues.quarantine.getWaiting()
  const { code, data } = await erase(own.tenant)
  expect(code).toBe(1)
  expect(data()).toMatchObject({ ok: false, tenants: [{ unread: [job?.id] }] })
})

test.each<[string, string, boolean]>([
  ['names a person by name alone', JSON.stringify({ leads: [{ id: '1234567890', nome: 'Ana Souza' }] }), true],
  [
    'splits an e-mail',
    JSON.stringify({ user: 'ana.souza', host: 'cliente', created: '2026-03-05T15:28:36.110Z' }),
    true,
  ],
  ['is broken off', '{"leads":[{"name":"Ana', true],
  ['names somebody by name in a form', 'nome=Ana+Souza', true],
  ['has the e-mail of somebody else', JSON.stringify({ leads: [{ name: 'Rui', email: 'rui@outro.example' }] }), false],
  ['has the phone of somebody else', JSON.stringify({ lead: { name: 'Rui', celular: '11988887777' } }), false],
  ['has the phone of somebody else as people write it', JSON.stringify({ text: 'Rui (11) 98888-7777' }), false],
  ['has no words', JSON.stringify({ leads: [{}, { id: '12', score: 3, a_number_of_something: [] }, null] }), false],
])('a quarantined body that %s is reported unless it can be nobody', async (_form, body, isReported) => {
  await quarantine(own.tenant, body, { form: !body.startsWith('{') })
  const [job] = await own.tenant.queues.quarantine.getWaiting()
  const { code, data } = await erase(own.tenant)
  expect(data().tenants[0].nameless).toEqual(isReported ? [job?.id] : [])
  expect([code, data().ok]).toEqual(isReported ? [1, false] : [0, true])
  // The delivery stays, because Ponte does not decide for the operator.
  expect(await own.tenant.queues.quarantine.getWaitingCount()).toBe(1)
  for (const [language, words] of [
    ['en', 'the person may be named in it'],
    ['pt-BR', 'a pessoa pode ser citada nela'],
  ] as const) {
    const { stdout } = await own.tenant.run(['erase', '--yes', '--email', email, '--dry-run', '--lang', language])
    expect(stdout.includes(words)).toBe(isReported)
  }
})

test('a body that unpacks to more than is searched is reported, and everything else of the person is removed', async () => {
  const long = Buffer.from('nome da pessoa ').toString('base64').repeat(400_000)
  await quarantine(own.tenant, gzipSync(long).toString('base64'), { encoding: 'base64' })
  const [job] = await own.tenant.queues.quarantine.getWaiting()
  await register(own.tenant, { email, uuid })
  const { code, data } = await erase(own.tenant)
  expect(data()).toMatchObject({ ok: false, tenants: [{ unread: [job?.id], removed: { 'jobs.waiting': 1 } }] })
  expect(code).toBe(1)
})
