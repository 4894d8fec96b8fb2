import { normalForm } from '@ponte/contracts'

/** The kinds of figures whose names come from outside: a source, a conversion's identifier, the reason of a loss. */
export const openKinds = ['source', 'identifier', 'reason'] as const
export type OpenKind = (typeof openKinds)[number]

/** Of each kind in each hour and day. All further ones are counted together, as `otherText`. */
export const MOST_TEXTS = 100

const MAX_CHARACTERS = 100
/** In UTF-16 units. No name of a source, a conversion or a reason is longer than a field of either system. */
const LONGEST_COUNTED = 1000

/** The name under which all texts are counted that are not counted by themselves. No text is empty. */
export const otherText = ''

/**
 * The name under which a text is counted: cut, and in one spelling. `otherText` for one that looks as if it held an e-mail or a phone:
 * figures outlive what is erased.
 */
export function toOpenText(text: string): string {
  // What stands at the end of a longer one could be the beginning of an e-mail or a phone.
  if (text.length > LONGEST_COUNTED) return otherText
  const plain = normalForm(text, 'NFKC')
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
  return isOfPerson(plain) ? otherText : cut(plain)
}

/** The text that a figure of one of these kinds is counted by; undefined for a figure of Ponte's own words. */
export function openTextOf(figure: string): string | undefined {
  const kind = openKinds.find(each => figure.startsWith(`${each}:`))
  return kind === undefined ? undefined : figure.slice(kind.length + 1)
}

/** Before it is cut: what is left of an e-mail or a phone looks like neither. `%40` is an `@` in an address of the web. */
const isOfPerson = (text: string): boolean => /@|%40/i.test(text) || (text.match(/\p{N}/gu) ?? []).length >= 8

/** Never within a character of two UTF-16 units. */
const cut = (text: string): string =>
  new RegExp(String.raw`^.{0,${MAX_CHARACTERS}}`, 'su').exec(text)?.[0].trim() ?? otherText
