/**
 * An amount as TOTVS CRM may give it: a number, a numeric text (`15000.00`), or one as Brazilians write it (`15.000,00`, `R$ 1.234.567`).
 * Undefined when there is none, `NaN` when it cannot be read. `15.000` cannot be read, because it may be fifteen or fifteen thousand. A
 * sale that is wrong by a factor of a thousand is worse than one that a person has to check.
 */
export function readAmount(value: unknown): number | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return Number.NaN

  const text = value.replace(/\s/g, '').replace(/^(-?)R\$/i, '$1')
  if (text === '') return undefined
  if (/^-?[1-9]\d{0,2}[.,]\d{3}$/.test(text)) return Number.NaN
  // Java writes large numbers with an exponent.
  if (/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text)) return Number(text)
  if (/^-?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?$/.test(text)) return Number(text.replaceAll('.', '').replace(',', '.'))
  return Number.NaN
}
