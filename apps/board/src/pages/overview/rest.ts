import { bilingual, type Language } from '@ponte/contracts'
import { countRest } from '@ponte/operations'
import { counted, decideRest } from '@ponte/runtime'
import { z } from 'zod'
import { action, noFilters, type RenderedPage, tenantOf } from '../../ui/board-page.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { buttonForm, hiddenFields, type Html, html } from '../../ui/html.ts'

const texts = bilingual({
  send: {
    en: (rest: number) => `Send ${counted('en', rest, 'event', 'events')}`,
    pt: rest => `Enviar ${counted('pt-BR', rest, 'evento', 'eventos')}`,
  },
  drop: {
    en: (rest: number) => `Drop ${counted('en', rest, 'event', 'events')}`,
    pt: rest => `Descartar ${counted('pt-BR', rest, 'evento', 'eventos')}`,
  },
  sends: {
    en: 'Ponte writes them into TOTVS CRM and RD Station, also while the tenant is in the shadow. Another program may have done them meanwhile: before a mark Ponte asks RD Station whether it is there, and it opens no opportunity for a person who got one since.',
    pt: 'O Ponte os grava no TOTVS CRM e no RD Station, também com a empresa em modo sombra. Outro programa pode tê-los feito nesse meio-tempo: antes de uma marcação o Ponte pergunta ao RD Station se ela já está lá, e não abre oportunidade para quem ganhou uma desde então.',
  },
  drops: {
    en: 'They are gone for good: Ponte never does them, and they cannot be sent later. Enter by hand what you want of them.',
    pt: 'Eles se perdem de vez: o Ponte nunca os faz, e não é possível enviá-los depois. Lance à mão o que quiser deles.',
  },
  cancel: { en: 'Cancel', pt: 'Cancelar' },
  sent: {
    en: (events: number) => `${counted('en', events, 'event', 'events')} sent`,
    pt: events => counted('pt-BR', events, 'evento enviado', 'eventos enviados'),
  },
  dropped: {
    en: (events: number) => `${counted('en', events, 'event', 'events')} dropped`,
    pt: events => counted('pt-BR', events, 'evento descartado', 'eventos descartados'),
  },
  left: {
    en: (rest: number) =>
      rest === 0
        ? 'No event waits outside the queues now.'
        : `${counted('en', rest, 'event waits', 'events wait')} outside the queues now.`,
    pt: rest =>
      rest === 0
        ? 'Nenhum evento aguarda fora das filas agora.'
        : `${counted('pt-BR', rest, 'evento aguarda', 'eventos aguardam')} fora das filas agora.`,
  },
  nothingDone: { en: 'Nothing was done', pt: 'Nada foi feito' },
  busy: {
    en: 'Somebody else sends, drops or erases just now. Try again.',
    pt: 'Alguém está enviando, descartando ou apagando agora. Tente de novo.',
  },
})

const choices = ['send', 'drop'] as const
type Choice = (typeof choices)[number]

const addressOf = (tenant: string, how: Choice): string => `/rest/${tenant}/${how}`

/** What an operator can do with what a way back left undone. */
export const renderRestButtons = (tenant: string, rest: number, language: Language): Html =>
  html`<div class="actions tight">
    ${choices.map(how => buttonForm(addressOf(tenant, how), texts[language][how](rest), { isQuiet: true, about: tenant }))}
  </div>`

/** The question was about this many. */
const confirmation = z.object({ confirmed: z.coerce.number() })

/** `/rest/…`: sends or drops what a way back left undone, after a question that says what that does. */
export const restActions = choices.map(how =>
  action({
    ...{ path: `/rest/:tenant/${how}`, back: '/', isLimited: true, filters: noFilters },
    async run(asked) {
      const { deps, language, user, request } = asked
      const words = texts[language]
      const tenant = tenantOf(asked)
      const link = { href: '/', text: asked.title }
      if (tenant === undefined) return { status: 404, text: commonTexts[language].unknownTenant, link }
      const { redis, audit, fingerprint } = deps
      const held = await countRest(redis, tenant.name)
      const confirmed = confirmation.safeParse(request.body).data?.confirmed
      if (held > 0 && confirmed !== held) return renderQuestion(how, { tenant: tenant.name, held, language })
      const queues = deps.queues.of(tenant.name)
      const by = { redis, tenant, queues, audit, fingerprint, user: user.name }
      const ended = held === 0 ? 0 : await decideRest(how, by)
      const left = words.left(await countRest(redis, tenant.name))
      if (ended === undefined || ended === 0) {
        const text = ended === undefined ? `${words.busy} ${left}` : left
        return { status: 409, title: `${tenant.name} · ${words.nothingDone}`, text, link }
      }
      const title = `${tenant.name} · ${words[how === 'send' ? 'sent' : 'dropped'](ended)}`
      const body = html`<h1>${title}</h1>
        <p class="notice done" role="status">${left}</p>
        <p><a href="${link.href}">${link.text}</a></p>`
      return { title, body }
    },
  }),
)

interface Question {
  readonly tenant: string
  readonly held: number
  readonly language: Language
}

function renderQuestion(how: Choice, { tenant, held, language }: Question): RenderedPage {
  const words = texts[language]
  const title = `${tenant} · ${words[how](held)}?`
  const body = html`<h1>${title}</h1>
    <p>${words[how === 'send' ? 'sends' : 'drops']}</p>
    <form class="actions" method="post" action="${addressOf(tenant, how)}">
      ${hiddenFields({ confirmed: String(held) })}
      <button type="submit">${words[how](held)}</button>
      <a href="/">${words.cancel}</a>
    </form>`
  return { title, body }
}
