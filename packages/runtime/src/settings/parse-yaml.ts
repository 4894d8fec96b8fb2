import { parseDocument } from 'yaml'

/** Parses YAML. Errors name line and column only: the parser's own messages quote the line, and with it secrets. */
export function parseYaml(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  const document = parseDocument(text)
  return document.errors.length > 0 ? { ok: false } : { ok: true, value: document.toJS() }
}
