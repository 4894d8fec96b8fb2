// What run.mjs starts when the script needs another Node.js: `node child.mjs <script> [arguments]`.
// When the launcher is gone, even by SIGKILL, the script gets the SIGTERM that the launcher could not pass on.
// A script that listens for the end of the channel itself is left to it.
import { pathToFileURL } from 'node:url'

if (process.channel) {
  process.on('disconnect', () => {
    if (process.listenerCount('disconnect') === 1) process.kill(process.pid, 'SIGTERM')
  })
  // Listening alone must not keep the script alive.
  process.channel.unref()
}

process.argv.splice(1, 1)
await import(pathToFileURL(process.argv[1]).href)
