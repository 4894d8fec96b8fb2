import { failures } from '@ponte/contracts'
import { type RefusalCode, refusalStatus } from '../http/problem.ts'

/** What the sender, or the person behind it, should do about a refusal. */
const advice: { readonly [Code in RefusalCode]: { readonly en: string; readonly pt: string } } = {
  REQUEST_MALFORMED: {
    en: 'Send a well-formed HTTP request; look at the address first.',
    pt: 'Envie uma requisição HTTP bem formada; confira primeiro o endereço.',
  },
  UNAUTHORIZED: {
    en: 'Send the webhook token of this tenant and source as header apiToken, as Authorization: Bearer or as ?token=, and look at the name of the tenant in the address.',
    pt: 'Envie o token de webhook deste tenant e desta origem no cabeçalho apiToken, em Authorization: Bearer ou em ?token=, e confira o nome do tenant no endereço.',
  },
  NOT_FOUND: {
    en: 'Look at the address: the description of this API lists all of them.',
    pt: 'Confira o endereço: a descrição desta API lista todos.',
  },
  METHOD_NOT_ALLOWED: {
    en: 'Webhooks are sent by POST. The header Allow says what this address takes.',
    pt: 'Webhooks são enviados por POST. O cabeçalho Allow diz o que este endereço aceita.',
  },
  REQUEST_TIMEOUT: {
    en: 'Send the whole request within a few seconds.',
    pt: 'Envie a requisição inteira em poucos segundos.',
  },
  BODY_TOO_LARGE: {
    en: 'Send fewer leads in one delivery.',
    pt: 'Envie menos leads em cada entrega.',
  },
  BODY_TYPE_UNSUPPORTED: {
    en: 'Send the body as application/json in UTF-8, without Content-Encoding.',
    pt: 'Envie o corpo como application/json em UTF-8, sem Content-Encoding.',
  },
  TOO_MANY_WRONG_TOKENS: {
    en: 'Send the right token: it is taken at once, also from this address. Wrong ones are answered again after the seconds in Retry-After.',
    pt: 'Envie o token certo: ele é aceito na hora, também deste endereço. Os incorretos voltam a ser respondidos após os segundos em Retry-After.',
  },
  INTAKE_LIMITED: {
    en: 'Repeat the delivery after the seconds in Retry-After, and send less at a time.',
    pt: 'Repita a entrega após os segundos em Retry-After e envie menos por vez.',
  },
  QUARANTINE_FULL: {
    en: 'Send bodies that Ponte can read: those are accepted all the while. The operator makes room; then repeat the delivery.',
    pt: 'Envie corpos que o Ponte consiga ler: esses continuam sendo aceitos. O operador libera espaço; depois repita a entrega.',
  },
  HEADERS_TOO_LARGE: {
    en: 'Send fewer or shorter headers.',
    pt: 'Envie menos cabeçalhos, ou cabeçalhos menores.',
  },
  INTERNAL_ERROR: {
    en: 'Repeat the delivery. The log of the ingress says what happened.',
    pt: 'Repita a entrega. O log do ingress diz o que aconteceu.',
  },
  QUEUE_UNAVAILABLE: {
    en: 'Repeat the delivery after the seconds in Retry-After. The operator looks at Redis.',
    pt: 'Repita a entrega após os segundos em Retry-After. O operador verifica o Redis.',
  },
}

/** The page that the `type` of every problem leads to: one section a code, in English and Portuguese. */
export const problemsPage = (): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Ponte: problems</title>
<h1>Problems that the ingress answers with</h1>
${Object.keys(refusalStatus).filter(isRefusalCode).map(toSection).join('\n')}
</html>
`

const toSection = (code: RefusalCode): string => `<section id="${code}">
<h2>${refusalStatus[code]} ${code}</h2>
<p>${failures[code].en} ${advice[code].en}</p>
<p lang="pt-BR">${capitalized(failures[code].pt)}. ${advice[code].pt}</p>
</section>`

const isRefusalCode = (text: string): text is RefusalCode => Object.hasOwn(refusalStatus, text)

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
