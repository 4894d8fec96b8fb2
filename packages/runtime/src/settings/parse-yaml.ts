import { parseDocument } from 'yaml'

/** Parses YAML. A failure carries no text, because the messages of the parser quote the line, and with it secrets. */
export function parseYaml(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  const document = parseDocument(text)
  return document.errors.length > 0 ? { ok: false } : { ok: true, value: document.toJS() }
}
