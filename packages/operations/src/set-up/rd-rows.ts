import { textRows } from '../findings/text-rows.ts'

/** What is said of an account at RD Station. */
export const rdRows = textRows({
  RD_CALLS_PER_MINUTE_TOO_HIGH: {
    en: '{setting} is {found}; no plan of RD Station allows more than {most}.',
    pt: '{setting} é {found}; nenhum plano do RD Station permite mais de {most}.',
    fix: {
      en: 'Set it to {common}, or to {most} on the Advanced plan.',
      pt: 'Defina {common}, ou {most} no plano Advanced.',
    },
  },
  RD_WEBHOOK_TOKEN_WRONG: {
    en: 'The RD Station webhook {uuid} posts to {url} without a token from {setting}: every delivery is refused.',
    pt: 'O webhook {uuid} do RD Station envia para {url} sem um token de {setting}: toda entrega é recusada.',
    fix: {
      en: '`ponte connect --webhook` with the same --url gives it the token of today.',
      pt: '`ponte connect --webhook` com o mesmo --url dá a ele o token de hoje.',
    },
  },
  RD_WEBHOOK_SUSPENDED: {
    en: 'RD Station has suspended the webhook {uuid}, which posts to {url}.',
    pt: 'O RD Station suspendeu o webhook {uuid}, que envia para {url}.',
    fix: {
      en: 'Make sure that the address answers (the ingress checks), then have `ponte connect --webhook` with the same --url register it again.',
      pt: 'Confira se o endereço responde (verificações ingress); depois `ponte connect --webhook` com o mesmo --url cadastra o webhook de novo.',
    },
  },
  RD_WEBHOOK_OTHER_ADDRESS: {
    en: 'The RD Station webhook {uuid} posts to {found}, and none to {url}.',
    pt: 'O webhook {uuid} do RD Station envia para {found}, e nenhum para {url}.',
    fix: {
      en: 'If that address is a former one, `ponte connect --webhook` with the same --url changes it. Otherwise run doctor with the right --url.',
      pt: 'Se esse endereço é um anterior, `ponte connect --webhook` com o mesmo --url o troca. Senão, execute doctor com o --url certo.',
    },
  },
  PLAN_UNKNOWN: {
    en: 'cannot verify: {found} calls a minute need the Advanced plan',
    pt: 'não foi possível verificar: {found} chamadas por minuto exigem o plano Advanced',
  },
  RD_WEBHOOKS_NOT_SHOWN: {
    en: 'cannot verify: RD Station does not list the webhooks of this account',
    pt: 'não foi possível verificar: o RD Station não lista os webhooks desta conta',
  },
  RD_WEBHOOK_NOT_LISTED: {
    en: "cannot verify: RD Station's API lists no webhook to {url}. That is fine if an automation flow or a webhook made in RD Station's web interface sends the leads (the API does not list those). Otherwise no lead arrives: `ponte connect --webhook` registers one",
    pt: 'não foi possível verificar: a API do RD Station não lista nenhum webhook para {url}. Está certo se quem envia os leads é um fluxo de automação ou um webhook criado na tela do RD Station (a API não os lista). Senão nenhum lead chega: `ponte connect --webhook` cadastra um',
  },
  ACCOUNT_BUSY: {
    en: 'cannot verify: a worker is renewing the tokens; try again',
    pt: 'não foi possível verificar: um worker está renovando os tokens; execute o doctor de novo',
  },
})
