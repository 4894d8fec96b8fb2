import type { TenantSettings } from '@ponte/contracts'

export interface DialogOptions {
  /** Where RD Station sends the browser back to. The app at RD Station has to name it. */
  readonly redirectUri: string
  /** RD Station sends it back with the code. It tells the answer of this dialog from any other. */
  readonly state?: string
  /** RD Station's authorization page. Default: derived from `rdStation.tokenUrl`. */
  readonly authUrl?: string | undefined
}

/**
 * The page on which a user of RD Station allows the connection (docs/vendors/rd-station.md#connecting-an-account). Undefined when no
 * address is given and none can be derived from `tokenUrl`.
 */
export function dialogUrl(
  { tokenUrl, clientId }: Pick<TenantSettings['rdStation'], 'tokenUrl' | 'clientId'>,
  { redirectUri, state, authUrl }: DialogOptions,
): URL | undefined {
  const text = authUrl ?? tokenUrl.replace(/\/token\/?$/, '/dialog')
  if (!URL.canParse(text) || text === tokenUrl) return undefined
  const dialog = new URL(text)
  dialog.searchParams.set('client_id', clientId)
  dialog.searchParams.set('redirect_uri', redirectUri)
  if (state !== undefined) dialog.searchParams.set('state', state)
  return dialog
}
