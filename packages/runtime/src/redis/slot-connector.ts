import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import { primaryNameOf, withDeadline } from '@ponte/state'
import { AbstractConnector, type Cluster } from 'ioredis'
import { secureOptions } from './tls-trouble.ts'

/** How long to wait for a Cluster that does not say who has a slot, before it is asked again. */
const ANSWER_MS = 1000
const AGAIN_MS = 200
const DISCONNECT_MS = 2000

/**
 * Leads a plain connection to the primary that has the slot of a key, anew for each time it connects. For a read that waits: a Cluster of
 * its own for each queue would be a connection to every server for each, and a read that waits on a shared connection keeps up the others.
 */
export function slotConnector(cluster: Cluster, key: string, isSecure: boolean) {
  return class SlotConnector extends AbstractConnector {
    constructor() {
      super(DISCONNECT_MS)
    }

    override async connect(): Promise<net.Socket> {
      this.connecting = true
      for (;;) {
        const address = await findPrimary(cluster, key)
        // The words by which ioredis knows that somebody asked for it.
        if (!this.connecting) throw new Error('Connection is closed.')
        if (address !== undefined) {
          this.stream = isSecure ? tls.connect({ ...address, ...secureOptions(address.host) }) : net.connect(address)
          this.stream.once('error', (error: Error) => {
            this.firstError = error
          })
          return this.stream
        }
        await sleep(AGAIN_MS)
      }
    }
  }
}

async function findPrimary(cluster: Cluster, key: string): Promise<{ host: string; port: number } | undefined> {
  if (cluster.status !== 'ready') return undefined
  try {
    // A Cluster that was sent to another server for this command knows the right one afterwards.
    await withDeadline(cluster.exists(key), ANSWER_MS)
  } catch {
    return undefined
  }
  const name = primaryNameOf(cluster, key)
  const end = name?.lastIndexOf(':') ?? -1
  return name === undefined || end === -1 ? undefined : { host: name.slice(0, end), port: Number(name.slice(end + 1)) }
}
