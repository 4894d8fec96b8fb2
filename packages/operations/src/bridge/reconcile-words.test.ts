import { expect, test } from 'vitest'
import { reconcileWords } from './reconcile-words.ts'

const now = Date.parse('2026-11-29T12:00:00Z')
const record = { at: now - 12 * 60_000, missing: 3, sent: 3, needsPerson: false, inARow: 1 }

test.each([
  [{}, 'Reconciled 12 min ago: 3 were missing, sent', 'Reconciliado há 12 min: faltavam 3, enviados'],
  [{ missing: 1, sent: 1 }, 'Reconciled 12 min ago: 1 was missing, sent', 'Reconciliado há 12 min: faltava 1, enviado'],
  [{ sent: 2 }, 'Reconciled 12 min ago: 3 were missing, 2 sent', 'Reconciliado há 12 min: faltavam 3, 2 enviados'],
  [{ missing: 0, sent: 0 }, 'Reconciled 12 min ago: nothing was missing', 'Reconciliado há 12 min: não faltava nada'],
  [
    { missing: 0, sent: 0, needsPerson: true },
    'Reconciled 12 min ago: not everything could be compared: `ponte reconcile` says why',
    'Reconciliado há 12 min: nem tudo pôde ser comparado: `ponte reconcile` diz por quê',
  ],
])('a reconcile with %j is told in both languages', (change, en, pt) => {
  expect(reconcileWords({ ...record, ...change }, 'en', now)).toBe(en)
  expect(reconcileWords({ ...record, ...change }, 'pt-BR', now)).toBe(pt)
})

test('what could not be compared never reads as nothing was missing', () => {
  const unclear = { ...record, missing: 0, sent: 0, needsPerson: true }
  expect(reconcileWords(unclear, 'en', now)).not.toContain('nothing was missing')
})
