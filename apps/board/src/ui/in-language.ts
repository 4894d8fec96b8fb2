import { codeOfReason, type FailureCode, failures, inPortuguese, isFailureCode } from '@ponte/contracts'
import type { Language } from './language.ts'

/** The table's Portuguese is made to follow `CODE: `; here it stands alone. */
export function failureSentence(code: FailureCode, language: Language): string {
  const { en, pt } = failures[code]
  return language === 'en' ? en : `${pt.charAt(0).toUpperCase()}${pt.slice(1)}.`
}

/**
 * What Ponte keeps in English (summaries, lines of a job's log, `CODE: Sentence. facts`) in the reader's language. What is none of
 * its sentences, as the words of another system, stays as it is. Translate first and mask afterwards: a masked sentence is known to
 * nobody.
 */
export function inLanguage(text: string, language: Language): string {
  if (language === 'en') return text
  const code = codeOfReason(text)
  if (!isFailureCode(code)) return portuguese(text)
  const known = `${code}: ${failures[code].en}`
  if (!text.startsWith(known)) return text
  const facts = text.slice(known.length).trim()
  return [`${code}: ${failureSentence(code, language)}`, portuguese(facts)].filter(part => part !== '').join(' ')
}

/** Between two issues of a delivery, which a reason has one after the other: `leads[0]: … leads[0].email: …`. */
const BETWEEN_ISSUES = /(?<!\bthe)\s+(?=(?:the (?:body|address)|[\w[\]]+(?:\.[\w[\]]+)*): )/

function portuguese(text: string): string {
  const issues = text.split(BETWEEN_ISSUES)
  const translated = issues.map(issueInPortuguese)
  return translated.every((issue, index) => issue !== issues[index]) ? translated.join('; ') : inPortuguese(text)
}

/** The note of a lead may be the issue of a delivery, with the lead's place before it. */
function issueInPortuguese(issue: string): string {
  const [, queueRef = '', note = issue] = /^((?:leads\[\d+\]|contact)\.)(.*)$/s.exec(issue) ?? []
  const translated = inPortuguese(note)
  return translated === note ? inPortuguese(issue) : queueRef + translated
}

/** A line of a job's log: its time, then what Ponte says. */
export function logLineInLanguage(line: string, language: Language): string {
  const [, time = '', text = line] = /^(\S+Z )(.*)$/s.exec(line) ?? []
  return time + inLanguage(text, language)
}
