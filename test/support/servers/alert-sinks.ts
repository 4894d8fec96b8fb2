import { once } from 'node:events'
import { createServer } from 'node:http'
import { recordText } from '@ponte/testbed'
import { SMTPServer } from 'smtp-server'
import { readBody } from './otlp-sink.ts'

/** Takes Slack's JSON. `answers` may hold statuses for the next requests; 200 when it is empty. */
export async function openWebhookSink() {
  const bodies: string[] = []
  const answers: number[] = []
  const server = createServer((request, response) => {
    const take = async (): Promise<void> => {
      bodies.push(await readBody(request))
      response.statusCode = answers.shift() ?? 200
      response.end('ok')
    }
    void take()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${portOf(server)}/services/T000/B000/very-secret-hook`,
    answers,
    bodies: (): readonly string[] => bodies,
    texts: (): readonly string[] => bodies.map(body => String(JSON.parse(body).text)),
    async close(): Promise<void> {
      recordText('alerts', bodies.join('\n'))
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A mail server that takes everything. */
export async function openMailSink() {
  const messages: { from: string; to: readonly string[]; source: string }[] = []
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom === false ? '' : mailFrom.address
        messages.push({
          from,
          to: rcptTo.map(({ address }) => address),
          source: Buffer.concat(chunks).toString('utf8'),
        })
        done()
      })
    },
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  return {
    url: `smtp://127.0.0.1:${portOf(server.server)}`,
    messages: () => messages.map(({ source, ...envelope }) => ({ ...envelope, ...readMessage(source), source })),
    async close(): Promise<void> {
      const texts = messages.map(({ source }) => Object.values(readMessage(source)).join('\n'))
      recordText('alert-mails', texts.join('\n'))
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

/** Subject and text of a plain message, decoded (RFC 2047, quoted-printable, base64). */
function readMessage(source: string): { subject: string; text: string } {
  const [head = '', ...rest] = source.split('\r\n\r\n')
  const headers = head.replaceAll(/\r\n[ \t]+/g, ' ')
  const subject = decodeWords(/^Subject: (.*)$/im.exec(headers)?.[1] ?? '')
  const encoding = /^Content-Transfer-Encoding: (.*)$/im.exec(headers)?.[1]?.trim().toLowerCase()
  const body = rest.join('\r\n\r\n')
  const text =
    encoding === 'base64'
      ? Buffer.from(body, 'base64').toString('utf8')
      : encoding === 'quoted-printable'
        ? fromQuoted(body.replaceAll('=\r\n', ''))
        : body
  return { subject, text: text.trim() }
}

const decodeWords = (text: string): string =>
  text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_whole, kind: string, word: string) =>
      kind.toLowerCase() === 'b' ? Buffer.from(word, 'base64').toString('utf8') : fromQuoted(word.replaceAll('_', ' ')),
    )

function fromQuoted(text: string): string {
  const bytes = [...text.matchAll(/=([0-9A-F]{2})|([^=])/gis)].map(([, hex, plain = '']) =>
    hex === undefined ? Buffer.from(plain, 'utf8') : Buffer.from(hex, 'hex'),
  )
  return Buffer.concat(bytes).toString('utf8')
}

function portOf(server: { address(): string | { port: number } | null }): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the sink has no port')
  return address.port
}
