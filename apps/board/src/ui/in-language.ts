import { type Language, renderMessage, type StoredText } from '@ponte/contracts'

/**
 * Stored texts of an event (summaries, reasons, lines of a job's log) in the reader's language. Translate first and mask
 * afterwards: a masked text cannot be translated.
 */
export const inLanguage = (stored: StoredText, language: Language): string => renderMessage(stored, language)

/** A line of a job's log: its time, then what Ponte says. */
export function logLineInLanguage(line: string, language: Language): string {
  const [, time = '', text = line] = /^(\S+Z )(.*)$/s.exec(line) ?? []
  return time + inLanguage(text, language)
}
