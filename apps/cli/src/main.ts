import { runCli } from './run-cli.ts'

const { env, stdin, stdout, stderr } = process

// Not `process.exit`: what was written to a pipe must arrive.
process.exitCode = await runCli(process.argv.slice(2), { env, stdin, stdout, stderr })
