import { bilingual, type Language } from '@ponte/contracts'
import type { FastifyRequest } from 'fastify'
import { hiddenFields, type Html, html } from './html.ts'
import { clockTime } from './moment.ts'
import { addressOf, REFRESH_MARK } from './shell.ts'

/** Says that somebody wants no page to renew itself. */
export const REFRESH_COOKIE = 'ponte_refresh'
const EVERY_S = 30
/** While somebody waits for the outcome of what they have asked for. */
const SOON_S = 2

/** How a page renews itself: `soon` while its reader waits for an outcome. */
export type Refreshes = boolean | 'soon'

const secondsOf = (refreshes: Refreshes): number => (refreshes === 'soon' ? SOON_S : EVERY_S)

const texts = bilingual({
  updated: { en: 'Updated at', pt: 'Atualizado às' },
  every: { en: (seconds: number) => `every ${seconds} s`, pt: seconds => `a cada ${seconds} s` },
  paused: { en: 'paused while you use this page', pt: 'em pausa enquanto você usa esta página' },
  off: { en: 'Pause refresh', pt: 'Pausar atualização' },
  on: { en: `Update every ${EVERY_S} s`, pt: `Atualizar a cada ${EVERY_S} s` },
})

/** Did a page renew itself? Then perhaps nobody is there. */
export const isRefresh = (url: string): boolean =>
  URL.parse(url, 'http://board.invalid')?.searchParams.has(REFRESH_MARK) === true

/** Waits while somebody types, reads what they unfolded, or has another window open, so that nothing changes while they use the page. */
export const refreshScript = (refreshes: Refreshes): string => `
(() => {
  const folds = [...document.querySelectorAll('details')]
  const unfolded = folds.map(fold => fold.open)
  const isBusy = () =>
    document.hidden ||
    (document.activeElement ?? document.body) !== document.body ||
    document.querySelector(':popover-open') !== null ||
    folds.some((fold, index) => fold.open !== unfolded[index])
  const [running, paused] = document.querySelectorAll('.refresh [data-refresh]')
  const showState = () => {
    if (paused) running.hidden = !(paused.hidden = !isBusy())
  }
  // Whether the page is in use is known only after the event.
  for (const event of ['focusin', 'focusout', 'toggle', 'visibilitychange'])
    document.addEventListener(event, () => setTimeout(showState), true)
  const address = new URL(location.href)
  address.searchParams.delete('${REFRESH_MARK}')
  history.replaceState(null, '', address)
  setInterval(() => {
    if (isBusy()) return
    address.searchParams.set('${REFRESH_MARK}', '1')
    history.replaceState(null, '', address)
    location.reload()
  }, ${secondsOf(refreshes) * 1000})
})()
`

const isOff = ({ cookies }: FastifyRequest): boolean => cookies[REFRESH_COOKIE] === 'off'

/**
 * What renews a page without scripts; with them, the script waits for the reader. Undefined when it is switched off; a page whose reader
 * waits for an outcome renews itself all the same.
 */
export function renderRefresh(request: FastifyRequest, refreshes: Refreshes): Html | undefined {
  if (refreshes !== 'soon' && isOff(request)) return undefined
  const address = URL.parse(request.url, 'http://board.invalid')
  address?.searchParams.set(REFRESH_MARK, '1')
  const next = address === null ? '' : `; url=${address.pathname}${address.search}`
  return html`<noscript><meta http-equiv="refresh" content="${secondsOf(refreshes)}${next}" /></noscript>`
}

/** When the page was made, and the switch. */
export function renderRefreshSwitch(
  request: FastifyRequest,
  language: Language,
  { refreshes, now }: { readonly refreshes: Refreshes; readonly now: number },
): Html {
  const { updated, every, paused, off, on } = texts[language]
  const isOn = !isOff(request)
  const isRenewed = isOn || refreshes === 'soon'
  const state = html`<span data-refresh="on">, ${every(secondsOf(refreshes))}</span
    ><span data-refresh="paused" hidden>, ${paused}</span>`
  return html`<form class="refresh" method="post" action="/refresh">
    <span>${updated} ${clockTime(now, language)}${isRenewed ? state : undefined}</span>
    ${hiddenFields({ refresh: isOn ? 'off' : 'on', next: addressOf(request) })}
    <button class="link" type="submit">${isOn ? off : on}</button>
  </form>`
}
