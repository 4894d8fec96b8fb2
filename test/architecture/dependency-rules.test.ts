import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import path from 'node:path'
import { repositoryRoot } from '@ponte/testbed'
import { describe, expect, test } from 'vitest'

/** Who may import whom. A package or an app that is not named here is an error. */
const mayImport: Readonly<Record<string, string>> = {
  'packages/contracts': 'zod',
  'packages/webhooks': '@ponte/contracts secure-json-parse',
  'packages/mappers': '@ponte/contracts',
  'packages/clients': '@ponte/contracts got zod',
  'packages/state': '@ponte/contracts ioredis lru-cache zod',
  // Of state types and nothing that opens a connection: what is recorded is an argument.
  'packages/registration': '@ponte/clients @ponte/contracts @ponte/mappers @ponte/state',
  'packages/runtime':
    '@ponte/contracts @ponte/state bullmq fastify ioredis leven pino prom-client yaml zod @opentelemetry/api ' +
    '@opentelemetry/core @opentelemetry/exporter-trace-otlp-http @opentelemetry/resources @opentelemetry/sdk-trace',
  // One reader and one document for each question, for the board, the command line and the worker. Registration to preview a lead: it
  // reads, and cannot write.
  'packages/operations':
    '@ponte/clients @ponte/contracts @ponte/mappers @ponte/registration @ponte/runtime @ponte/state @ponte/webhooks bullmq csv-stringify ioredis lru-cache zod',
  // Of the sandbox only the types of its control API, which its client speaks: a copy of them would grow apart.
  'tools/testbed': '@ponte/contracts @ponte/sandbox @falkordblite/linux-x64 fast-check ioredis testcontainers vitest',

  // Never mappers, never clients: the ingress calls nobody. State, for the first line of an event's timeline.
  'apps/ingress':
    '@ponte/contracts @ponte/runtime @ponte/state @ponte/webhooks bullmq fastify fastify-type-provider-zod openapi-types prom-client zod ' +
    '@fastify/formbody @fastify/rate-limit @fastify/swagger @fastify/swagger-ui',

  // The only place where mappers and clients meet and something is sent.
  'apps/worker':
    '@ponte/clients @ponte/contracts @ponte/mappers @ponte/operations @ponte/registration @ponte/runtime @ponte/state @ponte/webhooks bullmq ioredis lru-cache nodemailer prom-client zod',

  // Of registration only the words of a preview.
  'apps/board':
    '@ponte/contracts @ponte/operations @ponte/registration @ponte/runtime @ponte/state @ponte/webhooks bullmq d3-scale d3-shape fastify fastify-type-provider-zod ioredis lru-cache marked openapi-types prom-client zod ' +
    '@bull-board/api @bull-board/fastify @bull-board/ui @fastify/cookie @fastify/formbody @fastify/helmet @fastify/rate-limit @fastify/swagger rate-limiter-flexible',

  'apps/cli':
    '@ponte/clients @ponte/contracts @ponte/mappers @ponte/operations @ponte/registration @ponte/runtime @ponte/state @ponte/webhooks bullmq commander csv-parse yaml @inquirer/i18n',

  // Plays the two systems as their vendors describe them; how Ponte calls them is none of its business.
  'tools/sandbox': '@ponte/contracts fastify zod',
}

/** The environment is read where a process starts, and by what finds a Redis and starts processes for tests. */
const mayReadEnvironment = [
  '{apps,tools}/*/src/main.ts',
  'packages/runtime/src/process/run-main.ts',
  'tools/testbed/src/**',
]

const workspaces = globSync('{{apps,packages}/*,tools/{sandbox,testbed}}/package.json', { cwd: repositoryRoot }).map(
  file => path.dirname(file),
)

/** What the packages export: `@ponte/contracts`, `@ponte/webhooks/fixtures`. Of the apps only the sandbox exports something: types. */
const doors = new Set(
  workspaces.map(readManifest).flatMap(({ name, exports }) => exports.map(door => path.posix.join(name, door))),
)

test('every package and every app has its rule', () => {
  expect(workspaces.toSorted()).toEqual(Object.keys(mayImport).toSorted())
})

describe.each(workspaces)('%s', folder => {
  const allowed = (mayImport[folder] ?? '').split(' ')
  const { dependencies, devDependencies } = readManifest(folder)
  const ownSources = sourcesOf(folder).filter(file => !isForTests(file))

  test('depends only on what it may import', () => {
    expect(dependencies.filter(name => !allowed.includes(name))).toEqual([])
  })

  test('imports only what it may import and declares', () => {
    const imports = ownSources.flatMap(importsOf).filter(({ packageName }) => packageName !== undefined)
    const refused = imports.filter(({ packageName = '', typeOnly }) => {
      const declared = dependencies.includes(packageName) || (typeOnly && devDependencies.includes(packageName))
      return !declared || !allowed.includes(packageName)
    })
    expect(refused.map(({ statement }) => statement)).toEqual([])
  })

  test("enters other packages of Ponte by the doors they name, and nobody's by a path", () => {
    const wrong = sourcesOf(folder)
      .flatMap(importsOf)
      .filter(({ specifier, packageName, target }) =>
        target === undefined
          ? packageName?.startsWith('@ponte/') && !doors.has(specifier)
          : !target.startsWith(`${folder}/`),
      )
    expect(wrong.map(({ statement }) => statement)).toEqual([])
  })

  test('reads the environment only where its process starts', () => {
    const readers = ownSources.filter(file => /\bprocess\.env\b|\bprocess\[/.test(codeOf(file)))
    expect(readers.filter(file => !mayReadEnvironment.some(pattern => path.matchesGlob(file, pattern)))).toEqual([])
  })
})

/** Pairs of folders that still import each other. None is added here, and one that no longer does is taken away. */
const knownPairs: Readonly<Record<string, readonly string[]>> = {
  'packages/clients': ['failures and http'],
  'apps/cli': ['rehearse and rehearse/steps'],
}

test.each(workspaces)('of %s, no two folders import each other, types included', root => {
  expect(pairsOf(root)).toEqual(knownPairs[root] ?? [])
})

/** The folders that import each other. A file that stands in no folder, such as the door of a package, may import any and be imported. */
function pairsOf(root: string): string[] {
  const folderOf = (file: string): string => path.posix.relative(`${root}/src`, path.posix.dirname(file))
  const arrows = sourcesOf(`${root}/src`)
    .filter(file => !isForTests(file))
    .flatMap(file => importsOf(file).map(({ target }) => [folderOf(file), target && folderOf(target)] as const))
  const isArrow = new Set(arrows.map(([from, to]) => `${from} ${to}`))
  const pairs = arrows.flatMap(([from, to]) =>
    from !== '' && to !== undefined && to !== '' && from < to && isArrow.has(`${to} ${from}`)
      ? [`${from} and ${to}`]
      : [],
  )
  return [...new Set(pairs)].toSorted()
}

test('a page asks operations, and no queue, state or Redis by itself', () => {
  expectOnly([], statementsByFolder('apps/board/src/pages'))
  expectOnly([], statementsByFolder('apps/board/src/ui'))
  expectOnly([], statementsByFolder('apps/board/src/filters'))
})

test('a page imports nothing of another page, and what several pages show stands in no page', () => {
  const pageOf = (file: string): string | undefined => /^apps\/board\/src\/pages\/([^/]+)\//.exec(file)?.[1]
  const own = sourcesOf('apps/board/src').filter(
    file => pageOf(file) !== undefined || /\/src\/(?:charts|filters|ui)\//.test(file),
  )
  expect(own.length).toBeGreaterThan(50)
  const foreign = own.flatMap(file =>
    importsOf(file).filter(({ target = '' }) => pageOf(target) !== undefined && pageOf(target) !== pageOf(file)),
  )
  expect(foreign.map(({ statement }) => statement)).toEqual([])
})

/** What of the command line works on the state itself, and why. All other folders render what operations answers. */
const worksOnState: Readonly<Record<string, string>> = {
  erase: 'acts',
  import: 'acts',
  keys: 'acts',
  rehearse: 'acts',
  shadow: 'acts',
  switch: 'acts',
  'installation.ts': 'connects, makes keys of settings, and signs what was done',
}

test('a command that only asks has operations ask the queues, the state and Redis', () => {
  expectOnly(Object.keys(worksOnState), statementsByFolder('apps/cli/src'))
})

/** The imports of queues, state and Redis by folder of `root`. */
const statementsByFolder = (root: string): ReadonlyMap<string, readonly string[]> =>
  Map.groupBy(
    sourcesOf(root)
      .filter(file => !isForTests(file))
      .flatMap(importsOf)
      .filter(({ packageName = '' }) => ['ioredis', 'bullmq', '@ponte/state'].includes(packageName))
      .map(({ statement }) => statement),
    statement => statement.slice(root.length + 1).split(/[/ ]/)[0] ?? '',
  )

function expectOnly(folders: readonly string[], found: ReadonlyMap<string, readonly string[]>): void {
  expect([...found].flatMap(([folder, statements]) => (folders.includes(folder) ? [] : statements))).toEqual([])
  expect(folders.filter(folder => !found.has(folder))).toEqual([])
}

test('the client of the sandbox imports nothing of it but types', () => {
  const imports = sourcesOf('tools/testbed')
    .flatMap(importsOf)
    .filter(({ packageName }) => packageName === '@ponte/sandbox')
  expect(imports.length).toBeGreaterThan(0)
  expect(imports.filter(({ typeOnly }) => !typeOnly)).toEqual([])
})

test('mappers have no input or output, no clock and no randomness', () => {
  const sources = sourcesOf('packages/mappers').filter(file => !isForTests(file))
  const builtins = sources
    .flatMap(importsOf)
    .filter(({ specifier }) => isBuiltin(specifier) && specifier !== 'node:crypto')
  expect(builtins.map(({ statement }) => statement)).toEqual([])

  const impure =
    /\bfetch\(|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\brandom[A-Z]\w*\(|\bperformance\b|\bset(Timeout|Interval)\b|\bprocess\b/
  expect(sources.filter(file => impure.test(codeOf(file)))).toEqual([])
})

interface Import {
  /** The file and the import, for the person who reads a failure. */
  readonly statement: string
  readonly specifier: string
  /** Erased before the code runs. */
  readonly typeOnly: boolean
  /** Of an import of a package: its name, without a path inside it. */
  readonly packageName: string | undefined
  /** Of an import by a path: the file, from the repositoryRoot. */
  readonly target: string | undefined
}

function importsOf(file: string): Import[] {
  const code = codeOf(file)
  const declarations = code.matchAll(/^\s*(?:import|export)\s(type\s)?[^'"`;]*?from\s*['"]([^'"]+)['"]/gm)
  const calls = code.matchAll(/(?<![\w.'"-])(?:import|require|require\.resolve)\s*\(?\s*()['"]([^'"]+)['"]/g)
  return [...declarations, ...calls].map(([, type = '', specifier = '']) => {
    const isPath = specifier.startsWith('.')
    const [scopeOrName = '', name = ''] = specifier.split('/')
    const packageName = scopeOrName.startsWith('@') ? `${scopeOrName}/${name}` : scopeOrName
    return {
      statement: `${file} imports ${specifier}`,
      specifier,
      typeOnly: type !== '',
      packageName: isPath || isBuiltin(specifier) ? undefined : packageName,
      target: isPath ? path.posix.join(path.posix.dirname(file), specifier) : undefined,
    }
  })
}

function sourcesOf(folder: string): string[] {
  const exclude = (name: string) => name.split(path.sep).includes('node_modules')
  return globSync(`${folder}/**/*.ts`, { cwd: repositoryRoot, exclude }).map(file => file.split(path.sep).join('/'))
}

/** Tests stand beside the code; what they share stands in a folder named `test` or `testing`. */
const isForTests = (file: string): boolean => /\.test\.ts$|\/test(ing)?\//.test(file)

/** The source without its comments, which may speak of anything. */
const codeOf = (file: string): string =>
  readFileSync(path.join(repositoryRoot, file), 'utf8')
    .replaceAll(/\/\*[^]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')

function readManifest(folder: string) {
  const manifest: {
    name: string
    exports?: object
    dependencies?: object
    devDependencies?: object
    optionalDependencies?: object
  } = JSON.parse(readFileSync(path.join(repositoryRoot, folder, 'package.json'), 'utf8'))
  return {
    name: manifest.name,
    exports: Object.keys({ ...manifest.exports }),
    dependencies: Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }),
    devDependencies: Object.keys({ ...manifest.devDependencies }),
  }
}
