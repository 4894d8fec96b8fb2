import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

export interface MonitoredCommand {
  /** Address of the client. */
  readonly source: string
  /** The command and its arguments, quoted as Redis quotes them. */
  readonly words: readonly string[]
}

/**
 * Reports each command that clients send, without those that scripts call. Resolves when Redis has begun, with what ends it. (Not
 * ioredis's `monitor`: on a busy Redis the first lines come with the answer, and it takes them for answers too.)
 */
export async function monitorRedis(
  redisUrl: string,
  onCommand: (command: MonitoredCommand) => void,
): Promise<() => void> {
  const { hostname, port } = new URL(redisUrl)
  const socket = connect(Number(port), hostname)
  const lines = createInterface(socket)
  lines.on('line', line => {
    const [, source] = /^\+[\d.]+ \[\d+ (\S+)\] /.exec(line) ?? []
    if (source === undefined || source === 'lua') return
    const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) => word)
    onCommand({ source, words })
  })
  await once(socket, 'connect')
  socket.write('MONITOR\r\n')
  await once(lines, 'line')
  return () => {
    socket.destroy()
  }
}
