import { type FailureCode, failures, isFailureCode } from '@ponte/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { differingText, failingText, finalText, keptMarkText, readStatusRd, recoveredText } from './status-rd-text.ts'

const codes: FailureCode[] = Object.keys(failures).filter(isFailureCode)

test.each([
  [0, '0 s'],
  [60, '1 min'],
  [119, '119 s'],
  [0.2, '1 s'],
  [5, '5 s'],
  [90, '90 s'],
  [120, '2 min'],
  [150, '3 min'],
  [3600, '1 h'],
  [5400, '90 min'],
  [7200, '2 h'],
  [7201, '3 h'],
  [31 * 24 * 3600, '744 h'],
])(
  'a failure with rounds left says which it was, what went wrong, and that Ponte tries again in %d s: %s',
  (pause, text) => {
    const failing = failingText({ code: 'RD_REJECTED', round: 1, rounds: 3, pauseSeconds: pause })
    expect(failing).toBe(`ERRO 1/3 RD_REJECTED: o RD Station recusou os dados; nova tentativa em ${text}.`)
  },
)

test('the last failure says what to do', () => {
  expect(finalText({ code: 'RD_SALE_VALUE_ABOVE_LIMIT', rounds: 3, field: 'statusRD' })).toBe(
    'ERRO FINAL 3/3 RD_SALE_VALUE_ABOVE_LIMIT: valor da venda acima do limite do RD Station. Corrija o valor da oportunidade e salve.',
  )
})

test('the general advice names the tenant’s own field', () => {
  const text = finalText({ code: 'STATE_UNAVAILABLE', rounds: 3, field: 'situacao_rd' })
  expect(text).toContain('. Corrija e salve a oportunidade, ou escreva REENVIAR em situacao_rd.')
})

test.each([
  ['open', 'OK: oportunidade marcada no RD Station'],
  ['hidden', 'OK: oportunidade marcada no RD Station'],
  ['won', 'OK: venda registrada no RD Station'],
  ['lost', 'OK: perda registrada no RD Station'],
  ['none', 'OK: nada a informar ao RD Station'],
] as const)('when RD Station was told %s, the text says so, and after which failure', (marked, text) => {
  expect(recoveredText({ code: 'RD_REJECTED', marked })).toBe(`${text} (após RD_REJECTED).`)
  expect(recoveredText({ code: undefined, marked })).toBe(`${text}.`)
})

test('where RD Station has another value or reason than TOTVS CRM, the text says both', () => {
  const won = { state: 'won', sent: { cents: 10_000 }, now: { cents: 1_000_000 } } as const
  const sale = 'OK: venda registrada com R$ 100,00; o valor agora é R$ 10.000,00: corrija no RD Station'
  expect(differingText(won)).toBe(sale)
  expect(differingText({ ...won, now: {} })).toContain('; o valor agora é ilegível: corrija')
  expect(differingText({ state: 'lost', sent: { reason: 'Preço' }, now: { reason: 'Prazo' } })).toBe(
    'OK: perda registrada com o motivo "Preço"; o motivo agora é "Prazo": corrija no RD Station',
  )
  const long = differingText({ state: 'lost', sent: { reason: 'á'.repeat(255) }, now: { reason: '' } })
  expect(long.length).toBeLessThanOrEqual(255)
  expect(long).toMatch(/; o motivo agora é outro: corrija no RD Station$/)
})

test.each([
  ['won', 'venda'],
  ['lost', 'perda'],
] as const)('where a former contact keeps what was %s, the text says so too, however long it is', (kept, word) => {
  const keeps = `O contato anterior continua com a ${word}: se for o caso, remova-a no RD Station.`
  const marked = 'won'
  expect(keptMarkText({ kept, marked, differs: undefined })).toBe(`OK: venda registrada no RD Station. ${keeps}`)
  const sale = differingText({ state: 'won', sent: { cents: 9_999_999_900 }, now: { cents: 9_999_999_999 } })
  const reason = 'á'.repeat(255)
  const loss = differingText({ state: 'lost', sent: { reason }, now: { reason: reason.toUpperCase() } })
  for (const differs of [sale, loss]) expect(keptMarkText({ kept, marked, differs })).toBe(`${differs}. ${keeps}`)
})

test.each(codes)('the last text of %s is whole: it fits and ends with what to do', code => {
  const text = finalText({ code, rounds: 100, field: 'situacao_da_integracao_rd' })
  expect(text.length).toBeLessThanOrEqual(255)
  expect(text).toMatch(/^ERRO FINAL 100\/100 [A-Z_]+: .+\. [A-Z].+\.$/)
})

test('no text is longer than the field, whatever the settings', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...codes),
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 31 * 24 * 3600, noNaN: true }),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }),
      (code, rounds, pauseSeconds, field) => {
        const texts = [
          failingText({ code, round: rounds, rounds, pauseSeconds }),
          finalText({ code, rounds, field }),
          recoveredText({ code, marked: 'open' }),
        ]
        for (const text of texts) expect(text.length).toBeLessThanOrEqual(255)
        expect(texts[0]).toMatch(/^ERRO \d+\/\d+ [A-Z_]+: .* \d+ (s|min|h)\.$/)
        expect(texts[1]).toMatch(/^ERRO FINAL /)
        expect(texts[2]).toMatch(/^OK: /)
      },
    ),
  )
})

test.each([
  ['ERRO 1/3 RD_REJECTED: o RD Station recusou os dados; nova tentativa em 1 min.', 'own'],
  ['OK: venda registrada no RD Station.', 'own'],
  ['ERRO FINAL 3/3 RD_RE', 'own'],
  ['<p>erro final 2&#47;2 RD_REJECTED</p>', 'own'],
  [' reenviar ', 'request'],
  ['<p>REENVIAR</p>', 'request'],
  ['REENVIAR depois', 'other'],
  ['Errou o valor', 'other'],
  ['', 'empty'],
  ['<p></p>', 'empty'],
  [undefined, 'absent'],
] as const)('a field that says %j is read as %s', (text, reading) => {
  expect(readStatusRd(text)).toBe(reading)
})
