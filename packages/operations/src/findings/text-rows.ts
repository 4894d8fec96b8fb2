import type { Texts } from '@ponte/contracts'

/**
 * What a finding says. `{name}` stands for a fact; a part in brackets (`[ There are: {choices}.]`) is left out where a fact of it is missing.
 * Names of rows never change: scripts rely on them.
 */
export interface TextRow extends Texts {
  /** What to do. */
  readonly fix?: Texts
  /** Default: a problem where there is a `fix`, else something that could not be verified. */
  readonly is?: 'warning' | 'ok' | 'skipped'
}
export type TextRows = Readonly<Record<string, TextRow>>

/** Names of settings, ids and counts. Never a secret, never personal data. */
export type Facts = Readonly<Record<string, string | number>>

type NamesIn<Text> = Text extends `${string}{${infer Name}}${infer After}` ? Name | NamesIn<After> : never
type WithoutParts<Text> = Text extends `${infer Before}[${string}]${infer After}`
  ? `${Before}${WithoutParts<After> & string}`
  : Text
type Sentences<Row> =
  | (Row extends { readonly en: infer Text } ? Text : never)
  | (Row extends { readonly fix: { readonly en: infer Text } } ? Text : never)

/** The facts that a row cannot do without. */
export type NeededFacts<Row> = { readonly [Name in NamesIn<WithoutParts<Sentences<Row>>>]: string | number }

/** A translation with other placeholders does not compile. */
type Translated<Words> = Words extends { readonly en: infer English; readonly pt: infer Portuguese }
  ? [NamesIn<English>, NamesIn<Portuguese>] extends [NamesIn<Portuguese>, NamesIn<English>]
    ? unknown
    : { readonly pt: { readonly mustHaveThePlaceholders: NamesIn<English> } }
  : unknown
type AllTranslated<Rows> = {
  readonly [Name in keyof Rows]: Translated<Rows[Name]> &
    (Rows[Name] extends { readonly fix: infer Fix } ? { readonly fix: Translated<Fix> } : unknown)
}

export const textRows = <const Rows extends TextRows>(rows: Rows & AllTranslated<Rows>): Rows => rows

/** A text with its facts. One that is missing outside of brackets is a question mark. */
export function fillIn(text: string, factOf: (name: string) => string | undefined): string {
  const fill = (part: string): string => part.replaceAll(/\{(\w+)\}/g, (_all, name: string) => factOf(name) ?? '?')
  return text.replaceAll(/\[([^[\]]*)\]|\{(\w+)\}/g, (all, part: string | undefined) => {
    if (part === undefined) return fill(all)
    const names = [...part.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
    return names.every(name => factOf(name) !== undefined) ? fill(part) : ''
  })
}
