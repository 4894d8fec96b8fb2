import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { freePort } from '../free-port.ts'

/** Who is cut off from a server: everyone, or only its replicas and Sentinels while its clients still reach it. */
export type CutOff = 'everyone' | 'members'

/** The address of a server of a set. All its callers come through here, so that they can be cut off from it. */
export interface NetworkLink {
  readonly port: number
  /** From now on nothing passes, in either direction, and nobody is told: connections stay open, as when a cable is pulled. */
  readonly cutOff: (from: CutOff) => void
  /** What was on its way arrives late. */
  readonly restore: () => void
  readonly close: () => Promise<void>
}

/** What replicas and Sentinels say of themselves in their first words. */
const MEMBER = /REPLCONF|sentinel-/
const FIRST_WORDS_BYTES = 4096

/** Opens an address on loopback in front of the server at this port of loopback. */
export async function openLink(targetPort: number): Promise<NetworkLink> {
  const passages = new Set<Passage>()
  let cut: CutOff | undefined
  const server = createServer({ pauseOnConnect: true }, client => {
    const passage = openPassage(client, targetPort, () => cut)
    passages.add(passage)
    client.on('close', () => passages.delete(passage))
  })
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port,
    cutOff(from) {
      cut = from
      for (const passage of passages) passage.adjust()
    },
    restore() {
      cut = undefined
      for (const passage of passages) passage.adjust()
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const passage of passages) passage.end()
      await closed
    },
  }
}

interface Passage {
  /** Begins or ends to hold up what passes. */
  adjust(): void
  end(): void
}

function openPassage(client: Socket, targetPort: number, cut: () => CutOff | undefined): Passage {
  const upstream = connect(targetPort, '127.0.0.1')
  let firstWords = ''
  let isMember = false
  /** One side has gone while nothing passed. */
  let isBroken = false
  const isHeld = (): boolean => cut() === 'everyone' || (cut() === 'members' && isMember)
  const end = (): void => {
    client.destroy()
    upstream.destroy()
  }
  function forward(from: Socket, to: Socket): void {
    from.on('data', (chunk: Buffer) => {
      if (from === client && firstWords.length < FIRST_WORDS_BYTES) {
        firstWords += chunk.toString('latin1')
        isMember = MEMBER.test(firstWords)
      }
      if (isHeld()) {
        from.pause()
        from.unshift(chunk)
        return
      }
      if (to.write(chunk)) return
      from.pause()
      to.once('drain', adjust)
    })
    from.on('error', () => {})
    from.on('close', () => {
      if (isHeld()) isBroken = true
      else end()
    })
  }
  function adjust(): void {
    if (isBroken && !isHeld()) end()
    for (const side of [client, upstream]) if (isHeld()) side.pause()
    if (isHeld()) return
    if (!upstream.writableNeedDrain) client.resume()
    if (!client.writableNeedDrain) upstream.resume()
  }
  forward(client, upstream)
  forward(upstream, client)
  adjust()
  return { adjust, end }
}
