import { boundText } from '@ponte/contracts'
import type { Facts } from '../../findings/text-rows.ts'

const MOST_NAMES = 10
const LONGEST_NAME = 60

/** Names in a sentence. TOTVS CRM may have many and long ones. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map(name => boundText(name, LONGEST_NAME))
  return [...shown, ...(names.length > MOST_NAMES ? [`… (+${names.length - MOST_NAMES})`] : [])].join(', ')
}

/** The values that exist where one is wrong. No fact when there are none. */
export const choicesOf = (names: readonly string[]): Facts =>
  names.length === 0 ? {} : { choices: listed([...new Set(names)]) }
