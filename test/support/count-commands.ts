import { monitorRedis } from '@ponte/testbed'
import { inject } from 'vitest'

/**
 * The commands that clients send about one tenant while `work` runs: without those that scripts call, and without what waits for a
 * job. The first of a process are more: Redis does not know its scripts yet.
 */
export async function commandsOf(tenant: string, work: () => Promise<unknown>): Promise<readonly string[]> {
  const commands: string[] = []
  const stop = await monitorRedis(inject('redisUrl'), ({ words }) => {
    const command = (words[0] ?? '').toLowerCase()
    if (command !== 'bzpopmin' && words.some(word => word.includes(`{${tenant}}`))) commands.push(command)
  })
  await work()
  stop()
  return commands
}
