import { leadField } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { maskJobData } from '../../masking/masked-data.ts'
import { readEditable } from './editable.ts'
import { fieldLabel } from './texts.ts'

const lead = { email: 'ana@cliente.example', notes: [] }
const data = { v: 1, key: 'rd1-a', receivedAt: '2026-01-02T03:04:05.000Z', lead }

/** Whoever adds a field to the list is led here: CONTRIBUTING.md, "A field of the lead". */
test.each(leadField.options)(
  'an operator corrects the field %s under its label, and sees its name beside a masked value',
  field => {
    expect(readEditable({ name: 'lead.registered', kind: 'totvs-crm', data })?.fields).toContain(field)
    for (const language of ['pt-BR', 'en'] as const) expect(fieldLabel(field, language)).not.toBe(field)
    expect(maskJobData({ ...data, lead: { ...lead, [field]: 'Maria' } })).toMatchObject({ lead: { [field]: '***' } })
  },
)
