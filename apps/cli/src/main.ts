import { runCli } from './run-cli.ts'

const { env, stdin, stdout, stderr } = process

// `ponte … | head`: a reader that has seen enough is no error.
for (const stream of [stdout, stderr])
  stream.on('error', error => {
    if (!('code' in error && error.code === 'EPIPE')) throw error
  })

// Not `process.exit`: what was written to a pipe must arrive.
process.exitCode = await runCli(process.argv.slice(2), { env, stdin, stdout, stderr })
// A terminal, or a pipe whose writer goes on, would keep the process waiting for what nobody reads.
stdin.destroy()
