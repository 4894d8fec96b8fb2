import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openChannels } from './channels.ts'

/** A chat that takes Slack's JSON. */
const bodies: string[] = []
const server = createServer((request, response) => {
  request.setEncoding('utf8').on('data', (part: string) => bodies.push(part))
  request.on('end', () => response.end('ok'))
})
let webhookUrl: string
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  webhookUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/hook`
})
afterAll(() => {
  server.close()
})

beforeEach(() => bodies.splice(0))

test('what others wrote calls nobody in a chat, and is no link there', async () => {
  const [chat] = openChannels({ webhookUrl, mail: undefined, command: 'ponte' })
  expect(await chat?.send({ subject: '', text: 'Perdas\n  <!channel> P&D: 2' })).toBe('sent')
  expect(JSON.parse(bodies.join(''))).toEqual({ text: 'Perdas\n  &lt;!channel&gt; P&amp;D: 2' })
})

test('a message that names a command fits the installation', async () => {
  const [chat] = openChannels({ webhookUrl, mail: undefined, command: 'docker compose run --rm cli' })
  await chat?.send({ subject: '', text: 'Rode `ponte doctor`.' })
  expect(JSON.parse(bodies.join(''))).toEqual({ text: 'Rode `docker compose run --rm cli doctor`.' })
})
