import { bilingual } from '@ponte/contracts'
import formbody from '@fastify/formbody'
import { roles } from '@ponte/operations'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { cookieNames, type GuardOptions, tryLogin } from './guard.ts'
import { html } from '../ui/html.ts'
import { languageOf } from '../ui/language.ts'
import { readLocalPath } from '../ui/addresses.ts'
import { sendPage } from '../ui/page.ts'
import { SESSION_MS } from './sessions.ts'

const texts = bilingual({
  title: { en: 'Log in', pt: 'Entrar' },
  intro: { en: 'Operations board', pt: 'Painel de operação' },
  user: { en: 'User', pt: 'Usuário' },
  password: { en: 'Password', pt: 'Senha' },
  submit: { en: 'Log in', pt: 'Entrar' },
  wrong: { en: 'Wrong user or password.', pt: 'Usuário ou senha incorretos.' },
  wait: {
    en: (seconds: number) => `Too many login attempts. Wait ${seconds} s.`,
    pt: seconds => `Muitas tentativas de acesso. Aguarde ${seconds} s.`,
  },
  logOut: { en: 'Log out', pt: 'Sair' },
  logOutQuestion: { en: 'End your session in this browser?', pt: 'Encerrar a sua sessão neste navegador?' },
})

/** How long a browser is known after a login. */
const BROWSER_S = 180 * 24 * 3600

const form = z.object({
  user: z.string().max(500),
  password: z.string().max(500),
  next: z.string().max(2000).optional(),
})
const query = z.object({ next: z.string().max(2000).optional() })

/** The pages to log in and out, without JavaScript. */
export function addLogin(app: FastifyInstance, options: GuardOptions): void {
  const { sessions, audit, credentials, publicUrl } = options
  const names = cookieNames(publicUrl)
  void app.register(async scope => {
    await scope.register(formbody, { bodyLimit: 8192 })

    scope.get('/login', { config: { public: true } }, async (request, reply) => {
      const { next } = query.catch({}).parse(request.query)
      if (sessions.find(request.cookies[names.session]) !== undefined) return reply.redirect(readLocalPath(next), 303)
      return sendLogin(request, reply, { next })
    })

    scope.post('/login', { config: { public: true } }, async (request, reply) => {
      const given = form.safeParse(request.body)
      const next = given.data?.next
      const language = languageOf(request)
      const user = await tryLogin(options, request, given.data ?? { user: '', password: '' })
      if (typeof user === 'number') {
        reply.code(429).header('retry-after', user)
        return sendLogin(request, reply, { next, notice: texts[language].wait(user) })
      }
      if (user === undefined) {
        return sendLogin(request, reply.code(401), { next, notice: texts[language].wrong })
      }
      request.log.info({ address: request.ip, role: user.role }, 'logged in')
      // Redis may be down, and the operator may log in because of that. Then the log line above is the record.
      await audit
        .write({ user: user.name, action: 'login', outcome: 'done', detail: user.role })
        .catch((err: unknown) => request.log.error({ err }, 'the audit trail was not written'))
      // A session that came with the request is not carried over: its id may be known to somebody else.
      sessions.end(request.cookies[names.session])
      const secure = publicUrl?.startsWith('https:') === true || request.protocol === 'https'
      const cookie = { path: '/', httpOnly: true, secure } as const
      // `lax`, so that a link in an alert and the way back from RD Station find the session. The guard refuses forms that other sites send.
      reply.setCookie(names.session, sessions.start(user), {
        ...cookie,
        sameSite: 'lax',
        maxAge: SESSION_MS / 1000,
      })
      reply.setCookie(names.browser, credentials.issueMark(user.name), {
        ...cookie,
        sameSite: 'strict',
        maxAge: BROWSER_S,
      })
      return reply.redirect(readLocalPath(next), 303)
    })

    const logOut = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
      sessions.end(request.cookies[names.session])
      return reply
        .clearCookie(names.session, { path: '/', secure: names.session.startsWith('__Host-') })
        .redirect('/login', 303)
    }
    scope.post('/logout', { config: { roles } }, async (request, reply) => logOut(request, reply))
    // A link of our own logs out at once. A link from elsewhere only leads to the question.
    scope.get('/logout', { exposeHeadRoute: false, config: { roles } }, async (request, reply) => {
      if (request.headers['sec-fetch-site'] === 'same-origin') return logOut(request, reply)
      const language = languageOf(request)
      const { logOut: title, logOutQuestion } = texts[language]
      const body = html`<h1>${title}</h1>
        <form method="post" action="/logout">
          <p>${logOutQuestion}</p>
          <button type="submit">${title}</button>
        </form>`
      return sendPage(reply, { language, title, body })
    })
  })
}

function sendLogin(
  request: FastifyRequest,
  reply: FastifyReply,
  { next, notice }: { next?: string | undefined; notice?: string },
): FastifyReply {
  const language = languageOf(request)
  const { title, intro, user, password, submit } = texts[language]
  const body = html`<form class="card" method="post" action="/login">
    <h1>Ponte</h1>
    <p class="soft">${intro}</p>
    ${notice === undefined ? undefined : html`<p class="notice" role="alert">${notice}</p>`}
    <input type="hidden" name="next" value="${readLocalPath(next)}" />
    <label for="user">${user}</label>
    <input
      id="user"
      name="user"
      type="text"
      autocomplete="username"
      autocapitalize="none"
      spellcheck="false"
      required
      autofocus
    />
    <label for="password">${password}</label>
    <input id="password" name="password" type="password" autocomplete="current-password" required />
    <button type="submit">${submit}</button>
  </form>`
  return sendPage(reply, { language, title, body })
}
