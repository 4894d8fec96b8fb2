import { Argument, Command as Program, InvalidArgumentError, Option, Help } from 'commander'
import { compare, LAST_EVENTS, MAX_EVENTS } from './compare/compare.ts'
import { completion, shells } from './completion/completion.ts'
import { connect } from './connect/connect.ts'
import { discover } from './discover/discover.ts'
import { doctor } from './doctor/doctor.ts'
import { erase } from './erase/erase.ts'
import { fingerprintKey, rotateKey } from './keys/keys.ts'
import { failures, retry } from './failures/failures.ts'
import { forgetTenant } from './erase/forget-tenant.ts'
import { importLeads } from './import/import.ts'
import { init } from './init/init.ts'
import { password } from './password/password.ts'
import { preview } from './preview/preview.ts'
import { reconcile } from './reconcile/reconcile.ts'
import { rehearse } from './rehearse/rehearse.ts'
import { report } from './report/report.ts'
import { send } from './send/send.ts'
import { status } from './status/status.ts'
import { shadow } from './shadow/shadow.ts'
import { switchOver } from './switch/switch.ts'
import { eventShortNames, languages } from '@ponte/contracts'
import { type Period, periods } from '@ponte/operations'
import type { Command, Session, Outcome } from './session.ts'
import { readFileSync } from 'node:fs'
import { coloured } from './terminal/paint.ts'
import { commandNotes } from './texts/help-texts.ts'

/** As commander wraps its own help where the width of the terminal is not known. */
const HELP_WIDTH = 80

interface Listener {
  /** Writes the help that was asked for. */
  readonly writeOut: (text: string) => void
  /** Writes the help when the command line was incomplete. */
  readonly writeErr: (text: string) => void
  readonly areColoured: { readonly out: boolean; readonly err: boolean }
  readonly done: (outcome: Outcome) => void
}

/** The program without its commands: its help, in the session's language. `add` adds a command with the options that all have. */
function createProgramFrame({ texts, language }: Session, { writeOut, writeErr, areColoured }: Listener) {
  const { help: words } = texts
  const titles: Readonly<Record<string, string>> = {
    'Usage:': words.usage,
    'Options:': words.options,
    'Commands:': words.commands,
    'Arguments:': words.arguments,
  }
  const help = new Help()
  /** `[options]` and `<code>` in the session's language. */
  const named = (term: string): string =>
    term.replaceAll(/(?<=[<[])[\w-]+(?=(?:\.{3})?[>\]])/g, name => words.placeholder(name))
  const heading = (title: string): string => coloured('heading', title)
  const program = new Program('ponte')
    .description(words.description)
    .exitOverride()
    .configureHelp({
      // Commander removes the colours again where the output has none.
      styleTitle: title => heading(titles[title] ?? title),
      commandUsage: command => named(help.commandUsage(command)),
      subcommandTerm: command => named(help.subcommandTerm(command)),
      optionTerm: option => named(help.optionTerm(option)),
      argumentTerm: argument => words.placeholder(help.argumentTerm(argument)),
      optionDescription: ({ description, defaultValue }) =>
        typeof defaultValue === 'number' ? `${description} (${words.byDefault(defaultValue)})` : description,
    })
    // runCli reports errors, in the session's language.
    .configureOutput({
      writeOut,
      writeErr,
      outputError: () => undefined,
      getOutHasColors: () => areColoured.out,
      getErrHasColors: () => areColoured.err,
    })
    .helpCommand('help [command]', words.help)
    .helpOption('-h, --help', words.help)
    .version(readVersion(), '-V, --version', words.version)
    .addOption(new Option('--lang <language>', words.lang).choices(languages))
    .addHelpText('after', words.environment)
  const notes: Readonly<Record<string, string>> = commandNotes[language]
  const add = (name: string, description: string, examples: readonly string[]): Program => {
    const note = notes[name] === undefined ? '' : `\n${help.boxWrap(notes[name], HELP_WIDTH)}\n`
    return program
      .command(name)
      .description(description)
      .helpOption('-h, --help', words.help)
      .option('--json', words.json)
      .addOption(new Option('--lang <language>', words.lang).choices(languages))
      .addHelpText(
        'after',
        `${note}\n${heading(words.examples)}\n${examples.map(line => `  ponte ${line}`).join('\n')}\n${words.environment}`,
      )
  }
  return { program, add }
}

/** Of package.json, which every release changes. */
function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? ''
}

/** Part of the callback address, which is registered in RD Station's app once. */
const CALLBACK_PORT = 8765
const BROWSER_TIMEOUT_S = 300
const DEFAULT_PERIOD: Period = '30d'

/** All commands with their options and examples. `done` receives the outcome of the command that ran. */
export function createProgram(session: Session, listener: Listener): Program {
  const { texts } = session
  const { help: words } = texts
  const { program, add } = createProgramFrame(session, listener)
  const listed = new Intl.ListFormat(session.language, { type: 'disjunction' })
  const run =
    <Options>(command: Command<Options>) =>
    async (options: Options): Promise<void> =>
      listener.done(await command(options, session))

  add('init', texts.init.description, [
    'init',
    'init --tenant acme --url https://ponte.acme.example',
    'init --tenant demo --sandbox http://127.0.0.1:3010 --json',
  ])
    .option('--tenant <name>', texts.init.tenant)
    .option('--url <address>', texts.init.url)
    .option('--sandbox <address>', texts.init.sandbox)
    .option('--folder <path>', texts.init.folder)
    .action(run(init))

  add('doctor', texts.doctor.description, ['doctor', 'doctor --tenant acme --url https://ponte.acme.example --json'])
    .option('--tenant <name>', words.tenant)
    .option('--url <address>', texts.doctor.url)
    .action(run(doctor))

  add('discover', texts.discover.description, ['discover', 'discover --lead ana@cliente.example --write'])
    .option('--tenant <name>', words.theTenant)
    .option('--lead <address>', texts.discover.leadOption)
    .option('--write', texts.discover.writeOption)
    .action(run(discover))

  add('status', texts.status.description, ['status', 'status --tenant acme --json'])
    .option('--tenant <name>', words.tenant)
    .option('--api <address>', texts.api.option)
    .action(run(status))

  add('connect', texts.connect.description, [
    'connect --tenant acme',
    'connect --tenant acme --code -',
    'connect --tenant acme --refresh-token - < token.txt',
    'connect --tenant acme --webhook --url https://ponte.acme.example',
    'connect --tenant acme --webhook --identifier contato orcamento',
  ])
    .option('--tenant <name>', words.theTenant)
    .option('--port <number>', texts.connect.port, wholeNumber(0, 65_535), CALLBACK_PORT)
    .option('--code <code>', texts.connect.code)
    .option('--refresh-token <token>', texts.connect.refreshToken)
    .option('--auth-url <address>', texts.connect.authUrl)
    .option('--redirect-uri <address>', texts.connect.redirectUri)
    .option('--no-open', texts.connect.noOpen)
    .option('--timeout <seconds>', texts.connect.timeout, wholeNumber(1, 3600), BROWSER_TIMEOUT_S)
    .option('--webhook', texts.connect.webhookOption)
    .option('--identifier [name...]', texts.connect.identifier)
    .option('--url <address>', texts.connect.url)
    .option('--yes', texts.connect.yes)
    .action(run(connect))

  add('send', texts.send.description, [
    'send --tenant acme',
    'send --list',
    'send rd-legacy-01-official-doc.json --tenant acme --url https://ponte.acme.example',
    'send --event won --opportunity 9d1f3a52-0000-4000-8000-000000000001',
  ])
    .argument('[file]', texts.send.file)
    .option('--tenant <name>', words.theTenant)
    .option('--url <address>', texts.send.url)
    .addOption(new Option('--event <event>', texts.send.event(listed.format(eventShortNames))).choices(eventShortNames))
    .option('--opportunity <id>', texts.send.opportunity)
    .option('--list', texts.send.list)
    .option('--yes', words.yes)
    .action((file: string | undefined, options: object) => run(send)({ ...options, file }))

  add('rehearse', texts.rehearse.description, [
    'rehearse --tenant acme --email ensaio@acme.example',
    'rehearse --tenant acme --email ensaio@acme.example --win api --evidence rehearsal.jsonl --yes --json',
    'rehearse --tenant acme --email ensaio@acme.example --resume',
  ])
    .option('--tenant <name>', words.theTenant)
    .option('--email <address>', texts.rehearse.email)
    .addOption(new Option('--win <winner>', texts.rehearse.win).choices(['by-hand', 'api']))
    .option('--resume', texts.rehearse.resume)
    .option('--evidence <file>', texts.rehearse.evidence)
    .option('--patience <number>', texts.rehearse.patience, wholeNumber(1, 20))
    .option('--yes', words.yes)
    .action(run(rehearse))

  add('reconcile', texts.reconcile.description, ['reconcile --since 2d', 'reconcile --since 36h --dry-run --json'])
    .requiredOption('--since <duration>', texts.reconcile.since)
    .option('--tenant <name>', words.tenant)
    .option('--dry-run', texts.reconcile.dryRun)
    .action(run(reconcile))

  add('preview', texts.preview.description, [
    'preview delivery.json',
    'preview delivery.json --tenant acme --json',
    'preview rd2-6d5c0b3f9a',
    'preview - < delivery.json',
  ])
    .argument('[what]', texts.preview.what)
    .option('--tenant <name>', words.theTenant)
    .action((what: string | undefined, options: object) => run(preview)({ ...options, what }))

  add('compare', texts.compare.description, ['compare --tenant acme', 'compare --tenant acme --last 2000 --show'])
    .option('--tenant <name>', words.theTenant)
    .option('--last <number>', texts.compare.last, wholeNumber(1, MAX_EVENTS), LAST_EVENTS)
    .option('--show', texts.compare.show)
    .action(run(compare))

  add('switch', texts.switch.description, ['switch --tenant acme --off-at 2026-11-28T14:03:00-03:00 --dry-run'])
    .option('--tenant <name>', words.theTenant)
    .option('--off-at <time>', texts.switch.offAt)
    .option('--dry-run', words.dryRun)
    .action(run(switchOver))

  add('shadow', texts.shadow.description, ['shadow --tenant acme', 'shadow --tenant acme --rest send'])
    .option('--tenant <name>', words.theTenant)
    .option('--now', texts.shadow.now)
    .addOption(new Option('--rest <choice>', texts.shadow.restOption).choices(['send', 'drop']))
    .action(run(shadow))

  const withRetryOptions = (command: Program): Program =>
    command
      .option('--tenant <name>', words.tenant)
      .option('--api <address>', texts.api.option)
      .option('--dry-run', words.dryRun)
      .option('--wait', texts.failures.retry.wait)
      .option('--timeout <seconds>', texts.failures.retry.timeout, wholeNumber(1, 86_400))

  const failuresExamples = ['failures', 'failures --tenant acme --json', 'failures --retry CRM_REJECTED']
  withRetryOptions(add('failures', texts.failures.description, failuresExamples))
    .option('--retry <code>', texts.failures.retryOption)
    .action(run(failures))

  const retryExamples = ['retry CRM_REJECTED --wait', 'retry RD_REJECTED --tenant acme --dry-run']
  withRetryOptions(add('retry', texts.failures.retry.description, retryExamples))
    .argument('<code>', texts.failures.retry.code)
    .action((code: string, options: object) => run(retry)({ ...options, code }))

  add('report', texts.report.description, [
    'report',
    'report --tenant acme --since 24h --json',
    'report --since 7d --csv > report.csv',
  ])
    .option('--tenant <name>', words.tenant)
    .option('--api <address>', texts.api.option)
    .addOption(new Option('--since <period>', texts.report.since).choices(periods).default(DEFAULT_PERIOD))
    .addOption(new Option('--csv', texts.report.csv).conflicts('json'))
    .action(run(report))

  add('import', texts.import.description, [
    'import leads.csv --tenant acme --dry-run',
    'import leads.csv --tenant acme',
    'import --segmentation 12345 --tenant acme --open-opportunities --json',
  ])
    .argument('[file]', texts.import.file)
    .option('--segmentation <id>', texts.import.segmentation)
    .option('--tenant <name>', words.theTenant)
    .option('--dry-run', words.dryRun)
    .option('--open-opportunities', texts.import.openOpportunities)
    .action((file: string | undefined, options: object) => run(importLeads)({ ...options, file }))

  add('erase', texts.erase.description, [
    'erase --email ana@example.com --dry-run',
    'erase --email ana@example.com --phone "+55 34 99000-0000" --yes',
  ])
    .option('--email <address>', texts.erase.email)
    .option('--phone <number>', texts.erase.phone)
    .option('--name <name>', texts.erase.name)
    .option('--tenant <name>', words.tenant)
    .option('--dry-run', words.dryRun)
    .option('--yes', words.yes)
    .action(run(erase))

  add('password', texts.password.description, ['password', 'password < password.txt', 'password --token'])
    .option('--token', texts.password.token)
    // Commander's own error would show the excess argument, a password.
    .allowExcessArguments()
    .action((options: { readonly token?: true }, { args }: Program) => run(password)({ ...options, args }))

  add('forget-tenant', texts.forgetTenant.description, ['forget-tenant acme --dry-run', 'forget-tenant acme --yes'])
    .argument('<name>', texts.forgetTenant.name)
    .option('--yes', texts.forgetTenant.yes)
    .option('--dry-run', words.dryRun)
    .action((name: string, options: object) => run(forgetTenant)({ ...options, name }))

  add('rotate-key', texts.keys.rotateKey, ['rotate-key --dry-run', 'rotate-key'])
    .option('--dry-run', words.dryRun)
    .action(run(rotateKey))

  add('fingerprint-key', texts.keys.fingerprintKey, ['fingerprint-key', 'fingerprint-key --adopt'])
    .option('--adopt', texts.keys.adopt)
    .action(run(fingerprintKey))

  add('completion', texts.completion.description, ['completion bash', 'completion fish'])
    .addArgument(new Argument('<shell>', texts.completion.shell).choices(shells))
    .action((shell: (typeof shells)[number]) => listener.done(completion(shell, { program, command: session.command })))

  return program
}

const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`${least}-${most}`)
  }
