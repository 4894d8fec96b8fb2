import { type BridgeState, modeWords } from '@ponte/operations'
import { type Html, html } from '../../ui/html.ts'
import { timeZone } from '../../ui/moment.ts'
import type { OverviewView } from './reader.ts'
import { renderRestButtons } from './rest.ts'

/** Which tenants are in the shadow, or left it without a switch, and for operators what to do with what a way back left undone. Nothing when all are simply live. */
export function renderModes({ tenants }: BridgeState, { language, user, now }: OverviewView): Html | undefined {
  const lines = tenants.flatMap(({ tenant, mode }) => {
    const words = modeWords(mode, { language, now, timeZone: timeZone() })
    if (words === undefined) return []
    const { rest = 0 } = mode
    const buttons = rest > 0 && user?.role === 'operator' ? renderRestButtons(tenant, rest, language) : undefined
    return [
      html`<div class="notice warning">
        <p class="tight"><strong>${tenant}</strong> · ${words}</p>
        ${buttons}
      </div>`,
    ]
  })
  return lines.length === 0 ? undefined : html`${lines}`
}
