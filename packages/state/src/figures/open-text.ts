import { normalForm } from '@ponte/contracts'

/** The kinds of figures whose names come from outside: a source, a conversion's identifier, the reason of a loss. */
export const openKinds = ['source', 'identifier', 'reason'] as const
export type OpenKind = (typeof openKinds)[number]

/** Texts of each kind that are counted by name in an hour or a day. Further texts are counted together, as `otherText`. */
export const MAX_TEXTS = 100

const MAX_CHARACTERS = 100
/** In UTF-16 units. A longer text is no real name of a source, a conversion or a reason. */
const MAX_COUNTED = 1000

/** The name for all texts that are not counted by themselves. Empty, because no real text is. */
export const otherText = ''

/**
 * The name under which a text is counted, normalised and cut. A text that may hold an e-mail or a phone becomes `otherText`, because
 * figures outlive what is erased.
 */
export function toOpenText(text: string): string {
  // Do not cut it before the check: the cut could hide that it ends in an e-mail or a phone.
  if (text.length > MAX_COUNTED) return otherText
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

/** Asked before the text is cut, because half of an e-mail or a phone looks like neither. `%40` is an `@` in a URL. */
const isOfPerson = (text: string): boolean => /@|%40/i.test(text) || (text.match(/\p{N}/gu) ?? []).length >= 8

/** Never within a character of two UTF-16 units. */
const cut = (text: string): string =>
  new RegExp(String.raw`^.{0,${MAX_CHARACTERS}}`, 'su').exec(text)?.[0].trim() ?? otherText
