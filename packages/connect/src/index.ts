export { connectAccount } from './obtain-tokens.ts'
export { connectProblem, connectProblemTexts, isConnectionLost } from './connect-problem.ts'
export { dialogUrl } from './dialog-url.ts'
export { nameOfRefusal } from './connect-problem.ts'
export {
  AccountBusyError,
  obtainTokens,
  requireReadableTokens,
  TokensSealedError,
  type TokenSource,
} from './obtain-tokens.ts'
export { findRdWebhook, registerRdWebhook, WebhookBusyError, WebhookRefusedError } from './rd-webhook.ts'
export { TOKEN_HEADER, webhookAddresses } from './webhook-addresses.ts'
