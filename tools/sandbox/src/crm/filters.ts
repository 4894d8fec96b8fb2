import { isRecord } from '@ponte/contracts'
import { type JsonObject } from '../json.ts'
import { crmRefusals } from './errors.ts'

/** A parsed `Integration-Filter`. */
export interface RecordFilter {
  /** The first segment of every path in it. */
  readonly members: readonly string[]
  /** Equalities that every matching record fulfils, case aside. */
  readonly equalities: readonly { readonly path: string; readonly value: string }[]
  matches(record: JsonObject): boolean
}

interface Condition {
  readonly path: readonly string[]
  /** Only with `eq` and `ieq`. */
  readonly equals?: string
  readonly holds: (values: readonly unknown[]) => boolean
}

/**
 * A filter in RestQuery: groups `{field->operator->value}` side by side or joined by `&&` must all match; `||` separates alternatives
 * (docs/vendors/totvs-crm.md#filters). Refuses invalid filters with 400.
 */
export function parseFilter(text: string, { comparesAsText = false } = {}): RecordFilter {
  const alternatives: Condition[][] = [[]]
  let rest = text.trim()
  let isOpen = true
  while (rest !== '') {
    const [group = '', inner = '', joint = ''] = /^\{([^{}]*)\}\s*(\|\||&&)?\s*/.exec(rest) ?? []
    if (group === '') throw crmRefusals.badRequest('Filtro inválido.', [rest])
    alternatives.at(-1)?.push(parseCondition(inner, comparesAsText ? byCharacter : order))
    if (joint === '||') alternatives.push([])
    isOpen = joint !== ''
    rest = rest.slice(group.length)
  }
  if (isOpen) throw crmRefusals.badRequest('Filtro inválido.', [text])

  return {
    members: alternatives.flat().flatMap(({ path }) => path.slice(0, 1)),
    equalities: alternatives.length > 1 ? [] : alternatives.flat().flatMap(toEquality),
    matches: record =>
      alternatives.some(conditions => conditions.every(({ path, holds }) => holds(valuesAt(record, path)))),
  }
}

const toEquality = ({ path, equals }: Condition) =>
  equals === undefined ? [] : [{ path: path.join('.'), value: equals }]

type Order = (left: string, right: string) => number

function parseCondition(inner: string, order: Order): Condition {
  const [field = '', operator = '', value, ...more] = inner.split('->')
  const path = field.split('.')
  if (path.includes('') || more.length > 0) throw crmRefusals.badRequest('Filtro inválido.', [inner])

  if (operator === 'isNull') return { path, holds: values => values.every(isNothing) }
  if (operator === 'isNnull') return { path, holds: values => !values.every(isNothing) }
  const compare = Object.hasOwn(operators, operator) ? operators[operator] : undefined
  if (!compare || value === undefined || value === '') throw crmRefusals.badRequest('Filtro inválido.', [inner])
  // "Not" means that no value of a list is the one named.
  if (operator === 'neq' || operator === 'nin')
    return { path, holds: values => values.every(each => compare(textFor(each), value, order)) }
  return {
    path,
    ...((operator === 'eq' || operator === 'ieq') && { equals: value }),
    holds: values => values.some(each => !isNothing(each) && compare(textFor(each), value, order)),
  }
}

const operators: Readonly<Record<string, (actual: string, wanted: string, order: Order) => boolean>> = {
  eq: (actual, wanted) => actual === wanted,
  ieq: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  neq: (actual, wanted) => actual !== wanted,
  like: (actual, wanted) => actual.includes(wanted),
  ilike: (actual, wanted) => actual.toLowerCase().includes(wanted.toLowerCase()),
  in: (actual, wanted) => wanted.split(',').includes(actual),
  nin: (actual, wanted) => !wanted.split(',').includes(actual),
  gt: (actual, wanted, order) => order(actual, wanted) > 0,
  ge: (actual, wanted, order) => order(actual, wanted) >= 0,
  lt: (actual, wanted, order) => order(actual, wanted) < 0,
  le: (actual, wanted, order) => order(actual, wanted) <= 0,
}

/** Numbers by size, times by time, anything else by its characters. */
function order(left: string, right: string): number {
  const [a, b] = [comparable(left), comparable(right)]
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return byCharacter(left, right)
}

const byCharacter: Order = (left, right) => (left < right ? -1 : Number(left > right))

function comparable(text: string): number | string {
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return Number(text)
  return /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text)) ? Date.parse(text) : text
}

const isNothing = (value: unknown) => value === null || value === undefined

const textFor = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

/** Every value that a path reaches, through lists. */
export function valuesAt(value: unknown, [name, ...rest]: readonly string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap(item => valuesAt(item, name === undefined ? [] : [name, ...rest]))
  if (name === undefined) return [value]
  return isRecord(value) && Object.hasOwn(value, name) ? valuesAt(value[name], rest) : []
}
