import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

const root = path.dirname(import.meta.dirname)
const running = new Set<AbortController>()

// A tool must not outlive the command that runs it; without these, a signal would end this process alone.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => {
    for (const tool of running) tool.abort()
    process.kill(process.pid, signal)
  })
}

/** Runs a tool of the root's node_modules to its end. With `show` its output goes to the terminal, else into `output`. `env` is added to ours. */
export async function runTool(
  tool: string,
  args: readonly string[],
  { show = false, env = {} }: { readonly show?: boolean; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<{ code: number; output: string }> {
  const abort = new AbortController()
  running.add(abort)
  const child = spawn(path.join(root, 'node_modules', '.bin', tool), args, {
    cwd: root,
    env: { ...process.env, ...env },
    signal: abort.signal,
    stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', text => (output += text))
  try {
    const [code] = await once(child, 'close')
    return { code: typeof code === 'number' ? code : 1, output }
  } catch (error) {
    return { code: 1, output: `${output}${error instanceof Error ? error.message : String(error)}` }
  } finally {
    running.delete(abort)
  }
}
