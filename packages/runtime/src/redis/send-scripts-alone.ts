import type { Redis } from 'ioredis'

/**
 * ioredis sends together the steps of one turn of the event loop, in a pipeline that knows the scripts which were defined before its first
 * step. BullMQ defines its scripts when a queue is first used. A script that such a pipeline does not know leaves it with fewer answers than
 * steps, and this ends the process. So scripts that are defined on a connection are sent by themselves. (`loadScript` defines none.)
 */
export function sendScriptsAlone(redis: Redis): void {
  const define = redis.defineCommand.bind(redis)
  redis.defineCommand = (name, definition) => {
    // The list of the options may belong to other connections, too.
    redis.options.autoPipeliningIgnoredCommands = [...(redis.options.autoPipeliningIgnoredCommands ?? []), name]
    define(name, definition)
  }
}
