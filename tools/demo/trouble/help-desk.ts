import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { freePort, type RepairName, repairNames } from '@ponte/testbed'
import { deskTexts } from './texts.ts'

export interface HelpDesk {
  readonly url: string
  readonly stop: () => Promise<void>
}

/**
 * A page where a visitor does what others do in life, the administrators of both systems and of Ponte. Loopback only, and of this
 * run alone.
 */
export async function startHelpDesk(repairs: Readonly<Record<RepairName, () => Promise<void>>>): Promise<HelpDesk> {
  const done = new Set<RepairName>()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const name = repairNames.find(each => request.url === `/repairs/${each}`)
    if (request.method === 'POST' && name !== undefined) {
      // A browser says where a form stands: no other page may send this one's.
      if (request.headers.origin !== undefined && request.headers.origin !== url)
        return void response.writeHead(403).end()
      await repairs[name]()
      done.add(name)
      return void response.writeHead(303, { location: '/' }).end()
    }
    if (request.url !== '/') return void response.writeHead(404).end()
    const language = /^en\b/i.test(request.headers['accept-language'] ?? '') ? 'en' : 'pt-BR'
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(render(done, language))
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url,
    async stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function render(done: ReadonlySet<RepairName>, language: keyof typeof deskTexts): string {
  const words = deskTexts[language]
  const rows = repairNames.map(name => {
    const { where, what } = words.repairs[name]
    const button = `<form method="post" action="/repairs/${name}"><button>${words.button}</button></form>`
    return `<li><p><strong>${where}</strong><br>${what}</p>${done.has(name) ? `<p>✓ ${words.done}</p>` : button}</li>`
  })
  return `<!doctype html><html lang="${language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${words.title}</title>
<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui;max-width:44rem;margin:2rem auto;padding:0 1rem}
ul{list-style:none;padding:0}li{border-top:1px solid #8888;padding:.25rem 0 .75rem}button{font:inherit;padding:.4rem .9rem}p{margin:.5rem 0}</style>
<h1>${words.title}</h1><p>${words.intro}</p><ul>${rows.join('')}</ul><p>${words.onBoard}</p></html>`
}
