import { expect, test } from 'vitest'
import { dialogUrl } from './connect-in-browser.ts'
import { nameOfRefusal } from './obtain-tokens.ts'

const settings = { tokenUrl: 'https://api.rd.services/auth/token', clientId: 'app & more' }
const redirectUri = 'https://ponte.example.com/connections/callback'

test('the dialog stands beside the address of the tokens, and is told the app, the way back and the state', () => {
  const dialog = dialogUrl(settings, { redirectUri, state: 's' })
  expect(dialog?.origin).toBe('https://api.rd.services')
  expect(dialog?.pathname).toBe('/auth/dialog')
  expect(Object.fromEntries(dialog?.searchParams ?? [])).toEqual({
    client_id: 'app & more',
    redirect_uri: redirectUri,
    state: 's',
  })
})

test.each(['https://accounts.example/oauth2', 'https://accounts.example/tokens'])(
  'from %s no dialog can be derived: it has to be named',
  tokenUrl => {
    const of = { ...settings, tokenUrl }
    expect(dialogUrl(of, { redirectUri })).toBeUndefined()
    const authUrl = 'https://accounts.example/authorize?tenant=1'
    expect(dialogUrl(of, { redirectUri, authUrl })?.href).toMatch(/^https:\/\/accounts\.example\/authorize\?tenant=1&/)
  },
)

test('of a refusal only a short, plain name is taken over', () => {
  const name = (error: string) => nameOfRefusal(new URLSearchParams({ error }))
  expect(name('access_denied')).toBe('access_denied')
  expect(name('<b>no</b> way')).toBe('bnobway')
  expect(name('x'.repeat(500))).toHaveLength(60)
  expect(nameOfRefusal(new URLSearchParams())).toBe('')
})
