import type { RefusedFile } from '@ponte/state'
import { type Html, html } from '../../ui/html.ts'
import type { OverviewView } from './reader.ts'
import { overviewTexts } from './texts.ts'

/**
 * That the tenants file was changed and cannot be used. The mistakes name tenants and settings, so they are shown to operators of all
 * tenants only. Nothing while every process takes the file.
 */
export function renderRefused(refused: readonly RefusedFile[], { language, user }: OverviewView): Html | undefined {
  if (refused.length === 0) return undefined
  const { fileRefused, readers } = overviewTexts[language]
  const isForAll = user?.role === 'operator' && user.tenants === undefined
  const problems = isForAll ? [...new Set(refused.flatMap(each => each.problems))] : []
  return html`<div class="notice warning" role="alert">
    <p>${fileRefused(refused.map(({ reader }) => readers[reader]).join(', '))}</p>
    ${
      problems.length === 0
        ? undefined
        : html`<ul>
            ${problems.map(problem => html`<li>${problem}</li>`)}
          </ul>`
    }
  </div>`
}
