import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { freePort } from '../free-port.ts'
import { takeTls } from './tls-callers.ts'

/** Who is cut off from a server: everyone, or only its replicas and Sentinels while its clients still reach it. */
export type CutOff = 'everyone' | 'members'

/** Those whose first words match. */
type Callers = CutOff | RegExp

/** The address of a server of a set. All its callers come through here, so that they can be cut off from it. */
export interface NetworkLink {
  readonly port: number
  /** From now on nothing passes, in either direction, and nobody is told: connections stay open, as when a cable is pulled. */
  readonly cutOff: (from: Callers) => void
  /** What was on its way arrives late. */
  readonly restore: () => void
  readonly close: () => Promise<void>
}

/** What replicas and Sentinels say of themselves in their first words. */
const MEMBER = /REPLCONF|sentinel-/
const FIRST_WORDS_BYTES = 4096

export interface LinkOptions {
  /** How far away its replicas and Sentinels are: what it tells them takes so long. Default: 0. */
  readonly memberDelayMs?: number
  /** Whether callers may come with TLS, too. Default: false. */
  readonly tls?: boolean
}

/** Opens an address on loopback in front of the server at this port of loopback. */
export async function openLink(
  targetPort: number,
  { memberDelayMs = 0, tls = false }: LinkOptions = {},
): Promise<NetworkLink> {
  const passages = new Set<Passage>()
  const callers = new Set<Socket>()
  let cut: Callers | undefined
  const accept = (client: Socket): void => {
    const passage = openPassage(client, { targetPort, memberDelayMs, cut: () => cut })
    passages.add(passage)
    client.on('close', () => passages.delete(passage))
  }
  const take = tls ? takeTls(accept) : accept
  const server = createServer({ pauseOnConnect: true }, caller => {
    callers.add(caller)
    caller.on('close', () => callers.delete(caller))
    take(caller)
  })
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const change = (to: Callers | undefined): void => {
    cut = to
    for (const passage of passages) passage.adjust()
  }
  return {
    port,
    cutOff: change,
    restore: () => change(undefined),
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const passage of passages) passage.end()
      // One that has said nothing yet is not let through.
      for (const caller of callers) caller.destroy()
      await closed
    },
  }
}

interface Passage {
  /** Begins or ends to hold up what passes. */
  adjust(): void
  end(): void
}

interface PassageOptions {
  readonly targetPort: number
  readonly memberDelayMs: number
  readonly cut: () => Callers | undefined
}

function openPassage(client: Socket, { targetPort, memberDelayMs, cut }: PassageOptions): Passage {
  const upstream = connect(targetPort, '127.0.0.1')
  let firstWords = ''
  let isMember = false
  /** One side has gone while nothing passed. */
  let isBroken = false
  function isHeld(): boolean {
    const callers = cut()
    if (callers instanceof RegExp) return callers.test(firstWords)
    return callers === 'everyone' || (callers === 'members' && isMember)
  }
  const end = (): void => {
    client.destroy()
    upstream.destroy()
  }
  const directions = [forward(client, upstream), forward(upstream, client)]

  /** Returns what sends on what was held up. */
  function forward(from: Socket, to: Socket): () => void {
    let held: Buffer[] = []
    function pass(chunk: Buffer): void {
      if (isHeld()) {
        from.pause()
        held.push(chunk)
      } else if (!to.write(chunk)) {
        from.pause()
        to.once('drain', adjust)
      }
    }
    from.on('data', (chunk: Buffer) => {
      if (from === client && firstWords.length < FIRST_WORDS_BYTES) {
        firstWords += chunk.toString('latin1')
        isMember = MEMBER.test(firstWords)
      }
      if (isMember && from === upstream && memberDelayMs > 0) setTimeout(() => pass(chunk), memberDelayMs)
      else pass(chunk)
    })
    from.on('error', () => {})
    from.on('close', () => {
      if (isHeld()) isBroken = true
      else end()
    })
    return () => {
      const late = held
      held = []
      for (const chunk of late) pass(chunk)
    }
  }
  function adjust(): void {
    if (isHeld()) {
      for (const side of [client, upstream]) side.pause()
      return
    }
    if (isBroken) {
      end()
      return
    }
    for (const sendOn of directions) sendOn()
    if (!upstream.writableNeedDrain) client.resume()
    if (!client.writableNeedDrain) upstream.resume()
  }
  adjust()
  return { adjust, end }
}
