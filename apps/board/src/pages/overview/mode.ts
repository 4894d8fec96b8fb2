import { type BridgeState, modeWords } from '@ponte/report'
import { type Html, html } from '../../ui/html.ts'
import { timeZone } from '../../ui/moment.ts'
import type { OverviewView } from './reader.ts'

/** Which tenants are in the shadow, or left it without a switch. Nothing when all are simply live. */
export function renderModes({ tenants }: BridgeState, { language, now }: OverviewView): Html | undefined {
  const lines = tenants.flatMap(({ tenant, mode }) => {
    const words = modeWords(mode, { language, now, timeZone: timeZone() })
    return words === undefined ? [] : [html`<p class="notice warning"><strong>${tenant}</strong> · ${words}</p>`]
  })
  return lines.length === 0 ? undefined : html`${lines}`
}
