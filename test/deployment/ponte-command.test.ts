import { execFileSync, spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { repositoryRoot } from '@ponte/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** What stands in for Docker and Node.js says how it was called. */
const programs = {
  docker: `#!/bin/sh\nif [ "$*" = 'compose ps --quiet' ]; then echo "$SERVICES"; else echo "docker $*"; fi\n`,
  node: '#!/bin/sh\necho "node $*"\n',
}

let folder: string
let elsewhere: string
beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'ponte-command-')))
  elsewhere = path.join(folder, 'with a space')
  await mkdir(elsewhere)
  await symlink(path.join(repositoryRoot, 'ponte'), path.join(folder, 'linked'))
  await mkdir(path.join(folder, 'tools'))
  for (const name of ['readlink', 'dirname', 'id', 'sh'])
    await symlink(execFileSync('which', [name], { encoding: 'utf8' }).trim(), path.join(folder, 'tools', name))
  for (const [name, text] of Object.entries(programs)) {
    await mkdir(path.join(folder, name))
    await writeFile(path.join(folder, name, name), text)
    await chmod(path.join(folder, name, name), 0o755)
  }
})
afterAll(() => rm(folder, { recursive: true }))

function type(
  argv: readonly string[],
  { has = ['docker', 'node'], services = '', run }: { has?: readonly string[]; services?: string; run?: string } = {},
) {
  const { status, stdout, stderr } = spawnSync(path.join(folder, 'linked'), argv, {
    cwd: elsewhere,
    env: {
      PATH: ['tools', ...has].map(name => path.join(folder, name)).join(':'),
      SERVICES: services,
      ...(run !== undefined && { PONTE_RUN: run }),
    },
    encoding: 'utf8',
  })
  return { code: status, stdout: stdout.trim(), stderr }
}

const inNode = `node ${path.join(repositoryRoot, 'scripts/run.mjs')} ponte`
const inDocker = (access: 'ro' | 'rw' = 'ro') =>
  `docker compose run --rm -T --volume ${elsewhere}:/here:${access} --workdir /here cli`

test('where services of the folder run in Docker a command runs there, and sees the files of the folder where it was typed', () => {
  expect(type(['import', 'leads.csv'], { services: 'c1' }).stdout).toBe(`${inDocker()} import leads.csv`)
})

test('elsewhere a command runs in Node.js', () => {
  expect(type(['doctor']).stdout).toBe(`${inNode} doctor`)
  expect(type(['doctor'], { has: ['node'] }).stdout).toBe(`${inNode} doctor`)
})

test('PONTE_RUN decides it, and is refused when it says anything else', () => {
  expect(type(['doctor'], { run: 'docker' }).stdout).toBe(`${inDocker()} doctor`)
  expect(type(['doctor'], { run: 'node', services: 'c1' }).stdout).toBe(`${inNode} doctor`)
  expect(type(['doctor'], { run: 'podman' })).toMatchObject({ code: 2, stdout: '' })
})

test('a machine without Node.js takes Docker, and one without both is told what is missing', () => {
  expect(type(['doctor'], { has: ['docker'] }).stdout).toBe(`${inDocker()} doctor`)
  expect(type(['doctor'], { has: [] })).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('Node.js 20'),
  })
})

test('init has a Compose file of its own, since the other one cannot be read before', () => {
  const { stdout } = type(['init', '--tenant', 'acme'], { run: 'docker' })
  expect(stdout).toMatch(
    /^docker compose --file docker-compose.init.yml run --rm -T --user \d+:\d+ init --tenant acme$/,
  )
})

test.each([['--evidence', 'e.jsonl'], ['--evidence=e.jsonl']])(
  'a container may write where evidence is asked for (%s)',
  (...option) => {
    expect(type(['rehearse', ...option], { run: 'docker' }).stdout).toBe(
      `${inDocker('rw')} rehearse ${option.join(' ')}`,
    )
  },
)

test('an argument arrives as it was typed', () => {
  const { status, stdout } = spawnSync(path.join(repositoryRoot, 'ponte'), ['erase', '--name', 'Ana  *'], {
    env: { PATH: [path.join(folder, 'tools'), path.join(folder, 'node')].join(':') },
    encoding: 'utf8',
  })
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${inNode} erase --name Ana  *\n` })
})
