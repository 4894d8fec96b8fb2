import { ConfigurationError, readEnvironment, workerSettings } from '@ponte/runtime'
import { expect, test } from 'vitest'
import { readAlertSettings } from './alert-settings.ts'

const required = {
  REDIS_URL: 'redis://127.0.0.1:1',
  PONTE_CONFIG: 'ponte.config.yaml',
  PONTE_SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
}
const readFrom = (env: Record<string, string>) =>
  readAlertSettings(readEnvironment(workerSettings, { ...required, ...env }))

test('without settings nothing is sent, and the limits are those of the documents', () => {
  expect(readFrom({ ALERT_SMTP_URL: '' })).toEqual({
    webhookUrl: undefined,
    command: 'ponte',
    mail: undefined,
    boardUrl: undefined,
    breakerMs: 900_000,
    failures: 10,
    windowMs: 3_600_000,
    checkMs: 30_000,
  })
})

test('alerts by e-mail need a server, a sender and receivers: what is missing is named', () => {
  expect(() => readFrom({ ALERT_SMTP_URL: 'smtp://mail.example' })).toThrow(/ALERT_EMAIL_TO: [^]*ALERT_EMAIL_FROM: /)
  expect(() => readFrom({ ALERT_EMAIL_TO: 'a@x.example' })).toThrow(/ALERT_SMTP_URL: /)
})

test.each([
  { ALERT_SMTP_URL: 'http://secret-user:secret-pass@mail.example' },
  { ALERT_WEBHOOK_URL: 'ftp://secret-hook.example' },
  { ALERT_EMAIL_TO: 'a@x.example, secret-nobody' },
  { ALERT_BREAKER_MINUTES: '-1' },
])('%j stops the process and is named without its value', env => {
  const [name = ''] = Object.keys(env)
  const read = () => readFrom(env)
  expect(read).toThrow(ConfigurationError)
  expect(read).toThrow(name)
  expect(read).not.toThrow(/secret/)
})
