import type { AuditDocument } from '@ponte/operations'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NOW } from '../../testing/documents.ts'
import { renderPage } from '../../testing/render-page.ts'
import { UnknownFilters } from '../../ui/filter-form.ts'
import { auditFilters, auditPage } from './page.ts'

type AuditEntry = AuditDocument['records'][number]

const show = (records: readonly Partial<AuditEntry>[], language: 'en' | 'pt-BR' = 'en', next?: string) => {
  const entries = records.map((entry, index): AuditEntry => ({
    ...{ id: `${index}`, at: NOW, user: 'cli:ana', action: 'retry', outcome: 'done' },
    ...entry,
  }))
  return renderPage(auditPage, { records: entries, next, users: ['ana', '?'] }, auditFilters.read({}, []), { language })
}

test.each([
  [{ action: 'clean', detail: 'completed 3' }, 'removed all · completed: 3', 'removeu todos · concluídos: 3'],
  [{ action: 'login', detail: 'viewer' }, 'logged in · viewer', 'entrou · visualizador'],
  [{ action: 'connect' }, 'connected the RD Station account', 'conectou a conta do RD Station'],
  [{ action: 'connect', outcome: 'failed' }, 'tried to connect the RD Station account · no effect', 'sem efeito'],
  [
    { action: 'erase', detail: 'jobs.failed 2' },
    "erased a person's data · jobs.failed 2",
    'apagou os dados de uma pessoa',
  ],
  [{ action: 'edit', detail: 'city' }, 'edited and retried · City', 'corrigiu e reenviou · Cidade'],
  [{ action: 'search', persons: 'abcdefghijk' }, 'searched · person: abcdefgh', 'fez uma busca · pessoa: abcdefgh'],
  [{ action: 'of-a-later-version' }, 'of-a-later-version', 'of-a-later-version'],
] as const)('the audit trail is in the words of the reader: %j', (entry, english, portuguese) => {
  expect(show([entry]).text).toContain(`cli:ana ${english}`)
  expect(show([entry], 'pt-BR').text).toContain(portuguese)
})

test('an entry leads to its job, its code, its retry and its original, and the trail to older ones', () => {
  const entry = {
    action: 'edit',
    tenant: 'acme',
    queue: 'totvs-crm',
    jobId: 'job-0',
    code: 'CRM_REJECTED',
    retry: 'r-1',
  } as const
  const { markup, text } = show([entry, { user: '?', action: 'login', outcome: 'refused' }], 'en', '5-0')
  for (const address of ['/queues/queue/acme.totvs-crm/job-0', '/jobs/acme/totvs-crm/job-0/original', '/retries/r-1'])
    expect(markup).toContain(`href="${address}"`)
  expect(markup).toContain('href="/audit?before=5-0"')
  expect(text).toContain('unknown user could not log in · denied')
  expect(show([]).text).toContain('No records.')
})

test('whatever stands in an address is a filter or refused, and an address leads back to it', () => {
  const name = fc.constantFrom('user', 'action', 'tenant', 'period', 'before')
  const value = fc.oneof(fc.anything(), fc.constantFrom('', 'acme', 'retry', '7d', '5-0'))
  fc.assert(
    fc.property(fc.dictionary(name, value), asked => {
      const read = () => auditFilters.read(asked, [])
      let filters
      try {
        filters = read()
      } catch {
        expect(read).toThrow(UnknownFilters)
        return
      }
      const address = new URL(auditFilters.address(filters, { before: '1-0' }), 'http://board.test')
      expect(auditFilters.read(Object.fromEntries(address.searchParams), [])).toEqual({ ...filters, before: '1-0' })
    }),
  )
})
