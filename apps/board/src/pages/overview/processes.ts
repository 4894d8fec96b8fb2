import { type BridgeState, oldCredentialWords, refusedFileWords, seesAll } from '@ponte/operations'
import { type Html, html, inlineCode } from '../../ui/html.ts'
import type { OverviewView } from './reader.ts'

/**
 * That running processes do not take the tenants file, or use an old credential. The mistakes of the file name tenants and settings, so they
 * are shown to operators of all tenants only. Nothing while all processes use what they should.
 */
export function renderProcesses(
  { refusedFile, oldCredentials }: BridgeState,
  { language, user }: OverviewView,
): Html | undefined {
  if (refusedFile.length + oldCredentials.length === 0) return undefined
  const problems = seesAll(user) ? [...new Set(refusedFile.flatMap(each => each.problems))] : []
  return html`<div class="notice warning" role="alert">
    ${refusedFile.length === 0 ? undefined : html`<p>${refusedFileWords(refusedFile, language)}</p>`}
    ${
      problems.length === 0
        ? undefined
        : html`<ul>
            ${problems.map(problem => html`<li>${problem}</li>`)}
          </ul>`
    }
    ${oldCredentials.map(old => html`<p>${inlineCode(oldCredentialWords(old, language))}</p>`)}
  </div>`
}
