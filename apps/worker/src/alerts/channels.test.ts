import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { mailChannel } from './channels.ts'

/** A mail server without STARTTLS, as when somebody in between hides it. Keeps the logins and mails that it received unencrypted. */
const seen: string[] = []
const server = createServer(socket => {
  let isData = false
  const answer = (line: string): string => {
    if (isData) {
      seen.push(line)
      isData = line !== '.'
      return isData ? '' : '250 taken'
    }
    const [command = ''] = line.toUpperCase().split(' ')
    if (command === 'AUTH') seen.push(line)
    isData = command === 'DATA'
    const answers: Record<string, string> = {
      EHLO: '250-mail.example\r\n250 AUTH PLAIN LOGIN',
      STARTTLS: '502 not here',
      AUTH: '235 welcome',
      DATA: '354 go on',
      QUIT: '221 bye',
    }
    return answers[command] ?? '250 ok'
  }
  socket.on('error', () => {})
  socket.write('220 mail.example\r\n')
  createInterface({ input: socket }).on('line', line => {
    const reply = answer(line)
    if (reply !== '') socket.write(`${reply}\r\n`)
  })
})

let port: number
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})
beforeEach(() => {
  seen.length = 0
})
afterAll(() => {
  server.close()
})

const message = { subject: 'ponte-canary', text: 'a circuit breaker is open' }
const mail = (user = '') => ({
  smtpUrl: `smtp://${user}127.0.0.1:${port}`,
  to: ['ops@acme.example'],
  from: 'ponte@acme.example',
})

test('nothing is sent to a mail server on another host that offers no encryption', async () => {
  expect(await mailChannel(mail(), () => false).send(message)).toBe('refused')
  expect(seen).toEqual([])
})

test('no mail server is shown a password in clear, not even on this machine', async () => {
  expect(await mailChannel(mail('ponte:secret-canary@')).send(message)).toBe('refused')
  expect(seen).toEqual([])
})

test('a relay on this machine needs no encryption', async () => {
  expect(await mailChannel(mail()).send(message)).toBe('sent')
  expect(seen.join('')).toContain('ponte-canary')
})
