import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { inject } from 'vitest'

/**
 * The commands that clients send about one tenant while `work` runs: without those that scripts call, and without what waits for a
 * job. The first of a process are more: Redis does not know its scripts yet. (Not ioredis' `monitor`: on a busy Redis the first
 * lines come with the answer, and it takes them for answers too.)
 */
export async function commandsOf(tenant: string, work: () => Promise<unknown>): Promise<readonly string[]> {
  const { hostname, port } = new URL(inject('redisUrl'))
  const socket = connect(Number(port), hostname)
  const lines = createInterface(socket)
  const commands: string[] = []
  lines.on('line', line => {
    const [, source, command = ''] = /^\+[\d.]+ \[\d+ (\S+)\] "(\w+)"/.exec(line) ?? []
    if (source === undefined || source === 'lua' || command.toLowerCase() === 'bzpopmin') return
    if (line.includes(`{${tenant}}`)) commands.push(command.toLowerCase())
  })
  await once(socket, 'connect')
  socket.write('MONITOR\r\n')
  await once(lines, 'line')
  await work()
  socket.destroy()
  return commands
}
