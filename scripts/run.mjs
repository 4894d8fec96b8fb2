// The door to every command of package.json: `node scripts/run.mjs <command> [arguments]`. Plain JavaScript for Node.js 20
// and later, because it runs before anything is installed: it installs what is missing, finds a Node.js that runs
// TypeScript, and hands over to the command's script.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

const scripts = {
  demo: 'tools/demo/main.ts',
  test: 'scripts/test.ts',
  bench: 'tools/bench/main.ts',
  storm: 'tools/storm/main.ts',
  'image-check': 'tools/image-check/main.ts',
  'supply-check': 'scripts/supply/main.ts',
  screenshots: 'test/screenshots/main.ts',
  fix: 'scripts/fix.ts',
  'keep-redis': 'test/upgrades/main.ts',
  ponte: 'apps/cli/src/main.ts',
  start: 'scripts/start.ts',
  'start:ingress': 'apps/ingress/src/main.ts',
  'start:worker': 'apps/worker/src/main.ts',
  'start:board': 'apps/board/src/main.ts',
  'start:sandbox': 'tools/sandbox/src/main.ts',
}

const [command = '', ...rest] = process.argv.slice(2)
const args = rest[0] === '--' ? rest.slice(1) : rest

const fail = message => {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

const isAtLeast = (version, major, minor) => {
  const [actualMajor = 0, actualMinor = 0] = version.split('.').map(Number)
  return actualMajor > major || (actualMajor === major && actualMinor >= minor)
}

/** Node.js 24 runs TypeScript as it is; the dependencies include one for Linux. 22.18 is the first that needs no flag. */
const chooseNode = () => {
  if (isAtLeast(process.versions.node, 24, 0)) return process.execPath
  const carried = path.join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node')
  const runs = existsSync(carried) && spawnSync(carried, ['--version'], { stdio: 'ignore' }).status === 0
  if (runs) return carried
  if (isAtLeast(process.versions.node, 22, 18)) return process.execPath
  const how =
    process.platform === 'darwin'
      ? '`brew install node@24`, or the installer of https://nodejs.org'
      : 'from https://nodejs.org/en/download, or with a version manager: `nvm install 24`, `fnm install 24`'
  return fail(`Ponte needs Node.js 24 (this is ${process.version}) and npm carries none for this system: ${how}.`)
}

/** Runs the script in a Node.js of its own and ends as it ends. */
const handOver = (node, script) => {
  // The channel tells the child when this process is gone, however it went.
  const child = spawn(node, [path.join(root, 'scripts', 'child.mjs'), script, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  child.on('error', error => fail(`${node} could not be started: ${error.message}`))
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child as well; a second one would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

if (!isAtLeast(process.versions.node, 20, 0)) {
  fail(`Ponte needs Node.js 20 or later to start (24 is best), and this is ${process.version}.`)
}
if (!Object.hasOwn(scripts, command)) {
  fail(`Unknown command "${command}". There are: ${Object.keys(scripts).join(', ')}.`)
}

// Imported only now, so that an older Node.js meets the sentence above and not an error in a module.
const { install } = await import('./install.mjs')
await install(root).catch(error => fail(error.message))

const { endWithNpm } = await import('./end-with-npm.mjs')
endWithNpm()

// Every process of Ponte compiles the same modules: with this cache it starts in half the time.
process.env.NODE_COMPILE_CACHE ||= path.join(root, 'node_modules', '.cache', 'node')
module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE)

// What hints name: on pages, in messages and in help.
process.env.PONTE_COMMAND ||= process.platform === 'win32' ? 'npm run ponte --' : './ponte'

const node = chooseNode()
const isOfInstallation = ['ponte', 'start', 'start:ingress', 'start:worker', 'start:board'].includes(command)
if (isOfInstallation) args.unshift(path.join(root, scripts[command]))
const script = path.join(root, isOfInstallation ? 'scripts/with-settings.ts' : scripts[command])
// What the script starts by name (`node`, `npm`) is of the same Node.js.
process.env.PATH = `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}`
if (node === process.execPath) {
  process.argv = [node, script, ...args]
  await import(pathToFileURL(script).href)
} else {
  handOver(node, script)
}
