import type { Language } from '@ponte/contracts'
import { type Html, html } from '../../ui/html.ts'
import type { Obstacle } from './obstacles.ts'
import { connectionsTexts, obstacleText } from './texts.ts'

/** Why the board cannot connect the tenant, what to set, and the command that does it instead. */
export const renderObstacle = (
  { obstacle, tenant }: { readonly obstacle: Obstacle; readonly tenant: string },
  language: Language,
): Html =>
  html`<p class="tight">${obstacleText(obstacle, language)}</p>
    <p class="tight">${connectionsTexts[language].command} <code>pnpm ponte connect --tenant ${tenant}</code></p>`
