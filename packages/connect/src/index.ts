export { connectAccount } from './obtain-tokens.ts'
export { connectProblem, connectProblemTexts } from './connect-problem.ts'
export { dialogUrl } from './dialog-url.ts'
export { nameOfRefusal } from './connect-problem.ts'
export {
  AccountBusyError,
  obtainTokens,
  requireReadableTokens,
  TokensSealedError,
  type TokenSource,
} from './obtain-tokens.ts'
export { TOKEN_HEADER, webhookAddresses } from './webhook-addresses.ts'
