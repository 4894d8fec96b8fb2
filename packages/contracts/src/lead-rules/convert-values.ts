import { foldWord } from '../text/bounded-text.ts'
import { numberAsTyped } from '../text/number-as-typed.ts'
import type { MessageKey } from '../messages/messages.ts'
import { readAmount } from '../records/totvs-crm.ts'
import type { Conversion, FieldRule } from './lead-rules.ts'

/** What a rule writes: into a custom field or a member of a record. */
export type FieldValue = string | number | boolean | readonly string[]

/** Why a value does not fit: the key of the message about it. */
export type Misfit = Extract<MessageKey, `value-${string}`>

export type Converted = { readonly value: FieldValue } | { readonly misfit: Misfit }

/**
 * The values of one place as a rule writes them (docs/fields-and-rules.md#how-values-are-written). Never throws. `number`, `boolean`
 * and `date` take the first value, since a record has room for one.
 *
 * @param values At least one, none of them empty.
 */
export function convertValues(values: readonly string[], { as, join }: Pick<FieldRule, 'as' | 'join'>): Converted {
  return typeof as === 'object' ? mapValues(values, as, join) : converters[as](values, join)
}

type Name = Extract<Conversion, string>
type Converter = (values: readonly string[], join: string) => Converted

const eachAsText =
  (change: (value: string) => string): Converter =>
  (values, join) => ({ value: values.map(change).join(join) })

const converters: Readonly<Record<Name, Converter>> = {
  text: eachAsText(value => value),
  lower: eachAsText(value => value.toLowerCase()),
  upper: eachAsText(value => value.toUpperCase()),
  list: values => ({ value: [...values] }),
  digits(values, join) {
    const numbers = values.map(numberAsTyped)
    if (numbers.includes(undefined)) return { misfit: 'value-digits-lost' }
    const digits = numbers.flatMap(number => number?.replaceAll(/\D+/g, '') || [])
    return digits.length === 0 ? { misfit: 'value-without-digits' } : { value: digits.join(join) }
  },
  number([value = '']) {
    const number = numberAsTyped(value)
    return number === undefined ? { misfit: 'value-digits-lost' } : fitting(toNumber(number), 'value-not-a-number')
  },
  boolean: ([value = '']) => fitting(booleans.get(foldWord(value).trim()), 'value-not-yes-or-no'),
  date: ([value = '']) => fitting(toDate(value.trim()), 'value-not-a-date'),
}

const fitting = (value: FieldValue | undefined, misfit: Misfit): Converted =>
  value === undefined ? { misfit } : { value }

/** A larger number, such as a code of twenty digits, would lose digits. */
function toNumber(value: string): number | undefined {
  const number = readAmount(value) ?? Number.NaN
  return Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : undefined
}

/** What forms, check boxes and people write. */
const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'sim', 's', 'yes', 'y', '1', 'on', 'verdadeiro', 'aceito'].map(word => [word, true] as const),
  ...['false', 'nao', 'n', 'no', '0', 'off', 'falso', 'nao aceito'].map(word => [word, false] as const),
])

/** The day as it is written. Its time zone is not looked at. */
function toDate(value: string): string | undefined {
  const iso = /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?:$|[T ])/.exec(value)
  const brazilian = /^(?<day>\d{1,2})[/.-](?<month>\d{1,2})[/.-](?<year>\d{4})(?:$|\s)/.exec(value)
  const { year = '', month = '', day = '' } = (iso ?? brazilian)?.groups ?? {}
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  const parsed = new Date(`${date}T00:00:00Z`)
  // `Date` turns the thirtieth of February into a day in March.
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date) ? date : undefined
}

function mapValues(
  values: readonly string[],
  { map, otherwise }: Exclude<Conversion, string>,
  join: string,
): Converted {
  const written = values.flatMap(value => mapped(value, map) ?? (otherwise === 'keep' ? value : []))
  const [first, ...others] = written
  if (first === undefined) return { misfit: 'value-not-in-map' }
  return { value: others.length === 0 ? first : written.map(String).join(join) }
}

function mapped(value: string, map: Exclude<Conversion, string>['map']): string | number | boolean | undefined {
  if (Object.hasOwn(map, value)) return map[value]
  const wanted = foldWord(value).trim()
  const key = Object.keys(map).find(each => foldWord(each).trim() === wanted)
  return key === undefined ? undefined : map[key]
}
