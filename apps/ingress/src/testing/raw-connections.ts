import { once } from 'node:events'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'
import { openTestIngress, rdToken, type TestIngressOptions } from './open-test-ingress.ts'

/** For tests: an ingress that listens, and connections to it that are written to and listened to by hand. Closed after the test. */
export async function listenRaw(options: TestIngressOptions) {
  const ingress = await openTestIngress(options)
  onTestFinished(() => ingress.close())
  const port = Number(new URL(await ingress.app.listen({ host: '127.0.0.1', port: 0 })).port)

  /** The beginning of a delivery of RD Station, with these headers. */
  const head = (headers: readonly string[], { token = rdToken, tenant = ingress.tenant } = {}): string => {
    const own = [`POST /webhooks/${tenant}/rd-station?token=${token} HTTP/1.1`, 'host: ponte']
    return [...own, 'content-type: application/json', ...headers, '', ''].join('\r\n')
  }

  /** A connection that has sent this. */
  async function open(text: string | Buffer = '') {
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    let received = ''
    let isClosed = false
    socket.setEncoding('utf8')
    socket.on('data', each => (received += each))
    socket.on('error', () => {})
    socket.on('close', () => (isClosed = true))
    await once(socket, 'connect')
    const send = (more: string | Buffer): boolean => socket.write(more)
    if (text.length > 0) send(text)
    return { send, received: () => received, closed: () => isClosed, end: () => socket.destroy() }
  }
  return { ingress, head, open }
}

/** For tests: a chunk of a body whose length was not announced. */
export const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
