import type { Transporter } from 'nodemailer'
import { fitCommands } from '@ponte/runtime'
import type { AlertMessage } from './alert-texts.ts'
import type { AlertSettings } from '../config.ts'

/** `refused`: the message certainly did not arrive. `unknown`: there was no answer, so it may have arrived. */
export type SendResult = 'sent' | 'refused' | 'unknown'

export interface Channel {
  readonly name: 'webhook' | 'email'
  /** Never rejects. */
  readonly send: (message: AlertMessage) => Promise<SendResult>
}

const WEBHOOK_MS = 5000
const SMTP_MS = 10_000

/** The channels that are configured. */
export const openChannels = ({
  webhookUrl,
  mail,
  command,
}: Pick<AlertSettings, 'webhookUrl' | 'mail' | 'command'>): readonly Channel[] =>
  [...(webhookUrl === undefined ? [] : [webhook(webhookUrl)]), ...(mail === undefined ? [] : [mailChannel(mail)])].map(
    ({ name, send }) => ({
      name,
      send: ({ text, ...message }) => send({ ...message, text: fitCommands(text, command) }),
    }),
  )

/** Errors are not logged: they hold the address, which is a secret. */
const webhook = (url: string): Channel => ({
  name: 'webhook',
  async send({ text }) {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text: escape(text) }),
        redirect: 'manual',
        signal: AbortSignal.timeout(WEBHOOK_MS),
      })
      await response.body?.cancel()
      return response.ok ? 'sent' : 'refused'
    } catch (error) {
      return wasNeverConnected(error) ? 'refused' : 'unknown'
    }
  },
})

/** Slack reads `<…>` as a link, or as a call to everybody. Text that others wrote must become neither. */
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(host)

/** `isLocal`: the connection to the host does not leave this machine. */
export const mailChannel = (
  { smtpUrl, to, from }: NonNullable<AlertSettings['mail']>,
  isLocal: (host: string) => boolean = isLoopback,
): Channel => {
  const url = new URL(smtpUrl)
  async function openTransport(): Promise<Transporter> {
    // Loaded for the first mail: most workers send none.
    const { createTransport } = await import('nodemailer')
    return createTransport({
      host: url.hostname,
      port: url.port === '' ? (url.protocol === 'smtps:' ? 465 : 587) : Number(url.port),
      secure: url.protocol === 'smtps:',
      // A password and facts about an installation are sent encrypted or not at all.
      requireTLS: url.username !== '' || !isLocal(url.hostname),
      ...(url.username !== '' && {
        auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
      }),
      connectionTimeout: SMTP_MS,
      greetingTimeout: SMTP_MS,
      socketTimeout: SMTP_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  }
  let transport: Promise<Transporter> | undefined
  return {
    name: 'email',
    async send({ subject, text }) {
      try {
        transport ??= openTransport()
        await (await transport).sendMail({ from, to: [...to], subject, text })
        return 'sent'
      } catch (error) {
        return wasRefusedByServer(error) || wasNeverConnected(error) ? 'refused' : 'unknown'
      }
    },
  }
}

const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'EDNS', 'EAUTH', 'ETLS'])

function wasNeverConnected(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  if (typeof code === 'string' && NOT_CONNECTED.has(code)) return true
  return 'command' in error && error.command === 'CONN' ? true : wasNeverConnected(error.cause)
}

/** A server that answers with an SMTP error has not accepted the message. */
const wasRefusedByServer = (error: unknown): boolean =>
  error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number'
