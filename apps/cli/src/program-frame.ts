import { readFileSync } from 'node:fs'
import { languages } from '@ponte/contracts'
import { Command as Program, Help, Option } from 'commander'
import type { Outcome, Session } from './session.ts'
import { coloured } from './terminal/paint.ts'

export interface Listener {
  /** Writes the help that was asked for. */
  readonly writeOut: (text: string) => void
  /** Writes the help when the command line was incomplete. */
  readonly writeErr: (text: string) => void
  readonly areColoured: { readonly out: boolean; readonly err: boolean }
  readonly done: (outcome: Outcome) => void
}

/** The program without its commands: its help, in the session's language. `add` adds a command with the options that all have. */
export function createProgramFrame({ texts }: Session, { writeOut, writeErr, areColoured }: Listener) {
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
  const add = (name: string, description: string, examples: readonly string[]): Program =>
    program
      .command(name)
      .description(description)
      .helpOption('-h, --help', words.help)
      .option('--json', words.json)
      .addOption(new Option('--lang <language>', words.lang).choices(languages))
      .addHelpText(
        'after',
        `\n${heading(words.examples)}\n${examples.map(line => `  ponte ${line}`).join('\n')}\n${words.environment}`,
      )
  return { program, add }
}

/** Of package.json, which every release changes. */
function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? ''
}
