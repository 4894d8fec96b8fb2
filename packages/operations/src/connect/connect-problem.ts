import { CredentialRefused, Failure, failures, type Language } from '@ponte/contracts'
import { AccountBusyError, TokensSealedError } from './obtain-tokens.ts'

const en = {
  ACCESS_DENIED:
    'RD Station denied access: the user did not allow the connection, or lacks the right to. Start again as an administrator of the account.',
  ACCOUNT_BUSY: 'A worker is renewing the tokens of this account. Try again in a minute.',
  RD_REJECTED: 'RD Station refused the code: it was used before, or is older than an hour. Start again.',
  RD_CLIENT_REJECTED: 'RD Station refused the client id, the client secret or the code. Compare them with the app.',
  RD_TOKEN_REVOKED: 'RD Station refused the refresh token. Connect with the browser instead.',
  SECRET_KEY_OTHER: 'The stored tokens were encrypted with another PONTE_SECRET_KEY than the one of this process.',
}

/** Why an account was not connected, if the person who connects it can fix that. */
type ConnectProblem = keyof typeof en

export const connectProblemTexts: Readonly<Record<Language, Readonly<Record<ConnectProblem, string>>>> = {
  en,
  'pt-BR': {
    ACCESS_DENIED:
      'O RD Station negou o acesso: o usuário não permitiu a conexão, ou não tem esse direito. Comece de novo, como administrador da conta.',
    ACCOUNT_BUSY: 'Um worker está renovando os tokens desta conta. Tente de novo em um minuto.',
    RD_REJECTED: 'O RD Station recusou o código: já foi usado ou tem mais de uma hora. Comece de novo.',
    RD_CLIENT_REJECTED: 'O RD Station recusou o client id, o client secret ou o código. Compare com o aplicativo.',
    RD_TOKEN_REVOKED: 'O RD Station recusou o refresh token. Conecte pelo navegador.',
    SECRET_KEY_OTHER: 'Os tokens guardados foram cifrados com outra PONTE_SECRET_KEY, não a deste processo.',
  },
}

/** The problem that `connectAccount` or `requireReadableTokens` threw. Undefined for one that a person cannot fix here. */
export function connectProblem(error: unknown): ConnectProblem | undefined {
  if (error instanceof AccountBusyError) return 'ACCOUNT_BUSY'
  if (error instanceof TokensSealedError) return 'SECRET_KEY_OTHER'
  const { code } = error instanceof Failure ? error : {}
  return problems.find(problem => problem === code)
}

/** Does connecting the account again help? RD Station takes its tokens no longer, or no key can decrypt them. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof CredentialRefused)) return error instanceof TokensSealedError
  const { breakerReason, isSecretRefused } = failures[error.code]
  return breakerReason === 'revoked' && isSecretRefused !== true
}

const problems = ['RD_REJECTED', 'RD_CLIENT_REJECTED', 'RD_TOKEN_REVOKED'] as const satisfies readonly ConnectProblem[]

/** RD Station's name for its refusal (`error`). The address may come from anybody, so only a short, plain name is accepted. */
export const nameOfRefusal = (answer: URLSearchParams): string =>
  (answer.get('error') ?? '').replaceAll(/[^\w.-]/g, '').slice(0, 60)
