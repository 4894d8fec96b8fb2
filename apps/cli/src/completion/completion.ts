import type { Command as Program } from 'commander'
import { type Outcome, outcomeOf } from '../session.ts'

export const shells = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof shells)[number]

/**
 * What a shell runs at its start to complete `ponte`. All of it is written down here: nothing of Ponte starts when somebody presses Tab, which
 * would take seconds in a container. `command` is what `ponte` becomes where no program of that name is.
 */
export function completion(shell: Shell, { program, command }: { program: Program; command: string }): Outcome {
  const script = shell === 'fish' ? fish(program, command) : bash(program, command)
  // zsh runs what was written for bash.
  const text = shell === 'zsh' ? `autoload -U +X compinit bashcompinit && compinit && bashcompinit\n${script}` : script
  return { ...outcomeOf(true, { shell, script: text }, []), file: text }
}

const wordsOf = ({ commands }: Program): string => commands.map(each => each.name()).join(' ')
const optionsOf = ({ options }: Program): string => [...options.map(({ long }) => long), '--help'].join(' ')

/** The values of options and arguments that are one of a few, after the word that they follow. */
const choicesOf = ({ options, registeredArguments }: Program) => [
  ...options.flatMap(({ long, argChoices }) => (long && argChoices ? [{ after: long, values: argChoices }] : [])),
  ...registeredArguments.flatMap(({ argChoices }) => (argChoices ? [{ after: undefined, values: argChoices }] : [])),
]

function bash(program: Program, command: string): string {
  const cases = program.commands.flatMap(each => {
    const choices = choicesOf(each)
    const values = choices.flatMap(({ after, values: few }) => (after === undefined ? few : []))
    return [
      ...choices.flatMap(({ after, values: few }) =>
        after === undefined ? [] : [`    ${each.name()}:*:${after}) words='${few.join(' ')}' ;;`],
      ),
      `    ${each.name()}:*) words='${[...values, optionsOf(each)].join(' ')}' ;;`,
    ]
  })
  return `type ponte > /dev/null 2>&1 || ponte() { ${command} "$@"; }
_ponte() {
  local words
  case "\${COMP_WORDS[1]}:$COMP_CWORD:\${COMP_WORDS[COMP_CWORD-1]}" in
    *:1:*) words='${wordsOf(program)} --help --version' ;;
    help:*) words='${wordsOf(program)}' ;;
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _ponte ponte
`
}

function fish(program: Program, command: string): string {
  const first = program.commands.map(
    each => `complete -c ponte -f -n __fish_use_subcommand -a ${each.name()} -d ${quoted(each.description())}`,
  )
  const options = program.commands.flatMap(each => {
    const when = `-n '__fish_seen_subcommand_from ${each.name()}'`
    return [
      ...each.options.flatMap(({ long, description, required, argChoices }) => {
        const values = argChoices === undefined ? '' : ` -f -a ${quoted(argChoices.join(' '))}`
        return long
          ? [`complete -c ponte ${when} -l ${long.slice(2)}${required ? ' -r' : ''}${values} -d ${quoted(description)}`]
          : []
      }),
      ...choicesOf(each).flatMap(({ after, values }) =>
        after === undefined ? [`complete -c ponte -f ${when} -a ${quoted(values.join(' '))}`] : [],
      ),
    ]
  })
  const alias = `type -q ponte; or function ponte; ${command} $argv; end`
  return `${[alias, ...first, ...options].join('\n')}\n`
}

const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`
