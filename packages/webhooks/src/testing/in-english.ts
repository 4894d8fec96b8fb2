import { type Message, renderMessage } from '@ponte/contracts'

const issuesInEnglish = (issues: readonly Message[]): string[] => issues.map(issue => renderMessage(issue, 'en'))

/** For tests: the parts of a delivery that cannot be read, with their issues in English. */
export const partsInEnglish = <Part extends { readonly issues: readonly Message[] }>(parts: readonly Part[]) =>
  parts.map(part => ({ ...part, issues: issuesInEnglish(part.issues) }))
