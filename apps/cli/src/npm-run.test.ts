import path from 'node:path'
import { expect, test } from 'vitest'
import { runInProcess } from './testing/run-in-process.ts'
import { useFolder } from './testing/use-cli-set-up.ts'

const npm = {
  npm_lifecycle_event: 'ponte',
  npm_config_user_agent: 'npm/11.19.1 node/v24.0.0',
  PONTE_COMMAND: './ponte',
}
const silent = { npm_config_loglevel: 'silent' }
/** With no Redis: what is not refused ends otherwise. */
const run = (argv: readonly string[], env: object = {}, isTerminal = true) =>
  runInProcess(argv, { env: { ...npm, ...env }, isTerminal })

test.each([
  [['import', 'leads.csv'], { npm_config_dry_run: 'true' }, './ponte import leads.csv --dry-run'],
  [['rotate-key'], { npm_config_dry_run: 'true' }, './ponte rotate-key --dry-run'],
  [['discover', '--tenant', 'acme'], { npm_config_write: 'true' }, './ponte discover --tenant acme --write'],
  [['status'], { npm_config_json: 'true' }, './ponte status --json'],
  [['forget-tenant', 'acme'], { npm_config_yes: 'true' }, './ponte forget-tenant acme --yes'],
  [['connect'], { npm_config_open: '' }, './ponte connect --no-open'],
  [['import', 'my leads.csv', 'acme'], { npm_config_tenant: 'true' }, './ponte import … --tenant <name>'],
  [
    ['2d', 'reconcile'],
    { npm_config_since: 'true', npm_config_dry_run: 'true' },
    './ponte reconcile … --since <duration> --dry-run',
  ],
  [
    ['ana@acme.example', 'erase', '--dry-run', '--lang', 'en'],
    { npm_config_email: 'true' },
    './ponte erase … --dry-run --lang en --email <address>',
  ],
])('what npm kept of %j (%j) is refused with the line to write', async (argv, env, line) => {
  const { code, stdout, stderr } = await run(argv, env)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('Nothing was done')
  expect(stderr.trim().split('\n').at(-1)).toBe(line)
})

test.each([
  [['rotate-key', '--dry-run'], { npm_config_dry_run: 'true' }],
  [['status'], { npm_config_yes: '' }],
  [['status'], { npm_config_dry_run: 'true' }],
  [['connect', '--tenant=acme'], { npm_config_tenant: 'true' }],
  [['status'], { npm_config_json: 'true', npm_lifecycle_event: 'start' }],
  [['status'], { npm_config_json: 'true', npm_config_user_agent: 'pnpm/12.0.0 npm/? node/v24.0.0' }],
])('what stands behind --, is no option of the command, or is not of npm is left alone (%j, %j)', async (argv, env) => {
  expect((await run(argv, env)).stderr).not.toContain('npm')
})

test.each([[['status', '--json']], [['report', '--csv']], [['completion', 'bash']], [['fingerprint-key']]])(
  'output that is for a program (%j) is refused where npm writes lines of its own into it',
  async argv => {
    const piped = await run(argv, {}, false)
    expect({ code: piped.code, stdout: piped.stdout }).toEqual({ code: 2, stdout: '' })
    expect(piped.stderr.trim().split('\n').at(-1)).toBe(`./ponte ${argv.join(' ')}`)
    expect((await run(argv, silent, false)).stderr).not.toContain('npm writes')
    expect((await run(argv)).stderr).not.toContain('npm writes')
  },
)

test('a reader of Portuguese is told in Portuguese', async () => {
  const { stderr } = await run(['rotate-key', '--lang', 'pt-BR'], { npm_config_dry_run: 'true' })
  expect(stderr).toContain('O npm ficou com --dry-run')
})

/** Files of npm, as `npm config set` and people write them. */
const folder = useFolder()
const lines = ['; of a registry', 'email = "ana@acme.example"', 'Yes', 'open=false', 'dry-run=true', '//r/:_auth=x=']

test.each(['npm_config_userconfig', 'npm_config_globalconfig', 'npm_config_local_prefix'])(
  'what npm read from its own files was not typed (%s)',
  async place => {
    const written = await folder.write(lines.join('\r\n'), '.npmrc')
    const file = { [place]: place.endsWith('prefix') ? path.dirname(written) : written }
    const ofFile = { ...file, npm_config_email: 'ana@acme.example', npm_config_yes: 'true', npm_config_open: '' }
    for (const argv of [['erase', '--dry-run'], ['forget-tenant', 'acme'], ['connect']])
      expect((await run(argv, ofFile)).stderr).not.toContain('npm')
    const typed = await run(['erase', '--dry-run'], { ...ofFile, npm_config_email: 'true' })
    expect(typed.stderr.trim().split('\n').at(-1)).toBe('./ponte erase … --dry-run --email <address>')
    // A trial that is not sure to be meant is never made real.
    const trial = await run(['rotate-key'], { ...ofFile, npm_config_dry_run: 'true' })
    expect(trial.stderr).toContain('./ponte rotate-key --dry-run')
  },
)
