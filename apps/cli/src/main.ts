import { runCli } from './run-cli.ts'

const { env, stdin, stdout, stderr } = process

// `ponte … | head`: it is no error when the reader closes the pipe early.
for (const stream of [stdout, stderr])
  stream.on('error', error => {
    if (!('code' in error && error.code === 'EPIPE')) throw error
  })

function onInterrupt(listener: () => void): () => void {
  process.once('SIGINT', listener)
  return () => process.off('SIGINT', listener)
}

// Not `process.exit`: it would cut off output to a pipe.
process.exitCode = await runCli(process.argv.slice(2), { env, stdin, stdout, stderr, onInterrupt })
// An open terminal or pipe would keep the process running although nothing reads from it any more.
stdin.destroy()
