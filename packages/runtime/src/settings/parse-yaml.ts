import { parseDocument } from 'yaml'

/** What a YAML text holds. Of a text that is none nothing is told: what the parser says quotes the line, and with it secrets. */
export function parseYaml(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  const document = parseDocument(text)
  return document.errors.length > 0 ? { ok: false } : { ok: true, value: document.toJS() }
}
