import { once } from 'node:events'
import { createServer as createChat } from 'node:http'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { mailChannel, openChannels } from './channels.ts'

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

/** A chat that takes Slack's JSON. */
async function openChat(command: string) {
  const bodies: string[] = []
  const server = createChat((request, response) => {
    request.setEncoding('utf8').on('data', (part: string) => bodies.push(part))
    request.on('end', () => response.end('ok'))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  const webhookUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/hook`
  const [chat] = openChannels({ webhookUrl, mail: undefined, command })
  return { chat, received: (): unknown => JSON.parse(bodies.join('')) }
}

test.each([
  ['what others wrote calls nobody and is no link', 'ponte', 'P <!channel> & D', 'P &lt;!channel&gt; &amp; D'],
  ['a command fits the installation', 'docker run cli', 'Rode `ponte doctor`.', 'Rode `docker run cli doctor`.'],
])('in a chat %s', async (_what, command, text, shown) => {
  const { chat, received } = await openChat(command)
  expect(await chat?.send({ subject: '', text })).toBe('sent')
  expect(received()).toEqual({ text: shown })
})
