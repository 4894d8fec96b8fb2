import { expect, test } from 'vitest'
import { testTenant } from '../testing/test-tenant.ts'
import { summaryProblems } from '../config.ts'

const mail = { smtpUrl: 'smtp://127.0.0.1', to: ['ti@empresa.example'], from: 'ponte@empresa.example' }

test('a summary by e-mail without a mail server, or to an address that is none, keeps the worker from starting', () => {
  const tenant = testTenant({ weeklySummary: { emails: ['chefe@empresa.example'], webhookUrl: 'very-secret-hook' } })
  const problems = summaryProblems([tenant], { mail: undefined })
  expect(problems).toEqual([
    `tenants.${tenant.name}.weeklySummary.emails: needs a mail server; set ALERT_SMTP_URL, ALERT_EMAIL_FROM and ALERT_EMAIL_TO`,
    `tenants.${tenant.name}.weeklySummary.webhookUrl: must be an http(s) address`,
  ])
  expect(problems.join()).not.toMatch(/chefe|very-secret/)
})

test('without a summary nothing is needed for one', () => {
  expect(summaryProblems([testTenant()], { mail: undefined })).toEqual([])
  const tenant = testTenant({
    weeklySummary: { emails: ['chefe@empresa.example'], webhookUrl: 'https://chat.example' },
  })
  expect(summaryProblems([tenant], { mail })).toEqual([])
})
