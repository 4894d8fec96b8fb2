import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import path from 'node:path'
import tls from 'node:tls'

const certificates = path.resolve(import.meta.dirname, '../../certificates')

/** Who signed the certificate that servers of tests show: for NODE_EXTRA_CA_CERTS. */
export const testAuthority = path.join(certificates, 'authority.pem')

/** From now on this process trusts the servers of tests. Returns what ends that. */
export function trustTestAuthority(): () => void {
  const before = tls.getCACertificates()
  tls.setDefaultCACertificates([...before, readFileSync(testAuthority, 'utf8')])
  return () => tls.setDefaultCACertificates(before)
}

/** What servers of tests show. */
export const readTestIdentity = (): { readonly key: Buffer; readonly cert: Buffer } => {
  const identity = readFileSync(path.join(certificates, 'server.pem'))
  return { key: identity, cert: identity }
}

/** With this byte every connection by TLS begins, and no command of Redis. */
const HANDSHAKE = 0x16

/**
 * Takes callers with and without TLS at one address: clients come with it, and the servers of a set call each other in clear there. `accept`
 * is given what they say in clear.
 */
export function takeTls(accept: (client: Socket) => void): (caller: Socket) => void {
  const server = tls.createServer(readTestIdentity(), accept)
  return caller => {
    caller.on('error', () => {})
    caller.once('data', (first: Buffer) => {
      caller.pause()
      caller.unshift(first)
      if (first[0] === HANDSHAKE) server.emit('connection', caller)
      else accept(caller)
    })
    caller.resume()
  }
}
