import type { LightMyRequestResponse } from 'fastify'
import { credentials, type OpenBoard } from './open-board.ts'

export const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString()

/** What a browser does at the login page of a board. */
export function createBrowser(board: () => OpenBoard) {
  const post = (url: string, payload: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> =>
    board().app.inject({
      method: 'POST',
      url,
      payload,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    })
  return {
    post,
    /** Logs the operator in and gives the cookie of the session. */
    async logIn(): Promise<string> {
      const answer = await post('/login', form(credentials))
      const cookie = answer.cookies.find(({ name }) => name === 'ponte_board')
      return `ponte_board=${cookie?.value}`
    },
  }
}
