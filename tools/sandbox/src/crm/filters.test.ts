import { describe, expect, test } from 'vitest'
import { Refusal } from '../refusal.ts'
import { parseFilter } from './filters.ts'

const record = {
  id: 'a1',
  code: '61',
  status: 'PROGRESS',
  name: 'Maria Silva',
  totalValue: 1500,
  leadId: null,
  updatedAt: '2026-05-04T12:00:00.000Z',
  emails: [{ email: 'maria@example.com' }, { email: 'M.Silva@example.com' }],
  pipeline: { description: 'MQL' },
}

describe('a filter', () => {
  test.each([
    ['{code->eq->61}', true],
    ['{code->eq->6}', false],
    ['{totalValue->eq->1500}', true],
    ['{name->eq->maria silva}', false],
    ['{name->ieq->maria silva}', true],
    ['{status->neq->WON}', true],
    ['{status->neq->PROGRESS}', false],
    ['{name->like->Silva}', true],
    ['{name->like->silva}', false],
    ['{name->ilike->SILVA}', true],
    ['{status->in->WON,PROGRESS}', true],
    ['{status->nin->WON,PROGRESS}', false],
    ['{leadId->isNull}', true],
    ['{leadId->isNull->}', true],
    ['{unknown->isNull}', true],
    ['{code->isNull}', false],
    ['{code->isNnull}', true],
    ['{totalValue->gt->999}', true],
    ['{totalValue->ge->1500}', true],
    ['{totalValue->lt->1500}', false],
    ['{totalValue->le->1500.5}', true],
    ['{updatedAt->ge->2026-05-04T09:00:00.000-03:00}', true],
    ['{updatedAt->gt->2026-05-04T12:00:00Z}', false],
    ['{emails.email->ieq->m.silva@EXAMPLE.com}', true],
    ['{emails.email->eq->m.silva@example.com}', false],
    ['{emails.email->neq->other@example.com}', true],
    ['{pipeline.description->eq->MQL}', true],
    ['{code->eq->61}{status->eq->PROGRESS}', true],
    ['{code->eq->61}{status->eq->WON}', false],
    ['{code->eq->61}&&{status->eq->WON}', false],
    ['{code->eq->62} || {status->eq->PROGRESS}', true],
    ['{code->eq->61}{status->eq->WON}||{name->like->Maria}', true],
  ])('%s on the record is %s', (text, expected) => {
    expect(parseFilter(text).matches(record)).toBe(expected)
  })

  test.each([
    '',
    'code->eq->61',
    '{code->eq->61',
    '{code->is->61}',
    '{code->eq}',
    '{code->eq->}',
    '{->eq->61}',
    '{code->eq->a->b}',
    '{code->eq->61}||',
    '{code->toString->61}',
    '{code->eq->6}1}',
  ])('%s is refused', text => {
    expect(() => parseFilter(text)).toThrow(Refusal)
  })
})
