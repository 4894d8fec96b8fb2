import type { Drift } from '@ponte/state'
import { expect, test } from 'vitest'
import { driftWords } from './drift-words.ts'

const hour = 3_600_000

test.each<{ drift: Drift; en: string; pt: string }>([
  {
    drift: { what: 'member-gone', kind: 'crm.opportunity.won', member: 'totalValue', since: 0 },
    en: 'TOTVS CRM no longer sends “totalValue” (won opportunity) · last seen 2 hr ago',
    pt: 'o TOTVS CRM não envia mais “totalValue” (oportunidade ganha) · visto pela última vez há 2 h',
  },
  {
    drift: { what: 'unknown-value', kind: 'crm.opportunity', member: 'status', value: 'SUSPENDED', since: 0 },
    en: 'TOTVS CRM sent a “status” that Ponte does not know (SUSPENDED) · for 2 hr',
    pt: 'o TOTVS CRM enviou um “status” que o Ponte não conhece (SUSPENDED) · há 2 h',
  },
  {
    drift: { what: 'unknown-value', kind: 'rd.webhook', member: 'form', value: '', since: 0 },
    en: 'RD Station sent a webhook in a form that Ponte does not know · for 2 hr',
    pt: 'o RD Station enviou um webhook em um formato que o Ponte não conhece · há 2 h',
  },
])('$en', ({ drift, en, pt }) => {
  const plain = (text: string): string => text.replaceAll(/\s/g, ' ')
  expect(plain(driftWords(drift, 'en', 2 * hour).headline)).toBe(en)
  expect(plain(driftWords(drift, 'pt-BR', 2 * hour).headline)).toBe(pt)
  for (const language of ['en', 'pt-BR'] as const) expect(driftWords(drift, language, 0).todo).toMatch(/\w.*\.$/)
})
